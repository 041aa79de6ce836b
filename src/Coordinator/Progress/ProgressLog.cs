using System.Diagnostics;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using Serilog;

namespace MiniBatch.Coordinator.Progress;

/// <summary>How far the run is, as an event now and then: what a log has instead of a bar.</summary>
public sealed class ProgressLog(RunSpec spec)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Pace _pace = new(spec);
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();

    /// <summary>Steps were committed.</summary>
    /// <param name="progress">How far it is.</param>
    /// <param name="log">Knows epoch and step.</param>
    public void Advanced(ExchangeReport.Advanced progress, ILogger log)
    {
        if (_sinceLast.Elapsed < Interval) return;
        _sinceLast.Restart();
        object?[] loss = progress.MeanLoss is { } mean ? [mean] : [];   // none where every update was left out
        NodeEvents.Progress.Write(
            log, "epoch {epoch}/{epochs}, step {stepInEpoch}/{stepsPerEpoch}: " + (loss.Length > 0 ? "loss {loss:G5}, " : "no update yet, ")
            + "{samplesPerSecond:0} samples/s, {secondsLeft:0} s left",
            [progress.Epoch, spec.Epochs, progress.StepsInEpoch, spec.StepsPerEpoch, .. loss, Pace.SamplesPerSecond(progress), _pace.Left(progress).TotalSeconds]);
    }
}
