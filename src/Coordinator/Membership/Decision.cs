using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Membership;

/// <summary>What the coordinator core decided, with its reason; the actor carries it out and logs the reason.</summary>
/// <param name="Reason">One line for log and tests.</param>
/// <param name="Event">What it is logged as.</param>
/// <param name="About">The worker that it is about, where it is about one.</param>
public abstract record Decision(string Reason, NodeEvent Event, WorkerId? About = null)
{
    /// <summary>Tell a worker that it may take part.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Why">The reason.</param>
    public sealed record Admit(WorkerId Worker, string Why) : Decision(Why, NodeEvents.WorkerAdmitted, Worker);

    /// <summary>Tell a worker that it can't take part.</summary>
    /// <param name="Message">What to tell it.</param>
    /// <param name="Why">The reason.</param>
    public sealed record Refuse(WorkerRefused Message, string Why) : Decision(Why, NodeEvents.WorkerRefused, Message.Worker);

    /// <summary>Close a worker's data connection.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Why">The reason.</param>
    /// <param name="What">Whether it was not to be here, or leaves.</param>
    public sealed record Dismiss(WorkerId Worker, string Why, NodeEvent What) : Decision(Why, What, Worker);

    /// <summary>Keep the run's arithmetic, for checkpoints.</summary>
    /// <param name="Arithmetic">What the first worker that was ready makes of the run.</param>
    /// <param name="Worker">Whose it is.</param>
    /// <param name="Why">The reason.</param>
    public sealed record RecordArithmetic(Arithmetic Arithmetic, WorkerId Worker, string Why)
        : Decision(Why, Arithmetic.ProbeSha256 == Arithmetic.Unrepeatable ? NodeEvents.ArithmeticUnrepeatable : NodeEvents.ArithmeticSettled, Worker);

    /// <summary>A worker of other arithmetic takes part, because the options allow it.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Why">The reason.</param>
    public sealed record AdmitMixed(WorkerId Worker, string Why) : Decision(Why, NodeEvents.ArithmeticMixed, Worker);

    /// <summary>Deal slots anew.</summary>
    /// <param name="Assignment">Who takes part from now on.</param>
    /// <param name="Worker">Who came or went.</param>
    /// <param name="Why">The reason.</param>
    /// <param name="What">What happened to it.</param>
    public sealed record Deal(Assignment Assignment, WorkerId Worker, string Why, NodeEvent What) : Decision(Why, What, Worker);

    /// <summary>Get version 0.</summary>
    /// <param name="Why">The reason.</param>
    /// <param name="What">Whether enough workers are there, or it starts without.</param>
    public sealed record StartInitialising(string Why, NodeEvent What) : Decision(Why, What);

    /// <summary>Train an epoch.</summary>
    /// <param name="Epoch">1-based.</param>
    /// <param name="Why">The reason.</param>
    public sealed record StartEpoch(int Epoch, string Why) : Decision(Why, NodeEvents.EpochStarted);

    /// <summary>Evaluate the current version.</summary>
    /// <param name="Why">The reason.</param>
    public sealed record StartEvaluation(string Why) : Decision(Why, NodeEvents.EvaluationStarted);

    /// <summary>Write down and show a finished epoch.</summary>
    /// <param name="Trained">Its training.</param>
    /// <param name="Evaluated">Its evaluation.</param>
    /// <param name="Why">The reason.</param>
    public sealed record CompleteEpoch(ExchangeReport.EpochTrained Trained, ExchangeReport.Evaluated? Evaluated, string Why)
        : Decision(Why, NodeEvents.EpochCompleted);

    /// <summary>End the run.</summary>
    /// <param name="Succeeded">Whether all epochs are trained.</param>
    /// <param name="Why">The reason.</param>
    public sealed record EndRun(bool Succeeded, string Why) : Decision(Why, Succeeded ? NodeEvents.RunCompleted : NodeEvents.RunFailed);
}
