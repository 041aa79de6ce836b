using System.Diagnostics;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Bench.Systems;

/// <summary>MiniBatch itself, started by <c>train</c> as a user does: coordinator and workers as processes of their own.</summary>
/// <param name="Programs">Of which the launcher trains.</param>
/// <param name="Workers">Worker processes.</param>
public sealed record MiniBatchCluster(BuiltPrograms Programs, int Workers)
    : BenchSystem($"MiniBatch, {Workers} worker{(Workers == 1 ? "" : "s")}")
{
    /// <inheritdoc />
    public override ProcessStartInfo Process(BenchJob job, string directory) => StartInfo(
        Programs.Dotnet,
        [
            Programs.Launcher, "train", .. job.RunArguments, "--workers", BenchJob.Text(Workers), "--device", job.Device.ToString(),
            "--data", job.DataDirectory, "--run-dir", directory, "--report", "off",
        ]);

    /// <inheritdoc />
    public override BenchReport Read(string directory)
    {
        var summary = ReadJson<RunSummary>(new RunDirectory(directory).Summary);
        if (summary.Faults.Seen > 0) throw new UserErrorException($"{Name}: a worker was lost while it was measured; measure again");
        return new BenchReport
        {
            Engine = $"MiniBatch {ProgramVersion.Current}, {summary.Engine.Akka}, {summary.Engine.Torch}",
            ParameterCount = summary.ParameterCount,
            LastLoss = summary.Epochs[^1].TrainLoss ?? double.NaN,
            Epochs = [.. summary.Epochs.Select(epoch => new BenchEpoch((long)Math.Round(epoch.SamplesPerSecond * epoch.Seconds), epoch.Seconds))],
        };
    }
}
