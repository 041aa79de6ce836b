using System.Diagnostics;
using MiniBatch.Launcher.LocalRun;

namespace MiniBatch.Launcher.Bench.Systems;

/// <summary>A loop in C# over the same libtorch, in one process, without a cluster: <c>bench-plain</c> of the launcher.</summary>
/// <param name="Programs">Where it is.</param>
public sealed record PlainLoop(BuiltPrograms Programs) : BenchSystem("C# loop, 1 process", Processes: 1)
{
    /// <inheritdoc />
    public override ProcessStartInfo Process(BenchJob job, string directory) => StartInfo(
        Programs.Dotnet,
        [
            Programs.Launcher, PlainCommand.Name, .. job.RunArguments, "--device", job.OneDevice.ToString(), "--data", job.DataDirectory,
            "--report", ReportIn(directory),
        ]);
}
