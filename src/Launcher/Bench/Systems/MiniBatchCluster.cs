using System.Diagnostics;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Bench.Systems;

/// <summary>MiniBatch itself, started by <c>train</c> as a user does: coordinator and workers as processes of their own.</summary>
/// <param name="Programs">Of which the launcher trains.</param>
/// <param name="Workers">Worker processes.</param>
public sealed record MiniBatchCluster(BuiltPrograms Programs, int Workers)
    : BenchSystem($"MiniBatch, {Workers} worker{(Workers == 1 ? "" : "s")}", Workers)
{
    /// <inheritdoc />
    public override ProcessStartInfo Process(BenchJob job, string directory) => StartInfo(
        Programs.Dotnet,
        [
            Programs.Launcher, "train", .. job.RunArguments, "--workers", BenchJob.Text(Workers), "--device", job.Device.ToString(),
            "--data", job.DataDirectory, "--run-dir", directory, "--report", "off",
        ]);

    /// <inheritdoc />
    public override string LedgerIn(string directory) => new RunDirectory(directory).Ledger;

    /// <inheritdoc />
    public override BenchReport Read(BenchJob job, string directory)
    {
        var run = new RunDirectory(directory);
        var summary = ReadJson<RunSummary>(run.Summary);
        if (summary.Faults.Seen > 0) throw new UserErrorException($"{Name}: a worker was lost while it was measured; measure again");
        var epochs = summary.Epochs.Select(epoch => new BenchEpoch((long)Math.Round(epoch.SamplesPerSecond * epoch.Seconds), epoch.Seconds)).ToArray();
        var counted = LedgerLines.Read(run.Ledger).Where(line => line.Epoch > job.Length.WarmUpEpochs).ToArray();
        return new BenchReport
        {
            Engine = $"MiniBatch {ProgramVersion.Current}, {summary.Engine.Akka}, {summary.Engine.Torch}",
            ParameterCount = summary.ParameterCount,
            LastLoss = summary.Epochs[^1].TrainLoss ?? double.NaN,
            Epochs = epochs,
            Ended = new DateTimeOffset(File.GetLastWriteTimeUtc(run.Ledger)),
            Step = StepTimes.Of(counted, job.Length.Counted(epochs).Sum(epoch => epoch.Seconds)),
        };
    }
}
