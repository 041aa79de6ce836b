using System.Diagnostics;

namespace MiniBatch.Shared.DataPlane.SharedMemory;

/// <summary>
/// Looks for a while for what the other side writes, before it sleeps: to be woken takes as long as a small step, and lands on the core of
/// whoever wakes. Gives the core away at every look; where it gets it back late, others want it, and it does not look for a while.
/// Used by one thread.
/// </summary>
public sealed class Lookout
{
    private static readonly long LookTicks = Ticks(TimeSpan.FromMicroseconds(500));

    /// <summary>Longer than a small step's average and update, which may be done on the core that was given away; shorter than the
    /// slice of another program.</summary>
    private static readonly long LateTicks = Ticks(TimeSpan.FromMilliseconds(1));

    private static readonly long RestTicks = Ticks(TimeSpan.FromMilliseconds(100));

    private static readonly long CrowdTicks = Ticks(TimeSpan.FromSeconds(1));

    /// <summary>Late so often within a second: half of the rests that fit into it. A compiler's thread, or a checkpoint, is not there so long.</summary>
    private const int LateCountMax = 5;

    private long _until;
    private long _restUntil;
    private long _countedSince;
    private int _lateCount;
    private long _crowdedUntil;

    /// <summary>Whether others have wanted the core again and again within the last second or two: then it is not this thread's to keep.</summary>
    public bool IsCrowded => Stopwatch.GetTimestamp() < _crowdedUntil;

    /// <summary>Begins to look, unless it rests.</summary>
    public void Begin() => _until = Stopwatch.GetTimestamp() + LookTicks;

    /// <summary>Gives the core away for a moment.</summary>
    /// <returns>Whether to look again; otherwise sleep.</returns>
    public bool GoesOn()
    {
        var now = Stopwatch.GetTimestamp();
        if (now >= _until || now < _restUntil) return false;
        Thread.Yield();
        var back = Stopwatch.GetTimestamp();
        if (back - now > LateTicks) NoteLate(back);
        return true;
    }

    private void NoteLate(long now)
    {
        _restUntil = now + RestTicks;
        if (now - _countedSince > CrowdTicks) (_countedSince, _lateCount) = (now, 0);
        if (++_lateCount >= LateCountMax) _crowdedUntil = now + CrowdTicks;
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
