using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MiniBatch.Hosting.Health;

namespace MiniBatch.Worker.Monitoring;

/// <summary>
/// Akka.Hosting's checks of the node that a worker has in a cluster, answered by the process's host. The node comes and goes with each
/// cluster that the worker joins; between two there is nothing to be alive, and nothing ready.
/// </summary>
internal sealed class InnerHealth
{
    private volatile HealthCheckService? _current;

    /// <summary>Adds the checks to a worker's.</summary>
    public InnerHealth(NodeHealth health)
    {
        health.Add(new Check(this, "actor-system", Probe.Live, new Finding(true, "in no cluster")), Probe.Live);
        health.Add(new Check(this, "member", Probe.Ready, new Finding(false, "in no cluster")), Probe.Ready);
    }

    /// <summary>A node has started; null where it has ended.</summary>
    public void Follow(IServiceProvider? node) => _current = node?.GetRequiredService<HealthCheckService>();

    private sealed class Check(InnerHealth inner, string name, string probe, Finding without) : NodeCheck(name)
    {
        public override async ValueTask<Finding> FindAsync(CancellationToken cancellation)
        {
            if (inner._current is not { } node) return without;
            try
            {
                var report = await node.CheckHealthAsync(check => check.Tags.Contains(probe), cancellation);
                return new Finding(report.Status == HealthStatus.Healthy, string.Join("; ", report.Entries.Values.Select(entry => entry.Description)));
            }
            catch (ObjectDisposedException)
            {
                return without;   // it has ended meanwhile
            }
        }
    }
}
