namespace Akka.Configuration;

/// <summary>Types that a configuration names as "Namespace.Type, Assembly".</summary>
internal static class ConfiguredTypes
{
    /// <exception cref="ConfigurationException">No such type.</exception>
    public static Type Find(string typeName, string path) =>
        Type.GetType(typeName) ?? throw new ConfigurationException($"Configuration '{path}' names type '{typeName}', which cannot be loaded.");

    /// <exception cref="ConfigurationException">No such type, not a <typeparamref name="T"/>, or it cannot be made.</exception>
    public static T Make<T>(string typeName, string path, params object[] arguments) where T : class
    {
        var type = Find(typeName, path);
        try
        {
            return Activator.CreateInstance(type, arguments) as T
                ?? throw new ConfigurationException($"Configuration '{path}' names type '{typeName}', which is not a {typeof(T).Name}.");
        }
        catch (Exception e) when (e is MissingMethodException or MemberAccessException or System.Reflection.TargetInvocationException)
        {
            throw new ConfigurationException($"Configuration '{path}' names type '{typeName}', which cannot be made.", e.InnerException ?? e);
        }
    }
}
