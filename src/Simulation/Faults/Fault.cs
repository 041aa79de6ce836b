namespace MiniBatch.Simulation.Faults;

/// <summary>What a simulated cluster suffers.</summary>
public enum FaultKind
{
    /// <summary>SIGKILL to a worker.</summary>
    WorkerKilled,

    /// <summary>A worker's machine has vanished, and its connections stand: nobody is told. Another takes its place under its name.</summary>
    WorkerMachineLost,

    /// <summary>SIGSTOP to a worker, SIGCONT later.</summary>
    WorkerStopped,

    /// <summary>A worker computes many times slower for a while.</summary>
    WorkerSlow,

    /// <summary>A worker's computation never ends; it beats on.</summary>
    WorkerStuck,

    /// <summary>SIGTERM to a worker.</summary>
    WorkerTerminated,

    /// <summary>A worker can't compute, and says so.</summary>
    WorkerFailed,

    /// <summary>Another worker joins while the run is under way.</summary>
    WorkerAdded,

    /// <summary>Another worker comes that must be refused: other program, processor, data, arithmetic or a name that is taken.</summary>
    StrangerAdded,

    /// <summary>A data connection breaks.</summary>
    ConnectionReset,

    /// <summary>Nothing gets through between a worker and the coordinator, both ways.</summary>
    Partition,

    /// <summary>Nothing gets through from a worker to the coordinator.</summary>
    PartitionToCoordinator,

    /// <summary>Nothing gets through from the coordinator to a worker.</summary>
    PartitionToWorker,

    /// <summary>Messages between actors are lost.</summary>
    ControlLost,

    /// <summary>A frame of an earlier connection arrives on the present one.</summary>
    FrameRepeated,

    /// <summary>Membership says that the coordinator is gone, and then that it is there.</summary>
    CoordinatorRemoved,

    /// <summary>SIGKILL to the coordinator: also between a file's write, sync and rename.</summary>
    CoordinatorKilled,

    /// <summary>The power of the coordinator's machine fails: what was not synced is lost, or torn.</summary>
    PowerLost,

    /// <summary>SIGSTOP to the coordinator, SIGCONT later: also between a file's write, sync and rename.</summary>
    CoordinatorStopped,

    /// <summary>The coordinator is stopped, another one takes its place on another machine, and then it wakes.</summary>
    CoordinatorReplaced,

    /// <summary>SIGTERM to the coordinator, which another one follows.</summary>
    CoordinatorTerminated,

    /// <summary>The disk is full for a while.</summary>
    DiskFull,

    /// <summary>A disk's operation takes very long; the rest of the coordinator goes on, as far as what is to be written may pile up.</summary>
    DiskSlow,

    /// <summary>A process's clock jumps forward.</summary>
    ClockJump,

    /// <summary>The gradient of a slot is not finite, whoever computes it.</summary>
    NotFinite,

    /// <summary>Ctrl+C at the supervisor.</summary>
    StopAsked,
}

/// <summary>What a fault waits for.</summary>
public enum FaultTrigger
{
    /// <summary>The run's start: also before anybody has joined, registered, connected or initialised.</summary>
    Start,

    /// <summary>So many updates by all coordinators together.</summary>
    Update,

    /// <summary>So many decisions of all coordinators' cores together: between this decision and the next.</summary>
    CoordinatorDecision,

    /// <summary>So many decisions of all workers' cores together.</summary>
    WorkerDecision,

    /// <summary>So many operations of all coordinators on the disk: in the middle of what it writes.</summary>
    DiskOperation,
}

/// <summary>One fault of a schedule.</summary>
/// <param name="Kind">What.</param>
/// <param name="Trigger">What it waits for.</param>
/// <param name="At">How many of that; of the start there is one.</param>
/// <param name="Delay">And so long after that; with a decision or an operation none.</param>
/// <param name="Duration">Of what lasts.</param>
/// <param name="Target">Which worker or slot, modulo how many there are.</param>
public sealed record Fault(FaultKind Kind, FaultTrigger Trigger, int At, TimeSpan Delay, TimeSpan Duration, int Target)
{
    /// <inheritdoc />
    public override string ToString() => FormattableString.Invariant(
        $"{Kind} at {Trigger}{(Trigger == FaultTrigger.Start ? "" : $" {At}")}{(Delay > TimeSpan.Zero ? $" + {Delay.TotalMilliseconds:0.###} ms" : "")}, for {Duration.TotalSeconds:0.###} s, target {Target}");
}
