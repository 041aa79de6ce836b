using MiniBatch.Shared.Hosting;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.LocalRun;

/// <summary>Where the programs are that the launcher starts, and what starts them.</summary>
/// <param name="Dotnet">The .NET host.</param>
/// <param name="Coordinator">The coordinator's assembly.</param>
/// <param name="Worker">The worker's assembly.</param>
public sealed record BuiltPrograms(string Dotnet, string Coordinator, string Worker)
{
    /// <summary>
    /// Finds them from the launcher's own folder: beside it, as a published program has them, or in their projects'
    /// folders, built like the launcher: <c>src/Launcher/bin/Release/net10.0</c> → <c>src/Worker/bin/Release/net10.0</c>.
    /// </summary>
    /// <exception cref="UserErrorException">One is missing.</exception>
    public static BuiltPrograms Find(string launcherFolder) =>
        new(DotnetHost.Path, Find(launcherFolder, "Coordinator"), Find(launcherFolder, "Worker"));

    private static string Find(string launcherFolder, string project)
    {
        var assembly = $"MiniBatch.{project}.dll";
        var folder = new DirectoryInfo(Path.TrimEndingDirectorySeparator(launcherFolder));
        string[] candidates =
        [
            Path.Combine(folder.FullName, assembly),
            Path.GetFullPath(Path.Combine(folder.FullName, "../../../..", project, "bin", folder.Parent?.Name ?? "", folder.Name, assembly)),
        ];
        return candidates.FirstOrDefault(File.Exists)
            ?? throw new UserErrorException($"{candidates[^1]} is not built; run ./cluster setup");
    }
}
