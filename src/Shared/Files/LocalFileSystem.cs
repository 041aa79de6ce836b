using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MiniBatch.Shared.Files;

/// <summary>This machine's files.</summary>
public sealed partial class LocalFileSystem : IFileSystem
{
    /// <summary>The one there is.</summary>
    public static readonly LocalFileSystem Instance = new();

    // Process ids would not do: in containers that share a volume they are all alike.
    private static readonly string Process = Guid.NewGuid().ToString("N");

    private LocalFileSystem() { }

    /// <inheritdoc />
    public string TemporaryNameOf(string path) => $"{path}.{Process}.tmp";

    /// <inheritdoc />
    public bool Exists(string path) => File.Exists(path);

    /// <inheritdoc />
    public byte[] ReadAllBytes(string path) => File.ReadAllBytes(path);

    /// <inheritdoc />
    public IReadOnlyList<string> List(string folder, string suffix) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder, "*" + suffix) : [];

    /// <inheritdoc />
    public void CreateFolder(string path) => Directory.CreateDirectory(path);

    /// <inheritdoc />
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc />
    public void Rename(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <inheritdoc />
    public IOpenFile Open(string path, FileMode mode, FileShare share) =>
        new LocalFile(File.OpenHandle(path, mode, FileAccess.ReadWrite, share));

    /// <summary>A new name is the folder's content, and .NET syncs no folders. Where the file system can't either, it has its own order.</summary>
    private static void SyncFolder(string folder)
    {
        var descriptor = OpenFolder(folder, ReadOnly);
        if (descriptor < 0) return;
        _ = SyncDescriptor(descriptor);
        _ = CloseDescriptor(descriptor);
    }

    private const int ReadOnly = 0;

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFolder(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int SyncDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);

    private sealed class LocalFile(SafeFileHandle handle) : IOpenFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public void Read(long offset, Span<byte> buffer)
        {
            while (buffer.Length > 0)
            {
                var read = RandomAccess.Read(handle, buffer, offset);
                if (read == 0) throw new EndOfStreamException();
                buffer = buffer[read..];
                offset += read;
            }
        }

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts) => RandomAccess.Write(handle, parts, offset);

        public void SetLength(long length) => RandomAccess.SetLength(handle, length);

        public void Sync() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }
}
