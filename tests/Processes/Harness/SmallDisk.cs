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

    private string Filling => System.IO.Path.Combine(Path, "filling");

    /// <summary>Fills it up but for so many bytes.</summary>
    public void Fill(int leave)
    {
        using var filling = File.Create(Filling);
        try
        {
            while (true) filling.Write(new byte[4096]);
        }
        catch (IOException)
        {
            filling.SetLength(filling.Position - leave);
        }
    }

    /// <summary>Takes out again what filled it.</summary>
    public void Empty() => File.Delete(Filling);

    // Detached: gone from the tree at once, also while somebody has a file open in it.
    public void Dispose() => _ = UnmountAt(Path, Detach);

    private const int Detach = 2;

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountAt(string source, string target, string type, nuint flags, string options);

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnmountAt(string target, int flags);
}
