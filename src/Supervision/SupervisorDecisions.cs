using System.Runtime.InteropServices;
using MiniBatch.Shared.Logging;

namespace MiniBatch.Supervision;

/// <summary>What a supervisor is to do.</summary>
/// <param name="Reason">Why, as a sentence for the log.</param>
/// <param name="Event">What it is logged as.</param>
public abstract record SupervisorDecision(string Reason, NodeEvent Event)
{
    /// <summary>Start the coordinator, for the first time or again.</summary>
    /// <param name="Workers">How many workers it may expect.</param>
    /// <param name="Reason">Why.</param>
    public sealed record StartCoordinator(int Workers, string Reason) : SupervisorDecision(Reason, NodeEvents.CoordinatorStarted);

    /// <summary>Delete the address that a dead coordinator left: nobody listens there.</summary>
    public sealed record ForgetAddress(string Reason) : SupervisorDecision(Reason, NodeEvents.AddressForgotten);

    /// <summary>Start a worker, for the first time or again.</summary>
    /// <param name="Worker">0-based.</param>
    /// <param name="Reason">Why.</param>
    public sealed record StartWorker(int Worker, string Reason) : SupervisorDecision(Reason, NodeEvents.WorkerStarted);

    /// <summary>Send SIGTERM to the coordinator, if it still runs.</summary>
    public sealed record TerminateCoordinator(string Reason) : SupervisorDecision(Reason, NodeEvents.ProcessesTerminated);

    /// <summary>Send SIGTERM to every worker that still runs.</summary>
    public sealed record TerminateWorkers(string Reason) : SupervisorDecision(Reason, NodeEvents.ProcessesTerminated);

    /// <summary>Send SIGKILL to a worker, because somebody asked for it.</summary>
    /// <param name="Worker">0-based.</param>
    /// <param name="Reason">Why.</param>
    public sealed record KillWorker(int Worker, string Reason) : SupervisorDecision(Reason, NodeEvents.FaultAsked);

    /// <summary>Send SIGSTOP to a worker. Not logged: one that is slowed is stopped several times a second, and a line has said so.</summary>
    /// <param name="Worker">0-based.</param>
    /// <param name="Reason">Why.</param>
    public sealed record StopWorker(int Worker, string Reason) : SupervisorDecision(Reason, NodeEvents.FaultAsked);

    /// <summary>Send SIGCONT to a worker. Not logged, as its stop is not.</summary>
    /// <param name="Worker">0-based.</param>
    /// <param name="Reason">Why.</param>
    public sealed record ContinueWorker(int Worker, string Reason) : SupervisorDecision(Reason, NodeEvents.FaultAsked);

    /// <summary>Have the coordinator cut a worker's data connection, and accept none for a while.</summary>
    /// <param name="Worker">0-based.</param>
    /// <param name="Length">For how long.</param>
    /// <param name="Reason">Why.</param>
    public sealed record CutOffWorker(int Worker, TimeSpan Length, string Reason) : SupervisorDecision(Reason, NodeEvents.FaultAsked);

    /// <summary>Send SIGKILL to the coordinator, because somebody asked for it.</summary>
    public sealed record KillCoordinator(string Reason) : SupervisorDecision(Reason, NodeEvents.FaultAsked);

    /// <summary>Send SIGKILL to every process that still runs.</summary>
    public sealed record KillAll(string Reason) : SupervisorDecision(Reason, NodeEvents.ProcessesKilled);

    /// <summary>Tell the person at the keyboard.</summary>
    /// <param name="What">What happened.</param>
    /// <param name="Reason">In words.</param>
    public sealed record Tell(NodeEvent What, string Reason) : SupervisorDecision(Reason, What);

    /// <summary>Write it to the log; nobody has to do anything about it.</summary>
    public sealed record Note(string Reason) : SupervisorDecision(Reason, NodeEvents.WorkerLeft);

    /// <summary>All is over; nothing runs any more.</summary>
    /// <param name="ExitCode">What the launcher returns.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Finish(int ExitCode, string Reason) : SupervisorDecision(Reason, NodeEvents.SupervisorDone);
}
