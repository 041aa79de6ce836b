using MiniBatch.Shared.Numerics;

namespace MiniBatch.Simulation.Disk;

/// <summary>
/// A disk with what lies on it for good and what the system only has in memory. When the machine's power fails, of what was
/// written and not synced something is there, something is not, and something is torn; of the names that were given and not synced
/// the first few are there.
/// </summary>
internal sealed class SimulatedDisk(ulong seed)
{
    private readonly Dictionary<string, Inode> _names = [];
    private readonly Dictionary<string, Inode> _durableNames = [];
    private readonly List<(string Path, Inode? Inode)> _pendingNames = [];
    private readonly Dictionary<string, SimulatedDiskLock> _locks = [];
    private SplitMix64 _random = new(seed);

    /// <summary>Nothing can be written before.</summary>
    public TimeSpan FullUntil { get; set; }

    public Inode? Find(string path) => _names.GetValueOrDefault(path);

    public IReadOnlyList<string> List(string folder, string suffix)
    {
        var found = new List<string>();
        foreach (var path in _names.Keys)
        {
            if (path.Length > folder.Length && path[folder.Length] == '/' && path.StartsWith(folder, StringComparison.Ordinal)
                && path.EndsWith(suffix, StringComparison.Ordinal) && path.IndexOf('/', folder.Length + 1) < 0)
                found.Add(path);
        }
        return found;
    }

    /// <summary>Gives a file a name, or takes a name away.</summary>
    public void Name(string path, Inode? inode)
    {
        if (inode is null) _names.Remove(path);
        else _names[path] = inode;
        _pendingNames.Add((path, inode));
    }

    /// <summary>All names are on the disk.</summary>
    public void SyncNames()
    {
        foreach (var (path, inode) in _pendingNames)
        {
            if (inode is null) _durableNames.Remove(path);
            else _durableNames[path] = inode;
        }
        _pendingNames.Clear();
    }

    /// <summary>Takes a lock, as one machine's processes have it.</summary>
    /// <returns>False where another living process of the machine holds it.</returns>
    public bool TryLock(string path, SimulatedDiskLock holder)
    {
        if (_locks.TryGetValue(path, out var held) && held.IsHeld && held.Process != holder.Process && held.Process.Machine == holder.Process.Machine)
            return false;
        _locks[path] = holder;
        return true;
    }

    /// <summary>The machine's power fails.</summary>
    public void LosePower()
    {
        var kept = _random.NextBelow(_pendingNames.Count + 1);
        _pendingNames.RemoveRange(kept, _pendingNames.Count - kept);
        SyncNames();
        _names.Clear();
        foreach (var (path, inode) in _durableNames)
        {
            inode.LosePower(ref _random);
            _names[path] = inode;
        }
    }
}

/// <summary>A lock that a process holds.</summary>
internal sealed class SimulatedDiskLock(Scheduling.SimulatedProcess process)
{
    private bool _released;

    public Scheduling.SimulatedProcess Process => process;

    public bool IsHeld => !_released && process.IsAlive;

    public void Release() => _released = true;
}

/// <summary>A file's content, whatever its names.</summary>
internal sealed class Inode
{
    private readonly List<(long Offset, byte[]? Bytes)> _unsynced = [];   // no bytes: a length
    private byte[] _content = [];
    private byte[] _durable = [];
    private int _durableLength;

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Content => _content.AsSpan(0, Length);

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        Length = Put(ref _content, Length, (int)offset, bytes);
        _unsynced.Add((offset, bytes.ToArray()));
    }

    public void SetLength(long length)
    {
        Length = Cut(ref _content, Length, (int)length);
        _unsynced.Add((length, null));
    }

    public void Sync()
    {
        foreach (var (offset, bytes) in _unsynced) Apply(offset, bytes, bytes?.Length ?? 0);
        _unsynced.Clear();
    }

    public void LosePower(ref SplitMix64 random)
    {
        var kept = random.NextBelow(_unsynced.Count + 1);
        for (var i = 0; i < kept; i++)
        {
            // Sectors need not go to the disk in order: now and then one in the middle is missing.
            if (random.NextBelow(8) != 0) Apply(_unsynced[i].Offset, _unsynced[i].Bytes, _unsynced[i].Bytes?.Length ?? 0);
        }
        if (kept < _unsynced.Count && _unsynced[kept].Bytes is { Length: > 0 } torn)
        {
            var length = random.NextBelow(torn.Length);
            if (random.NextBelow(2) == 0) Apply(_unsynced[kept].Offset, torn, length);
            else Apply(_unsynced[kept].Offset, new byte[length], length);   // its length is there, its content is not
        }
        _unsynced.Clear();
        _content = _durable.AsSpan(0, _durableLength).ToArray();
        Length = _durableLength;
    }

    private void Apply(long offset, byte[]? bytes, int length)
    {
        _durableLength = bytes is null
            ? Cut(ref _durable, _durableLength, (int)offset)
            : Put(ref _durable, _durableLength, (int)offset, bytes.AsSpan(0, length));
    }

    private static int Put(ref byte[] content, int length, int offset, ReadOnlySpan<byte> bytes)
    {
        var end = offset + bytes.Length;
        if (end > content.Length) Array.Resize(ref content, Math.Max(end, 2 * content.Length));
        if (offset > length) content.AsSpan(length, offset - length).Clear();
        bytes.CopyTo(content.AsSpan(offset));
        return Math.Max(length, end);
    }

    private static int Cut(ref byte[] content, int length, int newLength)
    {
        if (newLength > content.Length) Array.Resize(ref content, newLength);
        if (newLength > length) content.AsSpan(length, newLength - length).Clear();
        return newLength;
    }
}
