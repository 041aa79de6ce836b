namespace MiniBatch.Shared.Datasets.Sources;

/// <summary>A folder for what a package client leaves behind; deleted with all that is in it.</summary>
internal sealed class WorkFolder : IDisposable
{
    /// <param name="parent">The fetch's own folder: on a failed delete the whole is removed with it.</param>
    public WorkFolder(string parent) =>
        Path = Directory.CreateDirectory(System.IO.Path.Combine(parent, "work")).FullName;

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
