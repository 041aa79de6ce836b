using MiniBatch.Shared.Files;
using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation.Disk;

/// <summary>What a process may suffer at any operation on its disk.</summary>
internal interface IDiskFaults
{
    /// <summary>Called before each operation: may stop the thread or process, kill it, fail the machine.</summary>
    void Before(SimulatedThread thread, string operation, string path);

    /// <summary>A file has its name for good.</summary>
    void Renamed(SimulatedThread thread, string path);
}

/// <summary>The disk as one thread of one process sees it.</summary>
internal sealed class DiskOfProcess(World world, SimulatedDisk disk, SimulatedThread thread, IDiskFaults faults) : IFileSystem
{
    /// <summary>EAGAIN: what .NET says of a file that another process holds.</summary>
    private const int HeldByAnother = 11;

    public string TemporaryNameOf(string path) => $"{path}.{thread.Process.Name}.tmp";

    public bool Exists(string path) => disk.Find(path) is not null;

    public byte[] ReadAllBytes(string path)
    {
        Before("read", path);
        return disk.Find(path) is { } inode ? inode.Content.ToArray() : throw new FileNotFoundException($"Could not find file '{path}'.");
    }

    public IReadOnlyList<string> List(string folder, string suffix) => disk.List(folder, suffix);

    public void CreateFolder(string path) { }

    public void Delete(string path)
    {
        Before("delete", path);
        if (disk.Find(path) is not null) disk.Name(path, null);
    }

    public void Rename(string from, string to)
    {
        Before("rename", to);
        var inode = disk.Find(from) ?? throw new FileNotFoundException($"Could not find file '{from}'.");
        disk.Name(to, inode);
        disk.Name(from, null);
        Before("sync the name", to);
        disk.SyncNames();
        faults.Renamed(thread, to);
    }

    public IOpenFile Open(string path, FileMode mode, FileShare share)
    {
        Before("open", path);
        SimulatedDiskLock? held = null;
        if (share == FileShare.None && !disk.TryLock(path, held = new SimulatedDiskLock(thread.Process)))
            throw new IOException($"The process cannot access the file '{path}' because it is being used by another process.", HeldByAnother);
        if (mode == FileMode.CreateNew && Exists(path)) throw new IOException($"The file '{path}' already exists.");
        if (disk.Find(path) is not { } inode)
        {
            if (mode == FileMode.Open) throw new FileNotFoundException($"Could not find file '{path}'.");
            RequireRoom();
            disk.Name(path, inode = new Inode());
        }
        if (mode == FileMode.Create && inode.Length > 0) inode.SetLength(0);
        return new OpenFile(this, path, inode, held);
    }

    private void Before(string operation, string path)
    {
        if (!thread.Process.IsAlive) throw new ProcessKilledException();
        thread.Process.DiskOperations++;
        faults.Before(thread, operation, path);
    }

    private void RequireRoom()
    {
        if (world.Now < disk.FullUntil) throw new IOException("No space left on device");
    }

    private sealed class OpenFile(DiskOfProcess disk, string path, Inode inode, SimulatedDiskLock? held) : IOpenFile
    {
        public long Length => inode.Length;

        public void Read(long offset, Span<byte> buffer)
        {
            disk.Before("read", path);
            if (offset + buffer.Length > inode.Length) throw new EndOfStreamException();
            inode.Content.Slice((int)offset, buffer.Length).CopyTo(buffer);
        }

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
        {
            foreach (var part in parts)
            {
                disk.Before("write", path);
                disk.RequireRoom();
                inode.Write(offset, part.Span);
                offset += part.Length;
            }
        }

        public void SetLength(long length)
        {
            disk.Before("set the length of", path);
            inode.SetLength(length);
        }

        public void Sync()
        {
            disk.Before("sync", path);
            inode.Sync();
        }

        public void Dispose() => held?.Release();
    }
}
