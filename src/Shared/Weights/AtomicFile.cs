namespace MiniBatch.Shared.Weights;

/// <summary>
/// Writes a file whole or not at all: whoever opens its name sees the old content or the new one, also after a crash.
/// </summary>
public static class AtomicFile
{
    /// <summary>
    /// Writes a temporary file next to <paramref name="path"/>, syncs it to the disk, and renames it. If anything
    /// fails, the temporary file is removed and the old one is still there.
    /// </summary>
    /// <param name="path">Its folder must exist.</param>
    /// <param name="parts">The content, in order.</param>
    /// <exception cref="IOException">Disk full, no such folder, …</exception>
    /// <exception cref="UnauthorizedAccessException">No right to write there.</exception>
    public static void Write(string path, params IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        // The process id keeps two processes that write the same name from writing into one another's file.
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var handle = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                RandomAccess.Write(handle, parts, fileOffset: 0);
                RandomAccess.FlushToDisk(handle);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
