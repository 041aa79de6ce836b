namespace MiniBatch.Hosting.Tests;

internal static class Repository
{
    /// <summary>A file of the repository that these tests were built in.</summary>
    public static string File(string path)
    {
        var folder = AppContext.BaseDirectory;
        while (!System.IO.File.Exists(Path.Combine(folder, "Cluster.sln"))) folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, path);
    }
}
