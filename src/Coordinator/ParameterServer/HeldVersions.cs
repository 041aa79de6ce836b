using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>Which version each connected worker holds, so that none is sent twice. Pure; owned by the exchange thread.</summary>
public sealed class HeldVersions
{
    private readonly Dictionary<WorkerId, long?> _held = [];

    /// <summary>A connection stands; nothing is held over it yet.</summary>
    /// <returns>Whether it takes the place of another of the same worker.</returns>
    public bool Connect(WorkerId worker)
    {
        var isReplaced = _held.ContainsKey(worker);
        _held[worker] = null;
        return isReplaced;
    }

    /// <summary>A connection is gone, and what was held with it.</summary>
    /// <returns>False where there was none.</returns>
    public bool Disconnect(WorkerId worker) => _held.Remove(worker);

    /// <summary>The version that a worker holds; null where it holds none, or is not connected.</summary>
    public long? Of(WorkerId worker) => _held.GetValueOrDefault(worker);

    /// <summary>Who is connected.</summary>
    public IReadOnlyCollection<WorkerId> Connected => _held.Keys;

    /// <summary>Whether the version must go along with what is sent next; from then on the worker holds it.</summary>
    public bool Hand(WorkerId worker, long version)
    {
        // A worker that has just gone is still in the assignment until the coordinator has dealt anew.
        if (!_held.TryGetValue(worker, out var held) || held == version) return false;
        _held[worker] = version;
        return true;
    }
}
