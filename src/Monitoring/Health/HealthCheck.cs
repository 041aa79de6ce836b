namespace MiniBatch.Monitoring.Health;

/// <summary>What a check found.</summary>
/// <param name="Ok">Whether all is well.</param>
/// <param name="Reason">Why it is, or is not: one line.</param>
public readonly record struct Finding(bool Ok, string Reason);

/// <summary>One thing that a probe asks after; set by whom it concerns, on any thread, and looked at by the probes.</summary>
/// <param name="name">One word.</param>
public abstract class HealthCheck(string name)
{
    /// <summary>One word.</summary>
    public string Name => name;

    /// <summary>How it is now.</summary>
    public abstract Finding Look();
}

/// <summary>Something that is so or not: a member of the cluster, the data loaded.</summary>
public sealed class Condition : HealthCheck
{
    private volatile object _finding;   // a boxed Finding: both its fields at once

    internal Condition(string name, string reason) : base(name) => _finding = new Finding(false, reason);

    /// <summary>It is so from now on.</summary>
    public void Holds(string reason) => _finding = new Finding(true, reason);

    /// <summary>It is not so, or not any more.</summary>
    public void Lacks(string reason) => _finding = new Finding(false, reason);

    /// <inheritdoc />
    public override Finding Look() => (Finding)_finding;
}

/// <summary>
/// A loop that must turn: it beats as often as it turns, and is found dead where the last beat is too long ago. It may rest: before
/// its first beat, where it waits for something that may take any time, and when it has ended as it should.
/// </summary>
public sealed class LoopWatch : HealthCheck
{
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private volatile string? _rest = "not started yet";
    private long _lastBeat;

    internal LoopWatch(string name, TimeSpan limit, TimeProvider time) : base(name)
    {
        _limit = limit;
        _time = time;
    }

    /// <summary>It turns. A few nanoseconds; on the loop's own thread.</summary>
    public void Beat()
    {
        Volatile.Write(ref _lastBeat, _time.GetTimestamp());
        if (_rest is not null) _rest = null;
    }

    /// <summary>Nothing is wrong if it does not beat from now on, until it beats again.</summary>
    public void Rest(string reason) => _rest = reason;

    /// <inheritdoc />
    public override Finding Look()
    {
        if (_rest is { } rest) return new Finding(true, rest);
        var ago = _time.GetElapsedTime(Volatile.Read(ref _lastBeat));
        return ago <= _limit
            ? new Finding(true, "turns")
            : new Finding(false, $"has not turned for {ago.TotalSeconds:0} s");
    }
}
