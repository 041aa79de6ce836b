using System.Runtime.InteropServices;

namespace MiniBatch.Supervision;

/// <summary>What happens to a supervisor.</summary>
public abstract record SupervisorEvent
{
    private SupervisorEvent()
    {
    }

    /// <summary>The coordinator's process has ended.</summary>
    /// <param name="Status">How.</param>
    /// <param name="RunIsComplete">Whether the run's summary says that it was trained to its end.</param>
    /// <param name="Step">The highest step that was ever in the ledger; 0 where there was none.</param>
    public sealed record CoordinatorExited(ExitStatus Status, bool RunIsComplete = false, long Step = 0) : SupervisorEvent;

    /// <summary>A worker's process has ended.</summary>
    /// <param name="Worker">0-based.</param>
    /// <param name="Status">How.</param>
    /// <param name="LastError">The last line it wrote to standard error; empty if none.</param>
    /// <param name="RunIsComplete">Whether the run's summary says that it was trained to its end.</param>
    /// <param name="Step">The highest step that a slot of this worker's is in; 0 where there is none.</param>
    public sealed record WorkerExited(int Worker, ExitStatus Status, string LastError, bool RunIsComplete = false, long Step = 0) : SupervisorEvent;

    /// <summary>Ctrl+C, SIGTERM or the terminal's end.</summary>
    /// <param name="Signal">SIGINT, SIGTERM or SIGHUP.</param>
    public sealed record StopAsked(PosixSignal Signal) : SupervisorEvent;

    /// <summary>Somebody wants to see what the cluster makes of a fault.</summary>
    /// <param name="Fault">Which.</param>
    /// <param name="Worker">0-based; of no meaning where the fault is not a worker's.</param>
    public sealed record FaultAsked(ClusterFault Fault, int Worker) : SupervisorEvent;

    /// <summary>A deadline has come, or only time has passed.</summary>
    public sealed record TimePassed : SupervisorEvent;
}
