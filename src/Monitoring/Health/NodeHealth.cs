using System.Text.Json.Serialization;

namespace MiniBatch.Monitoring.Health;

/// <summary>What an orchestrator asks a node; a check may answer several.</summary>
[Flags]
public enum Probes
{
    /// <summary>Is its own start over? Until then nothing else is asked.</summary>
    Startup = 1,

    /// <summary>Do its loops turn? If not, only a new process helps.</summary>
    Live = 2,

    /// <summary>Is it in the cluster, with the run's data loaded?</summary>
    Ready = 4,
}

/// <summary>A node's answer to a probe.</summary>
/// <param name="Status">"ok" or "failing".</param>
/// <param name="Role">"coordinator" or "worker".</param>
/// <param name="Node">Its name.</param>
/// <param name="Checks">Each with its reason.</param>
public sealed record HealthReport(string Status, string Role, string Node, IReadOnlyList<HealthReport.Check> Checks)
{
    /// <summary>Whether all checks are.</summary>
    [JsonIgnore]
    public bool IsOk => Status == "ok";

    /// <summary>One check's finding.</summary>
    public sealed record Check(string Name, bool Ok, string Reason);
}

/// <summary>The checks of a node. They are added while it is made; then it is looked at from any thread.</summary>
/// <param name="role">"coordinator" or "worker".</param>
/// <param name="node">The node's name.</param>
/// <param name="time">For loops; null for the system's.</param>
public sealed class NodeHealth(string role, string node, TimeProvider? time = null)
{
    private readonly List<(HealthCheck Check, Probes Probes)> _checks = [];
    private volatile string? _over;
    private volatile string? _stopping;

    /// <summary>Adds something that is not so yet.</summary>
    /// <param name="name">One word.</param>
    /// <param name="probes">Whom it concerns.</param>
    /// <param name="reason">Why not yet.</param>
    public Condition AddCondition(string name, Probes probes, string reason) => Add(new Condition(name, reason), probes);

    /// <summary>Adds a loop; it is asked after by <see cref="Probes.Live"/>.</summary>
    /// <param name="name">One word.</param>
    /// <param name="limit">The longest that it may go without a beat on a machine that is far too busy.</param>
    public LoopWatch AddLoop(string name, TimeSpan limit) => Add(new LoopWatch(name, limit, time ?? TimeProvider.System), Probes.Live);

    /// <summary>The run is over and the node stays for whoever wants to look: from now on all is well, for this reason.</summary>
    public void RunIsOver(string reason) => _over = reason;

    /// <summary>The node was asked to stop: it is not ready from now on, for this reason and whatever else is so, and live to its end.</summary>
    public void Stops(string reason) => _stopping = reason;

    /// <summary>Answers a probe.</summary>
    public HealthReport Look(Probes probe)
    {
        var checks = _checks.Where(known => known.Probes.HasFlag(probe)).Select(known => Report(probe, known.Check)).ToList();
        return new HealthReport(checks.All(check => check.Ok) ? "ok" : "failing", role, node, checks);
    }

    private HealthReport.Check Report(Probes probe, HealthCheck check)
    {
        var found = probe == Probes.Ready && _stopping is { } stopping ? new Finding(false, stopping)
            : _over is { } over ? new Finding(true, over)
            : check.Look();
        return new HealthReport.Check(check.Name, found.Ok, found.Reason);
    }

    private T Add<T>(T check, Probes probes) where T : HealthCheck
    {
        _checks.Add((check, probes));
        return check;
    }
}
