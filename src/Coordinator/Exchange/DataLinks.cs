using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using MiniBatch.Shared.DataPlane.SharedMemory;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Exchange;

/// <summary>The data connections that stand, and among them those that share memory. Owned by the exchange thread.</summary>
internal sealed class DataLinks
{
    private readonly Dictionary<WorkerId, DataLink> _all = [];
    private readonly List<DataLink> _sharing = [];

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<DataLink> All => _all.Values;

    /// <summary>Those that share memory, in the order in which they came.</summary>
    public IReadOnlyList<DataLink> Sharing => _sharing;

    /// <summary>Whether workers on this machine have every core that this process may use. Of one that waits it is not free either: it looks.</summary>
    public bool AreCoresTaken => _sharing.Count >= Environment.ProcessorCount;

    /// <summary>A worker's connection.</summary>
    public bool TryGet(WorkerId worker, [MaybeNullWhen(false)] out DataLink link) => _all.TryGetValue(worker, out link);

    /// <summary>The connection of a socket; null where it is closed.</summary>
    public DataLink? Of(Socket socket)
    {
        foreach (var link in _all.Values)
        {
            if (link.Socket == socket) return link;
        }
        return null;
    }

    /// <summary>Whether it still stands.</summary>
    public bool Has(DataLink link) => _all.TryGetValue(link.Worker, out var standing) && standing == link;

    /// <summary>Adds one; that of the same worker before it is closed.</summary>
    public void Add(DataLink link)
    {
        Remove(link.Worker);
        _all.Add(link.Worker, link);
        if (link.Region is not null) _sharing.Add(link);
        GiveSeats();
    }

    /// <summary>Closes a worker's connection.</summary>
    /// <returns>False where it has none.</returns>
    public bool Remove(WorkerId worker)
    {
        if (!_all.Remove(worker, out var link)) return false;
        _sharing.Remove(link);
        link.Dispose();
        GiveSeats();
        return true;
    }

    /// <summary>Says to all that share memory that this side will sleep on its sockets.</summary>
    /// <returns>False where something has come meanwhile: don't.</returns>
    public bool TrySleep()
    {
        foreach (var link in _sharing)
        {
            if (!link.Region!.TrySleep()) return false;
        }
        return true;
    }

    /// <summary>It is awake, or did not sleep.</summary>
    public void Awake()
    {
        foreach (var link in _sharing) link.Region!.Awake();
    }

    private void GiveSeats()
    {
        for (var i = 0; i < _sharing.Count; i++) _sharing[i].Region!.Give(new Seat(i, _sharing.Count));
    }
}
