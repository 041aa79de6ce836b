using MiniBatch.Launcher.Bench.Systems;

namespace MiniBatch.Launcher.Bench;

/// <summary>What one system came to on one workload.</summary>
public sealed record BenchRow
{
    /// <summary>What was trained.</summary>
    public required string Workload { get; init; }

    /// <summary>The system's name.</summary>
    public required string System { get; init; }

    /// <summary>What it ran on.</summary>
    public required string Engine { get; init; }

    /// <summary>Steps measured a round, warm-up excluded.</summary>
    public required int Steps { get; init; }

    /// <summary>Samples/s of each round, in the order in which they were measured.</summary>
    public required IReadOnlyList<double> Rounds { get; init; }

    /// <summary>What they come to.</summary>
    public required Spread SamplesPerSecond { get; init; }

    /// <summary>At the median.</summary>
    public required double StepsPerSecond { get; init; }

    /// <summary>Median over as many times the C# loop's as the system has processes that compute; null where the loop was not measured.</summary>
    public double? RatioToLoops { get; init; }

    /// <summary>Median over DDP's median: above 1 is faster than DDP. Null where DDP was not measured.</summary>
    public double? RatioToDdp { get; init; }

    /// <summary>Speed of the first epoch over that of the last; the median of the rounds.</summary>
    public required double RatioOfFirstEpoch { get; init; }

    /// <summary>From the start to the first step; the median of the rounds, null where nobody knows.</summary>
    public double? FirstStepSeconds { get; init; }

    /// <summary>Where a step's time goes; medians of the rounds' medians, null where nobody knows.</summary>
    public StepTimes? Step { get; init; }

    /// <summary>What it took of the machine in each round; without rounds too short to say.</summary>
    public required IReadOnlyList<MachineUse> Use { get; init; }

    /// <summary>The rows of one workload, in the systems' order.</summary>
    /// <param name="job">What was trained.</param>
    /// <param name="measured">Each system with its report of every round.</param>
    public static IReadOnlyList<BenchRow> Of(BenchJob job, IReadOnlyList<(BenchSystem System, IReadOnlyList<BenchReport> Reports)> measured)
    {
        var ddp = MedianOf(system => system is PythonTorch { Processes: > 1 });
        var loop = MedianOf(system => system is PlainLoop);
        return [.. measured.Select(one => Row(job, one.System, one.Reports, loop, ddp))];

        double? MedianOf(Func<BenchSystem, bool> which) =>
            measured.Where(one => which(one.System)).Select(one => (double?)Rates(one.Reports, job.Length).Median).FirstOrDefault();
    }

    /// <summary>Samples over seconds of the epochs that count.</summary>
    /// <exception cref="InvalidDataException">The report has another number of epochs than the run.</exception>
    public static double SamplesPerSecondOf(BenchReport report, BenchLength length)
    {
        var counted = length.Counted(report.Epochs);
        return counted.Sum(epoch => epoch.Samples) / counted.Sum(epoch => epoch.Seconds);
    }

    private static Spread Rates(IReadOnlyList<BenchReport> reports, BenchLength length) => Spread.Of(reports.Select(report => SamplesPerSecondOf(report, length)));

    private static BenchRow Row(BenchJob job, BenchSystem system, IReadOnlyList<BenchReport> reports, double? loop, double? ddp)
    {
        var spread = Rates(reports, job.Length);
        var steps = reports.Select(report => report.Step).OfType<StepTimes>().ToArray();
        var starts = reports.Select(report => report.FirstStepSeconds).OfType<double>().ToArray();
        return new BenchRow
        {
            Workload = job.Workload.Name,
            System = system.Name,
            Engine = reports[^1].Engine,
            Steps = job.Length.MeasuredEpochs * job.Length.StepsPerEpoch,
            Rounds = [.. reports.Select(report => SamplesPerSecondOf(report, job.Length))],
            SamplesPerSecond = spread,
            StepsPerSecond = spread.Median / job.GlobalBatch,
            RatioToLoops = spread.Median / (system.Processes * loop),
            RatioToDdp = spread.Median / ddp,
            RatioOfFirstEpoch = Spread.Of(reports.Select(report => report.Epochs[0].SamplesPerSecond / report.Epochs[^1].SamplesPerSecond)).Median,
            FirstStepSeconds = starts.Length > 0 ? Spread.Of(starts).Median : null,
            Step = steps.Length > 0 ? StepTimes.Median(steps) : null,
            Use = [.. reports.Select(report => report.Use).OfType<MachineUse>()],
        };
    }
}
