namespace MiniBatch.Coordinator;

/// <summary>
/// The time by which workers are judged silent, stuck or missing: it goes on only while what they say is looked at. A process that was
/// stopped, or whose machine stood still, finds afterwards that nobody said anything for minutes; that was itself. Pure; of one thread.
/// </summary>
public sealed class WatchClock
{
    /// <summary>What is counted between two looks at most. Many times what is between them while the process runs.</summary>
    public static readonly TimeSpan GapMax = TimeSpan.FromSeconds(1);

    private TimeSpan _lastLook;

    /// <summary>As of the last look.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Everything that has come was looked at.</summary>
    /// <param name="now">Any monotonic time.</param>
    public void Look(TimeSpan now)
    {
        var gap = now - _lastLook;
        Now += gap < GapMax ? gap : GapMax;
        _lastLook = now;
    }
}
