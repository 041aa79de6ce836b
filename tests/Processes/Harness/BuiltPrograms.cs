namespace MiniBatch.Processes.Harness;

/// <summary>The programs under test, where <c>./cluster</c> starts them, built in the configuration of the tests themselves.</summary>
internal static class BuiltPrograms
{
    public static string Coordinator { get; } = Find("Coordinator");

    public static string Worker { get; } = Find("Worker");

    public static string Launcher { get; } = Find("Launcher");

    // tests/Processes/bin/Release/net10.0 → src/Launcher/bin/Release/net10.0
    private static string Find(string program)
    {
        var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var root = Path.GetFullPath(Path.Combine(framework.FullName, "../../../../.."));
        return Path.Combine(
            root, "src/Launcher/bin", framework.Parent!.Name, framework.Name, $"MiniBatch.{program}.dll");
    }
}
