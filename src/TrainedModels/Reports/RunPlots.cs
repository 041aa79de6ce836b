using MiniBatch.Graphics.Plots;
using MiniBatch.Shared.Datasets;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>A run's curves.</summary>
public static class RunPlots
{
    /// <summary>The name of a series that is a band behind the others.</summary>
    public const string Extent = "least and greatest";

    private const int EpochsMax = 400;

    /// <summary>Loss, accuracy where there is one, throughput, the gradient's norm; none of a run without an update.</summary>
    public static IEnumerable<Plot> Of(RunReport report)
    {
        if (report.Ledger.Updates == 0) yield break;
        yield return Loss(report);
        if (report.Workload.Objective.HasAccuracy) yield return Accuracy(report);
        yield return Throughput(report);
        yield return new Plot("Gradient norm", StepAxis(report), new("Euclidean norm", Spacing: SpacingOf(report, bucket => bucket.Norm)), [Buckets(report, "norm", bucket => bucket.Norm)]);
    }

    /// <summary>A table is learnt by heart: what is made small falls by factors.</summary>
    private static AxisSpacing SpacingOf(RunReport report, Func<StepBucket, double> value) =>
        report.Workload.Data is TableDataset && report.Ledger.Buckets.All.All(bucket => value(bucket) > 0) ? AxisSpacing.Logarithmic : AxisSpacing.Linear;

    private static Plot Loss(RunReport report)
    {
        var spacing = SpacingOf(report, bucket => bucket.LossMin);
        var isMerged = report.Ledger.Buckets.Width > 1;
        PlotSeries[] train = isMerged
            ? [Series(Extent, Extremes(report.Ledger.Buckets.All)), Buckets(report, Mean(report), bucket => bucket.Loss)]
            : [Buckets(report, "training", bucket => bucket.Loss)];
        return new Plot("Loss", StepAxis(report), new("loss", Min: spacing == AxisSpacing.Linear ? 0 : null, Spacing: spacing),
            [.. train, .. Epochs(report, "test", epoch => epoch.TestLoss)]);
    }

    private static Plot Accuracy(RunReport report) => new(
        "Accuracy", StepAxis(report), new("part that is right", Max: 1),
        [Buckets(report, report.Ledger.Buckets.Width > 1 ? Mean(report) : "training", bucket => bucket.Accuracy), .. Epochs(report, "test", epoch => epoch.TestAccuracy)]);

    private static Plot Throughput(RunReport report) => report.Spec.Mode.IsSynchronous
        ? new Plot("Throughput", StepAxis(report), new("samples a second", Min: 0), [Buckets(report, "throughput", bucket => 1000 * bucket.Samples / bucket.Milliseconds)])
        : new Plot("Throughput", StepAxis(report), new("samples a second, an epoch", Min: 0), [.. Epochs(report, "epoch", epoch => epoch.SamplesPerSecond)]);

    private static PlotAxis StepAxis(RunReport report) => new(report.Spec.Mode.IsSynchronous ? "step" : "update");

    private static string Mean(RunReport report) => $"training, mean of {report.Ledger.Buckets.Width}";

    private static PlotSeries Buckets(RunReport report, string name, Func<StepBucket, double> value) =>
        Series(name, report.Ledger.Buckets.All.Select(bucket => new PlotPoint(bucket.Middle, value(bucket))));

    /// <summary>Up and down between the least and the greatest of each bucket: drawn close together, a band.</summary>
    private static IEnumerable<PlotPoint> Extremes(IReadOnlyList<StepBucket> buckets) =>
        buckets.SelectMany(bucket => new[] { new PlotPoint(bucket.First, bucket.LossMin), new PlotPoint(bucket.Last, bucket.LossMax) });

    /// <summary>A value of each epoch where it ends; every so many of very many.</summary>
    private static IEnumerable<PlotSeries> Epochs(RunReport report, string name, Func<Shared.Runs.EpochSummary, double?> value)
    {
        var perEpoch = (double)report.Spec.StepsPerEpoch * report.Spec.Mode.UpdatesPerStep(report.Spec.Slots);
        var known = report.Progress.Epochs.Where(epoch => value(epoch) is not null).ToList();
        if (known.Count == 0) yield break;
        var every = (known.Count + EpochsMax - 1) / EpochsMax;
        yield return Series(name, known.Where((_, i) => i % every == 0 || i == known.Count - 1).Select(epoch => new PlotPoint(epoch.Epoch * perEpoch, value(epoch)!.Value)));
    }

    private static PlotSeries Series(string name, IEnumerable<PlotPoint> points) => new(name, [.. points]);
}
