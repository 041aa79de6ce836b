using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// Knows when each connected worker was heard last, and so which one is silent: it hangs, or the line does. Pure; owned by the
/// exchange thread.
/// </summary>
/// <param name="limit">Without a byte for this long, a worker is silent.</param>
public sealed class SilenceWatch(TimeSpan limit)
{
    /// <summary>How often it is looked for.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<WorkerId, Ear> _ears = [];
    private TimeSpan _nextLook;

    /// <summary>A connection stands.</summary>
    public void Connect(WorkerId worker, TimeSpan now) => _ears[worker] = new Ear { LastHeard = now };

    /// <summary>A connection is gone.</summary>
    public void Disconnect(WorkerId worker) => _ears.Remove(worker);

    /// <summary>Bytes came from a worker.</summary>
    /// <returns>Whether it was silent until now.</returns>
    public bool Hear(WorkerId worker, TimeSpan now)
    {
        if (!_ears.TryGetValue(worker, out var ear)) return false;
        ear.LastHeard = now;
        if (!ear.IsSilent) return false;
        ear.IsSilent = false;
        return true;
    }

    /// <summary>Finds the workers that have become silent; each is told once, until it is heard.</summary>
    public IReadOnlyList<(WorkerId Worker, TimeSpan Silence)> Look(TimeSpan now)
    {
        if (now < _nextLook) return [];
        _nextLook = now + LookInterval;
        List<(WorkerId, TimeSpan)>? found = null;
        foreach (var (worker, ear) in _ears)
        {
            if (ear.IsSilent || now - ear.LastHeard < limit) continue;
            ear.IsSilent = true;
            (found ??= []).Add((worker, now - ear.LastHeard));
        }
        return found ?? [];
    }

    private sealed class Ear
    {
        public TimeSpan LastHeard { get; set; }

        public bool IsSilent { get; set; }
    }
}
