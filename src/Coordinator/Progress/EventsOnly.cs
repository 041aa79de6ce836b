using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;
using Serilog.Core;

namespace MiniBatch.Coordinator.Progress;

/// <summary>
/// Shows nothing of its own, for standard output that is JSON lines: progress, epochs and summary are events there, like all else.
/// </summary>
public sealed class EventsOnly : IRunView
{
    /// <inheritdoc />
    public ILogEventSink? LogSink => null;

    /// <inheritdoc />
    public void EpochStarted(int epoch) { }

    /// <inheritdoc />
    public void Advanced(ExchangeReport.Advanced progress) { }

    /// <inheritdoc />
    public void Evaluating(ExchangeReport.EpochTrained trained) { }

    /// <inheritdoc />
    public void EpochDone(EpochSummary epoch) { }

    /// <inheritdoc />
    public void Ended(RunSummary summary, RunDirectory directory) { }

    /// <inheritdoc />
    public void Dispose() { }
}
