using System.Diagnostics.Metrics;
using MiniBatch.Hosting.Health;
using MiniBatch.Hosting.Telemetry;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;

namespace MiniBatch.Coordinator.Monitoring;

/// <summary>What a coordinator's node tells of itself over HTTP: its health, and its meter with all its instruments.</summary>
public sealed class CoordinatorMonitor : IDisposable
{
    /// <summary>The actor ticks every 250 ms and waits for nothing; its exchange thread looks at the time every 25 ms.</summary>
    private static readonly TimeSpan LoopLimit = TimeSpan.FromSeconds(10);

    private const string MeterName = "MiniBatch.Coordinator";

    /// <summary>For a run.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="certificates">The node's TLS; null for none.</param>
    public CoordinatorMonitor(RunSpec spec, NodeCertificates? certificates = null)
    {
        Health = new NodeHealth("coordinator", "coordinator");
        Node = Health.AddCondition("node", Probe.Startup, "starting: loading a checkpoint, if there is one, and opening ports");
        Cluster = Health.AddCondition("cluster", Probe.Ready, "not up yet");
        Run = Health.AddCondition("run", Probe.Ready, "not opened yet");
        Actor = Health.AddHeartbeat("actor", LoopLimit);
        Exchange = Health.AddHeartbeat("exchange", LoopLimit);
        Meter = new Meter(MeterName, ProgramVersion.Current);
        Training = new TrainingMetrics(Meter, spec);
        Connections = new ExchangeMetrics(Meter);
        Meter.CreateExpiry("minibatch.certificate.expires_in", certificates);
    }

    /// <summary>Answers the probes.</summary>
    public NodeHealth Health { get; }

    /// <summary>Says where they are measured.</summary>
    public NodeTelemetry Telemetry { get; } = new(NodeRole.Coordinator, "coordinator", MeterName, new Dictionary<string, object>());

    /// <summary>Has all instruments of this node.</summary>
    public Meter Meter { get; }

    /// <summary>Whether its start is over: it listens.</summary>
    public Condition Node { get; }

    /// <summary>Whether it is up in its cluster.</summary>
    public Condition Cluster { get; }

    /// <summary>Whether the run directory is open, and what there was to go on from is loaded.</summary>
    public Condition Run { get; }

    /// <summary>The coordinator actor's ticks.</summary>
    public Heartbeat Actor { get; }

    /// <summary>The exchange thread's loop.</summary>
    public Heartbeat Exchange { get; }

    /// <summary>Told by the recorder.</summary>
    public TrainingMetrics Training { get; }

    /// <summary>Told by the exchange thread.</summary>
    public ExchangeMetrics Connections { get; }

    /// <inheritdoc />
    public void Dispose() => Meter.Dispose();
}
