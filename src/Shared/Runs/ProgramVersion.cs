using System.Reflection;
using Akka.Actor;
using TorchSharp;

namespace MiniBatch.Shared.Runs;

/// <summary>Which program this is, and what it runs on. Reading these loads no native library.</summary>
public static class ProgramVersion
{
    /// <summary>Version of MiniBatch; nodes of one cluster run the same.</summary>
    public static string Current { get; } = VersionOf(typeof(ProgramVersion).Assembly);

    /// <summary>The actor engine: "Akka.NET 1.5.56" or "embedded".</summary>
    public static string Akka { get; } = Describe(typeof(ActorSystem).Assembly, "Akka.NET");

    /// <summary>The tensor library: "TorchSharp 0.107.0" or "embedded".</summary>
    public static string TorchSharp { get; } = Describe(typeof(torch).Assembly, "TorchSharp");

    private static string Describe(Assembly assembly, string product) =>
        assembly.GetCustomAttribute<AssemblyProductAttribute>()?.Product == "embedded"
            ? "embedded"
            : $"{product} {VersionOf(assembly)}";

    private static string VersionOf(Assembly assembly)
    {
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? assembly.GetName().Version?.ToString() ?? "unknown";
        var build = version.IndexOf('+');
        return build < 0 ? version : version[..build];
    }
}
