using System.Text.Json;

namespace MiniBatch.Deployment.Tests.Setup;

/// <summary>What the build that these tests are part of has put into its output folders, and from where.</summary>
internal static class BuiltOutput
{
    /// <summary>The worker's output folder, of the tests' own configuration.</summary>
    public static string WorkerFolder { get; } = FolderOf("src/Worker");

    /// <summary>All output folders of src and tests, of whatever configuration.</summary>
    public static IEnumerable<string> Folders => new[] { "src", "tests" }
        .SelectMany(part => Directory.GetDirectories(Repository.PathOf(part)))
        .Select(project => Path.Combine(project, "bin")).Where(Directory.Exists);

    /// <summary>A native library of a package, where the package is unpacked.</summary>
    public static string InPackage(string library)
    {
        using var assets = JsonDocument.Parse(Repository.Read("src/Worker/obj/project.assets.json"));
        var file = assets.RootElement.GetProperty("libraries").EnumerateObject()
            .SelectMany(package => Files(package.Value).Select(file => $"{package.Value.GetProperty("path").GetString()}/{file}"))
            .Single(file => file.EndsWith($"/linux-x64/native/{library}", StringComparison.Ordinal));
        return assets.RootElement.GetProperty("packageFolders").EnumerateObject().Select(folder => Path.Combine(folder.Name, file)).First(File.Exists);
    }

    private static IEnumerable<string> Files(JsonElement package) =>
        package.TryGetProperty("files", out var files) ? files.EnumerateArray().Select(file => file.GetString()!) : [];

    private static string FolderOf(string project)
    {
        var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Repository.PathOf($"{project}/bin/{framework.Parent!.Name}/{framework.Name}");
    }
}
