using MiniBatch.Shared.Files;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Recording;

/// <summary>
/// A run directory's files as one coordinator may change them: as long as no later one has started. What is there is replaced by a
/// temporary file's new name and no otherwise, and a later coordinator first raises the incarnation and then removes all temporary
/// files (<see cref="RunLock"/>). So whoever was stopped after it had looked, and is woken, finds no file to rename.
/// </summary>
/// <param name="files">The disk.</param>
/// <param name="directory">The run's.</param>
/// <param name="incarnation">The coordinator's.</param>
public sealed class FencedFileSystem(IFileSystem files, RunDirectory directory, Incarnation incarnation) : IFileSystem
{
    /// <inheritdoc />
    public string TemporaryNameOf(string path) => files.TemporaryNameOf(path);

    /// <inheritdoc />
    public bool Exists(string path) => files.Exists(path);

    /// <inheritdoc />
    public byte[] ReadAllBytes(string path) => files.ReadAllBytes(path);

    /// <inheritdoc />
    public IReadOnlyList<string> List(string folder, string suffix) => files.List(folder, suffix);

    /// <inheritdoc />
    public void CreateFolder(string path) => files.CreateFolder(path);

    /// <inheritdoc />
    /// <exception cref="UserErrorException">A later coordinator has started.</exception>
    public void Delete(string path)
    {
        if (!files.Exists(path)) return;
        RunLock.RequireCurrent(directory, incarnation);
        files.Delete(path);
    }

    /// <inheritdoc />
    /// <exception cref="UserErrorException">A later coordinator has started.</exception>
    public void Rename(string from, string to)
    {
        RunLock.RequireCurrent(directory, incarnation);
        files.Rename(from, to);
    }

    /// <inheritdoc />
    public IOpenFile Open(string path, FileMode mode, FileShare share) => files.Open(path, mode, share);
}
