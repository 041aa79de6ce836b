using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Monitoring;

/// <summary>
/// What the exchange looks like to Prometheus: who takes part, what goes over the connections, what had to be dealt with. The
/// exchange thread adds to fields of its own; they are read when somebody asks.
/// </summary>
public sealed class ExchangeMetrics
{
    private readonly ConcurrentDictionary<string, Peer> _peers = [];
    private volatile FaultCounts _counts = new();
    private volatile Assignment _assignment = Assignment.Nobody;

    private sealed class Peer
    {
        public readonly ConnectionMetrics Bytes = new();
        public long Connections;
    }

    /// <summary>Adds the instruments to a meter.</summary>
    public ExchangeMetrics(Meter meter)
    {
        meter.CreateObservableGauge("minibatch.generation", () => _assignment.Generation.Value, "{generation}", "Of the assignment; rises whenever those who take part are others than before.");
        meter.CreateObservableGauge("minibatch.workers", () => _assignment.Workers.Count, "{worker}", "Workers that take part, spares included.");
        meter.CreateObservableCounter("minibatch.sent", () => Of(peer => peer.Bytes.BytesSent), "By", "Over the data connections, to the worker.");
        meter.CreateObservableCounter("minibatch.received", () => Of(peer => peer.Bytes.BytesReceived), "By", "Over the data connections, from the worker.");
        meter.CreateObservableCounter("minibatch.reconnects", () => Of(peer => Volatile.Read(ref peer.Connections) - 1), "{connection}", "Data connections of the worker after its first.");
        meter.CreateObservableCounter("minibatch.connections_lost", () => _counts.ConnectionsLost, "{connection}", "Data connections that broke, since the run's start.");
        meter.CreateObservableCounter("minibatch.slots_reassigned", () => _counts.SlotsReassigned, "{slot}", "Slots and blocks taken from one worker and given to another, since the run's start.");
        meter.CreateObservableCounter("minibatch.slots_backed_up", () => _counts.SlotsBackedUp, "{slot}", "Late slots that were also given to an idle worker, since the run's start.");
        meter.CreateObservableCounter("minibatch.duplicates_dropped", () => _counts.DuplicatesDropped, "{gradient}", "Gradients dropped because one of their key was in, since the run's start.");
        meter.CreateObservableCounter("minibatch.updates_skipped", () => _counts.UpdatesSkipped, "{update}", "Updates left out because they were not finite, since the run's start.");
        meter.CreateObservableCounter("minibatch.updates_clipped", () => _counts.UpdatesClipped, "{update}", "Updates whose gradient was over the limit of clipping, since the run's start.");
    }

    /// <summary>Where the exchange counts. Its thread alone writes; what is read may be a moment old.</summary>
    public void Watch(FaultCounts counts) => _counts = counts;

    /// <summary>Who takes part from now on.</summary>
    public void Dealt(Assignment assignment) => _assignment = assignment;

    /// <summary>A worker has connected.</summary>
    /// <returns>Where to count what goes over the connection.</returns>
    public ConnectionMetrics Connected(WorkerId worker)
    {
        var peer = _peers.GetOrAdd(worker.Name, static _ => new Peer());
        Volatile.Write(ref peer.Connections, peer.Connections + 1);
        return peer.Bytes;
    }

    private IEnumerable<Measurement<long>> Of(Func<Peer, long> value) =>
        _peers.Select(peer => new Measurement<long>(value(peer.Value), WorkerTag.Of(peer.Key)));
}
