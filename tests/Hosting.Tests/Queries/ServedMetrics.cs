using System.Diagnostics;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Hosting.Tests.Parsing;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tests.Tls;
using MiniBatch.Shared.Tls;
using MiniBatch.Worker.Computation;
using MiniBatch.Worker.Monitoring;

namespace MiniBatch.Hosting.Tests.Queries;

/// <summary>A name that samples have.</summary>
/// <param name="Type">Of its family: "counter", "gauge", "histogram", "info".</param>
/// <param name="Labels">That its samples have.</param>
/// <param name="IsOfTheRun">Goes on where the checkpoint has it, rather than from 0.</param>
internal sealed record ServedMetric(string Type, IReadOnlySet<string> Labels, bool IsOfTheRun);

/// <summary>Every sample that a coordinator and a worker serve, as Prometheus knows them: read from what they write.</summary>
internal static class ServedMetrics
{
    /// <summary>What Prometheus adds to every sample of a target, in a cluster. Without one there is no namespace: it is empty there.</summary>
    public static readonly IReadOnlySet<string> TargetLabels = new HashSet<string> { "namespace", "pod", "job", "instance" };

    private static readonly Lazy<Exposition> Text = new(Serve);

    /// <summary>The page of a node that has done everything once.</summary>
    public static Exposition Exposition => Text.Value;

    /// <summary>By the names of samples: a histogram's are three.</summary>
    public static IReadOnlyDictionary<string, ServedMetric> ByName { get; } = Text.Value.Families.Values
        .SelectMany(family => family.Samples.GroupBy(sample => sample.Name), (family, samples) => (samples.Key, Metric: Of(family, samples.First())))
        .ToDictionary(pair => pair.Key, pair => pair.Metric);

    private static ServedMetric Of(ExposedFamily family, ExposedSample sample) => new(
        family.Type!, sample.Labels.Keys.ToHashSet(), family.Help!.Contains("since the run's start", StringComparison.Ordinal));

    private static Exposition Serve()
    {
        using var authority = new TestAuthority();
        using var certificates = new NodeCertificates(authority.Issue());
        using var coordinator = new CoordinatorMonitor(Specs.Of("async"), certificates);
        using var worker = new WorkerMonitor("w", certificates);
        using var servedCoordinator = new ServedNode(coordinator.Health, coordinator.Telemetry);
        using var servedWorker = new ServedNode(worker.Health, worker.Telemetry);
        coordinator.Training.Committed(new LedgerLine(
            1, Epoch: 1, Generation: 1, Loss: 0.5, Correct: 3, LearningRate: 0.1, GradientNorm: 1, Clipped: false, VersionCrc: "0000abcd", StateSha256: null,
            Milliseconds: 2, [new LedgerSlot("w", 6, "", 300, new LedgerArrival(1, 0, 0), 1750)]));
        coordinator.Training.Completed(new EpochSummary(1, 0.5, 0.25, 0.9, 1, 96));
        coordinator.Training.CheckpointWritten(Stopwatch.GetTimestamp());
        coordinator.Connections.Watch(new FaultCounts());
        coordinator.Connections.Connected(new WorkerId("w", 1));
        worker.Computed(new SlotResult(6, 3, 3, 0, TimeSpan.FromMilliseconds(1)));
        return new Exposition(servedCoordinator.Metrics().Families.Concat(servedWorker.Metrics().Families).ToDictionary());
    }
}
