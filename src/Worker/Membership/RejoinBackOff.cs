namespace MiniBatch.Worker.Membership;

/// <summary>
/// How long a worker waits before it joins anew, and when it gives up: the wait doubles with each try that ended at once, and a
/// limit runs from the last time that it took part for a while. Pure: time comes as an argument.
/// </summary>
/// <param name="limit">Without having taken part for this long, the worker ends.</param>
/// <param name="started">Now.</param>
public sealed class RejoinBackOff(TimeSpan limit, TimeSpan started)
{
    private static readonly TimeSpan Min = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Max = TimeSpan.FromSeconds(2);

    private TimeSpan _alone = started;
    private TimeSpan _backOff = Min;

    /// <summary>A try has ended.</summary>
    /// <param name="joined">When it began.</param>
    /// <param name="now">On the same clock.</param>
    /// <returns>How long to wait before the next; null where the limit is over.</returns>
    public TimeSpan? Take(TimeSpan joined, TimeSpan now)
    {
        var tookPart = now - joined > Max;
        if (tookPart) _alone = now;
        if (now - _alone > limit) return null;
        _backOff = tookPart ? Min : TimeSpan.FromTicks(Math.Min(2 * _backOff.Ticks, Max.Ticks));
        return _backOff;
    }
}
