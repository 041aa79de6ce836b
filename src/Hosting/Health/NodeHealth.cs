using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MiniBatch.Hosting.Health;

/// <summary>What an orchestrator asks a node: the tags of health checks, and the last part of their path.</summary>
public static class Probe
{
    /// <summary>Is its own start over? Until then nothing else is asked.</summary>
    public const string Startup = "startup";

    /// <summary>Do its loops turn? If not, only a new process helps.</summary>
    public const string Live = "live";

    /// <summary>Is it in the cluster, with the run's data loaded?</summary>
    public const string Ready = "ready";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Startup, Live, Ready];
}

/// <summary>The health of a node. Its checks are added while it is made; then it is asked from any thread.</summary>
/// <param name="role">"coordinator" or "worker".</param>
/// <param name="node">The node's name.</param>
/// <param name="time">For loops; null for the system's.</param>
public sealed class NodeHealth(string role, string node, TimeProvider? time = null)
{
    private readonly List<(NodeCheck Check, string Probe)> _checks = [];
    private volatile string? _over;
    private volatile string? _stopping;

    /// <summary>"coordinator" or "worker".</summary>
    public string Role => role;

    /// <summary>The node's name.</summary>
    public string Node => node;

    /// <summary>Adds a condition, unhealthy until it is set.</summary>
    /// <param name="name">One word.</param>
    /// <param name="probe">One of <see cref="Probe"/>.</param>
    /// <param name="reason">Why not yet.</param>
    public Condition AddCondition(string name, string probe, string reason) => Add(new Condition(name, reason), probe);

    /// <summary>Adds a loop; it is asked after by <see cref="Probe.Live"/>.</summary>
    /// <param name="name">One word.</param>
    /// <param name="limit">The longest that it may go without a beat on a machine that is far too busy.</param>
    public Heartbeat AddHeartbeat(string name, TimeSpan limit) => Add(new Heartbeat(name, limit, time ?? TimeProvider.System), Probe.Live);

    /// <summary>The run is over and the node stays for whoever wants to look: from now on all is well, for this reason.</summary>
    public void RunIsOver(string reason) => _over = reason;

    /// <summary>The node was asked to stop: it is not ready from now on, for this reason and whatever else is so, and live to its end.</summary>
    public void Stops(string reason) => _stopping = reason;

    /// <summary>Registers the checks, each under its name and tagged with its probe.</summary>
    public void AddTo(IHealthChecksBuilder checks)
    {
        foreach (var (check, probe) in _checks)
            checks.Add(new HealthCheckRegistration(check.Name, new Registered(this, check, probe), HealthStatus.Unhealthy, [probe]));
    }

    /// <summary>Adds a check.</summary>
    /// <param name="check">It.</param>
    /// <param name="probe">One of <see cref="Probe"/>.</param>
    public T Add<T>(T check, string probe) where T : NodeCheck
    {
        _checks.Add((check, probe));
        return check;
    }

    private sealed class Registered(NodeHealth node, NodeCheck check, string probe) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
        {
            var found = probe == Probe.Ready && node._stopping is { } stopping ? new Finding(false, stopping)
                : node._over is { } over ? new Finding(true, over)
                : await check.FindAsync(cancellationToken);
            return found.IsHealthy ? HealthCheckResult.Healthy(found.Reason) : HealthCheckResult.Unhealthy(found.Reason);
        }
    }
}
