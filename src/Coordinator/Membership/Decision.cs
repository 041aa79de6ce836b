using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Membership;

/// <summary>How loud a decision's reason is in the log.</summary>
public enum Severity
{
    /// <summary>For machines and the curious.</summary>
    Debug,

    /// <summary>What people want to see.</summary>
    Information,

    /// <summary>Something went wrong, and was dealt with.</summary>
    Warning,
}

/// <summary>What the coordinator core decided, with its reason; the actor carries it out and logs the reason.</summary>
/// <param name="Reason">One line for log and tests.</param>
/// <param name="Severity">How loud.</param>
public abstract record Decision(string Reason, Severity Severity)
{
    /// <summary>Tell a worker that it may take part.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Why">The reason.</param>
    public sealed record Admit(WorkerId Worker, string Why) : Decision(Why, Severity.Debug);

    /// <summary>Tell a worker that it can't take part.</summary>
    /// <param name="Message">What to tell it.</param>
    /// <param name="Why">The reason.</param>
    public sealed record Refuse(WorkerRefused Message, string Why) : Decision(Why, Severity.Warning);

    /// <summary>Close a worker's data connection.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Why">The reason.</param>
    /// <param name="Severity">How much it matters to people.</param>
    public sealed record Dismiss(WorkerId Worker, string Why, Severity Severity = Severity.Warning) : Decision(Why, Severity);

    /// <summary>Keep the run's arithmetic, for checkpoints.</summary>
    /// <param name="ProbeSha256">Hash of the probe slot's gradient, or <see cref="Arithmetic.Unrepeatable"/>.</param>
    /// <param name="Why">The reason.</param>
    /// <param name="HowLoud">How loud.</param>
    public sealed record RecordProbe(string ProbeSha256, string Why, Severity HowLoud) : Decision(Why, HowLoud);

    /// <summary>A worker of other arithmetic takes part, because the options allow it.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Why">The reason.</param>
    public sealed record AdmitMixed(WorkerId Worker, string Why) : Decision(Why, Severity.Warning);

    /// <summary>Deal slots anew.</summary>
    /// <param name="Assignment">Who takes part from now on.</param>
    /// <param name="Why">The reason.</param>
    /// <param name="HowLoud">How loud.</param>
    public sealed record Deal(Assignment Assignment, string Why, Severity HowLoud) : Decision(Why, HowLoud);

    /// <summary>Get version 0.</summary>
    /// <param name="Why">The reason.</param>
    /// <param name="HowLoud">How loud.</param>
    public sealed record StartInitialising(string Why, Severity HowLoud) : Decision(Why, HowLoud);

    /// <summary>Train an epoch.</summary>
    /// <param name="Epoch">1-based.</param>
    /// <param name="Why">The reason.</param>
    public sealed record StartEpoch(int Epoch, string Why) : Decision(Why, Severity.Debug);

    /// <summary>Evaluate the current version.</summary>
    /// <param name="Why">The reason.</param>
    public sealed record StartEvaluation(string Why) : Decision(Why, Severity.Debug);

    /// <summary>Write down and show a finished epoch.</summary>
    /// <param name="Trained">Its training.</param>
    /// <param name="Evaluated">Its evaluation.</param>
    /// <param name="Why">The reason.</param>
    public sealed record CompleteEpoch(ExchangeReport.EpochTrained Trained, ExchangeReport.Evaluated? Evaluated, string Why)
        : Decision(Why, Severity.Debug);

    /// <summary>End the run.</summary>
    /// <param name="Succeeded">Whether all epochs are trained.</param>
    /// <param name="Why">The reason.</param>
    public sealed record EndRun(bool Succeeded, string Why) : Decision(Why, Severity.Information);
}
