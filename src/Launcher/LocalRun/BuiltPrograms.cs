using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.LocalRun;

/// <summary>Where the programs are that the launcher starts, and what starts them.</summary>
/// <param name="Dotnet">The .NET host.</param>
/// <param name="Launcher">The launcher's own assembly.</param>
/// <param name="Coordinator">The coordinator's assembly.</param>
/// <param name="Worker">The worker's assembly.</param>
public sealed record BuiltPrograms(string Dotnet, string Launcher, string Coordinator, string Worker)
{
    /// <summary>Those in the launcher's own folder, where a build puts them all.</summary>
    /// <exception cref="UserErrorException">One is missing.</exception>
    public static BuiltPrograms Find(string launcherFolder) =>
        new(DotnetHost.Path, Find(launcherFolder, "Launcher"), Find(launcherFolder, "Coordinator"), Find(launcherFolder, "Worker"));

    private static string Find(string folder, string program)
    {
        var assembly = Path.Combine(folder, $"MiniBatch.{program}.dll");
        return File.Exists(assembly) ? assembly : throw new UserErrorException($"{assembly} is not built; run ./cluster setup");
    }
}
