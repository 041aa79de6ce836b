namespace MiniBatch.Deployment.Tests;

/// <summary>A folder of one test.</summary>
/// <param name="under">Where; the system's folder for such things if null.</param>
internal sealed class TemporaryFolder(string? under = null) : IDisposable
{
    public string Path { get; } = under == null
        ? Directory.CreateTempSubdirectory("minibatch-test-").FullName
        : Directory.CreateDirectory(System.IO.Path.Combine(under, $"minibatch-test-{Guid.NewGuid():N}")).FullName;

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file, and the folders on its way.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, string text)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
