using MiniBatch.Launcher.Bench.Systems;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Bench;

/// <summary>What one system came to on one workload.</summary>
/// <param name="Workload">What was trained.</param>
/// <param name="System">The system's name.</param>
/// <param name="Engine">What it ran on.</param>
/// <param name="Steps">Steps measured a round, warm-up excluded.</param>
/// <param name="Rounds">Samples/s of each round, in the order in which they were measured.</param>
/// <param name="SamplesPerSecond">What they come to.</param>
/// <param name="StepsPerSecond">At the median.</param>
/// <param name="RatioToDdp">Median over DDP's median: above 1 is faster than DDP. Null where DDP was not measured.</param>
public sealed record BenchRow(
    string Workload, string System, string Engine, int Steps, IReadOnlyList<double> Rounds, Spread SamplesPerSecond,
    double StepsPerSecond, double? RatioToDdp)
{
    /// <summary>The rows of one workload, in the systems' order.</summary>
    /// <param name="job">What was trained.</param>
    /// <param name="measured">Each system with its report of every round.</param>
    public static IReadOnlyList<BenchRow> Of(BenchJob job, IReadOnlyList<(BenchSystem System, IReadOnlyList<BenchReport> Reports)> measured)
    {
        var rates = measured.Select(one => one.Reports.Select(report => SamplesPerSecondOf(report, job.Length)).ToArray()).ToArray();
        var spreads = rates.Select(Spread.Of).ToArray();
        var ddp = measured.ToList().FindIndex(one => one.System is PythonTorch { Processes: > 1 });
        return
        [
            .. measured.Select((one, i) => new BenchRow(
                job.Workload.Name, one.System.Name, one.Reports[^1].Engine, job.Length.MeasuredEpochs * job.Length.StepsPerEpoch, rates[i],
                spreads[i], spreads[i].Median / job.GlobalBatch, ddp < 0 ? null : spreads[i].Median / spreads[ddp].Median)),
        ];
    }

    /// <summary>Samples over seconds of the epochs that count.</summary>
    /// <exception cref="InvalidDataException">The report has another number of epochs than the run.</exception>
    public static double SamplesPerSecondOf(BenchReport report, BenchLength length)
    {
        if (report.Epochs.Count != length.Epochs)
            throw new InvalidDataException($"{report.Epochs.Count} epochs were reported and {length.Epochs} asked for");
        var counted = report.Epochs.Skip(length.WarmUpEpochs).ToArray();
        return counted.Sum(epoch => epoch.Samples) / counted.Sum(epoch => epoch.Seconds);
    }
}
