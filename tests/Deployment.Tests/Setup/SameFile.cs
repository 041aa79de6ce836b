namespace MiniBatch.Deployment.Tests.Setup;

/// <summary>Which file a path leads to.</summary>
internal static class SameFile
{
    /// <summary>File system and inode, symbolic links followed: two paths of one file have the same.</summary>
    public static string Number(string path) => Stat("%d:%i", path);

    public static string FileSystem(string path) => Stat("%d", path);

    private static string Stat(string format, string path)
    {
        var (exitCode, output, error) = Tool.Run("/", "stat", "--dereference", $"--format={format}", path);
        Assert.True(exitCode == 0, error);
        return output.TrimEnd();
    }
}
