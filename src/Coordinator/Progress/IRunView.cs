using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;
using Serilog.Core;

namespace MiniBatch.Coordinator.Progress;

/// <summary>What a person sees of a run. Called by one thread at a time.</summary>
public interface IRunView : IDisposable
{
    /// <summary>Where log lines go so that they don't tear the view; null for standard output.</summary>
    ILogEventSink? LogSink { get; }

    /// <summary>An epoch began.</summary>
    void EpochStarted(int epoch);

    /// <summary>Steps were committed.</summary>
    void Advanced(ExchangeReport.Advanced progress);

    /// <summary>An epoch is trained and is being evaluated.</summary>
    void Evaluating(ExchangeReport.EpochTrained trained);

    /// <summary>An epoch is done.</summary>
    void EpochDone(EpochSummary epoch);

    /// <summary>The run is over: shows the table.</summary>
    void Ended(RunSummary summary, RunDirectory directory);
}
