using MiniBatch.Shared.Files;

namespace MiniBatch.Shared.Weights;

/// <summary>
/// Writes a file whole or not at all: whoever opens its name sees the old content or the new one, also after a crash.
/// </summary>
public static class AtomicFile
{
    /// <summary>What ends the name of a file that is being written, or that a crash left.</summary>
    public const string TemporarySuffix = ".tmp";

    /// <summary>
    /// Writes a temporary file next to <paramref name="path"/>, syncs it to the disk, and renames it. If anything
    /// fails, the temporary file is removed and the old one is still there.
    /// </summary>
    /// <param name="path">Its folder must exist.</param>
    /// <param name="parts">The content, in order.</param>
    /// <exception cref="IOException">Disk full, no such folder, …</exception>
    /// <exception cref="UnauthorizedAccessException">No right to write there.</exception>
    public static void Write(string path, params IReadOnlyList<ReadOnlyMemory<byte>> parts) => Write(LocalFileSystem.Instance, path, parts);

    /// <summary>The same, on a disk of one's choice.</summary>
    public static void Write(IFileSystem files, string path, params IReadOnlyList<ReadOnlyMemory<byte>> parts) =>
        Write(files, path, file => file.Write(0, parts));

    /// <summary>The same, of what need not be in memory.</summary>
    public static void Write(IFileSystem files, string path, Action<IOpenFile> write)
    {
        var temporary = files.TemporaryNameOf(path);
        try
        {
            using (var file = files.Open(temporary, FileMode.Create, FileShare.None))
            {
                write(file);
                file.Sync();
            }

            files.Rename(temporary, path);
        }
        catch
        {
            files.Delete(temporary);
            throw;
        }
    }
}
