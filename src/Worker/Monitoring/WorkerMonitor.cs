using System.Diagnostics.Metrics;
using MiniBatch.Hosting.Health;
using MiniBatch.Hosting.Telemetry;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;
using MiniBatch.Worker.Computation;

namespace MiniBatch.Worker.Monitoring;

/// <summary>
/// What a worker's node tells of itself over HTTP: its health, and its meter with all its instruments. Belongs to the process: it
/// outlives every cluster that the worker joins.
/// </summary>
public sealed class WorkerMonitor : IDisposable
{
    /// <summary>The actor ticks every 250 ms and waits for nothing.</summary>
    private static readonly TimeSpan ActorLimit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// One slot, or loading the data. A coordinator gives a stuck worker up long before (<c>--answer-limit</c>); this is for one that has
    /// no coordinator any more.
    /// </summary>
    private static readonly TimeSpan ComputeLimit = TimeSpan.FromMinutes(15);

    private readonly Histogram<double> _compute;
    private long _slots;
    private long _samples;
    private long _blocks;
    private long _rejoins;

    /// <summary>For a worker.</summary>
    /// <param name="name">Its name; every series has it as a label.</param>
    /// <param name="certificates">The node's TLS; null for none.</param>
    public WorkerMonitor(string name, NodeCertificates? certificates = null)
    {
        Health = new NodeHealth("worker", name);
        Node = Health.AddCondition("node", Probe.Startup, "starting");
        Cluster = Health.AddCondition("cluster", Probe.Ready, "has found no coordinator yet");
        Data = Health.AddCondition("data", Probe.Ready, "not loaded: no coordinator has said yet which run it is");
        Actor = Health.AddHeartbeat("actor", ActorLimit);
        Computing = Health.AddHeartbeat("compute", ComputeLimit);
        Inner = new InnerHealth(Health);
        Telemetry = new NodeTelemetry(NodeRole.Worker, name, "MiniBatch.Worker", new Dictionary<string, object> { ["worker"] = name });
        Meter = new Meter(Telemetry.MeterName, ProgramVersion.Current);
        _compute = Meter.CreateTimes("minibatch.worker.slot.compute", "One slot: forward, loss, backward, from taking it up to having its gradient.");
        Meter.CreateObservableCounter("minibatch.worker.slots", () => Volatile.Read(ref _slots), "{slot}", "Slots computed, whether or not their gradient was taken.");
        Meter.CreateObservableCounter("minibatch.worker.samples", () => Volatile.Read(ref _samples), "{sample}", "Samples of these slots.");
        Meter.CreateObservableCounter("minibatch.worker.evaluation_blocks", () => Volatile.Read(ref _blocks), "{block}", "Blocks of test samples evaluated.");
        Meter.CreateObservableCounter("minibatch.worker.sent", () => Connection.BytesSent, "By", "Over the data connections, to the coordinator.");
        Meter.CreateObservableCounter("minibatch.worker.received", () => Connection.BytesReceived, "By", "Over the data connections, from the coordinator.");
        Meter.CreateExpiry("minibatch.worker.certificate.expires_in", certificates);
        Meter.CreateObservableCounter("minibatch.worker.rejoins", () => Volatile.Read(ref _rejoins), "{join}", "Times that it joined a cluster anew, after its first.");
    }

    /// <summary>Answers the probes.</summary>
    public NodeHealth Health { get; }

    /// <summary>Says where they are measured; every series has the worker's name as a label.</summary>
    public NodeTelemetry Telemetry { get; }

    /// <summary>Has all instruments of this node.</summary>
    public Meter Meter { get; }

    /// <summary>Whether its start is over.</summary>
    public Condition Node { get; }

    /// <summary>Whether a coordinator has admitted it.</summary>
    public Condition Cluster { get; }

    /// <summary>Whether the run's data and model are loaded and the data connection stands.</summary>
    public Condition Data { get; }

    /// <summary>The worker actor's ticks.</summary>
    public Heartbeat Actor { get; }

    /// <summary>The compute thread's loop; idle while it waits for orders.</summary>
    public Heartbeat Computing { get; }

    /// <summary>The health of the host within this one that takes part in a cluster.</summary>
    internal InnerHealth Inner { get; }

    /// <summary>Over all data connections of this process, one after the other.</summary>
    public ConnectionMetrics Connection { get; } = new();

    /// <summary>A slot was computed. On the compute thread.</summary>
    public void Computed(in SlotResult slot)
    {
        Volatile.Write(ref _slots, _slots + 1);
        Volatile.Write(ref _samples, _samples + slot.SampleCount);
        _compute.Record(slot.Elapsed.TotalSeconds);
    }

    /// <summary>A block of test samples was evaluated. On the compute thread.</summary>
    public void Evaluated() => Volatile.Write(ref _blocks, _blocks + 1);

    /// <summary>The worker has left its cluster; it may join another.</summary>
    /// <param name="reason">One line.</param>
    public void Left(string reason)
    {
        Cluster.Unhealthy(reason);
        Data.Unhealthy(reason);
        Actor.Idle(reason);
        Computing.Idle(reason);
    }

    /// <summary>It joins anew.</summary>
    public void Rejoins() => Volatile.Write(ref _rejoins, _rejoins + 1);

    /// <inheritdoc />
    public void Dispose() => Meter.Dispose();
}
