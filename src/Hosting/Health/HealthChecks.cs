namespace MiniBatch.Hosting.Health;

/// <summary>What a health check found.</summary>
/// <param name="IsHealthy">Whether all is well.</param>
/// <param name="Reason">Why it is, or is not: one line.</param>
public readonly record struct Finding(bool IsHealthy, string Reason);

/// <summary>One health check of a node; probes ask it, on any thread.</summary>
/// <param name="name">One word.</param>
public abstract class NodeCheck(string name)
{
    /// <summary>One word.</summary>
    public string Name => name;

    /// <summary>How it is now.</summary>
    public abstract ValueTask<Finding> FindAsync(CancellationToken cancellation);
}

/// <summary>A check that is healthy or not until it is set anew: member of the cluster, data loaded.</summary>
public sealed class Condition : NodeCheck
{
    private volatile object _finding;   // a boxed Finding: both its fields at once

    internal Condition(string name, string reason) : base(name) => _finding = new Finding(false, reason);

    /// <summary>Healthy from now on.</summary>
    public void Healthy(string reason) => _finding = new Finding(true, reason);

    /// <summary>Unhealthy from now on.</summary>
    public void Unhealthy(string reason) => _finding = new Finding(false, reason);

    /// <inheritdoc />
    public override ValueTask<Finding> FindAsync(CancellationToken cancellation) => new((Finding)_finding);
}

/// <summary>
/// A check of a loop: it beats once a turn, and is unhealthy when the last beat is too long ago. It may be idle: before its first
/// beat, while it waits for something that may take any time, and when it has ended as it should.
/// </summary>
public sealed class Heartbeat : NodeCheck
{
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private volatile string? _idle = "not started yet";
    private long _lastBeat;

    internal Heartbeat(string name, TimeSpan limit, TimeProvider time) : base(name)
    {
        _limit = limit;
        _time = time;
    }

    /// <summary>The loop has turned. Takes a few nanoseconds; called on the loop's own thread.</summary>
    public void Beat()
    {
        Volatile.Write(ref _lastBeat, _time.GetTimestamp());
        if (_idle is not null) _idle = null;
    }

    /// <summary>Healthy without beats from now on, until the next beat.</summary>
    public void Idle(string reason) => _idle = reason;

    /// <inheritdoc />
    public override ValueTask<Finding> FindAsync(CancellationToken cancellation) => new(Find());

    private Finding Find()
    {
        if (_idle is { } idle) return new Finding(true, idle);
        var ago = _time.GetElapsedTime(Volatile.Read(ref _lastBeat));
        return ago <= _limit
            ? new Finding(true, "turns")
            : new Finding(false, $"has not turned for {ago.TotalSeconds:0} s");
    }
}
