using System.Runtime.InteropServices;

namespace MiniBatch.Processes.Harness;

/// <summary>A file system of few kilobytes, to be filled.</summary>
internal sealed partial class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    /// <summary>Mounts one, where this user may.</summary>
    public static SmallDisk? Mount(string path, int kilobytes)
    {
        Directory.CreateDirectory(path);
        return MountAt("tmpfs", path, "tmpfs", flags: 0, $"size={kilobytes}k") == 0 ? new SmallDisk(path) : null;
    }

    // Detached: gone from the tree at once, also while somebody has a file open in it.
    public void Dispose() => _ = UnmountAt(Path, Detach);

    private const int Detach = 2;

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountAt(string source, string target, string type, nuint flags, string options);

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnmountAt(string target, int flags);
}
