namespace MiniBatch.Launcher.Chaos;

/// <summary>What is done to a process of a cluster.</summary>
public enum FaultKind
{
    /// <summary>SIGKILL of a worker.</summary>
    WorkerKilled,

    /// <summary>SIGKILL of the coordinator.</summary>
    CoordinatorKilled,

    /// <summary>SIGTERM of a worker: it hands its slots back.</summary>
    WorkerTerminated,

    /// <summary>SIGTERM of the coordinator: it writes a checkpoint.</summary>
    CoordinatorTerminated,

    /// <summary>SIGSTOP of a worker, SIGCONT later.</summary>
    WorkerStopped,

    /// <summary>SIGSTOP of the coordinator, SIGCONT later. Nobody takes its place meanwhile: what counts is the time from SIGCONT.</summary>
    CoordinatorStopped,

    /// <summary>The connection that carries a worker's parameters and gradients is shut down.</summary>
    DataConnectionClosed,

    /// <summary>A connection between a worker's actor system and the coordinator's is shut down.</summary>
    ControlConnectionClosed,
}

/// <summary>What is known of each kind.</summary>
public static class FaultKinds
{
    /// <summary>For people.</summary>
    public static string Describe(this FaultKind kind) => kind switch
    {
        FaultKind.WorkerKilled => "worker killed",
        FaultKind.CoordinatorKilled => "coordinator killed",
        FaultKind.WorkerTerminated => "worker terminated",
        FaultKind.CoordinatorTerminated => "coordinator terminated",
        FaultKind.WorkerStopped => "worker stopped",
        FaultKind.CoordinatorStopped => "coordinator stopped",
        FaultKind.DataConnectionClosed => "data connection closed",
        _ => "control connection closed",
    };

    /// <summary>Whether it is done to the coordinator; else to a worker.</summary>
    public static bool IsCoordinators(this FaultKind kind) =>
        kind is FaultKind.CoordinatorKilled or FaultKind.CoordinatorTerminated or FaultKind.CoordinatorStopped;

    /// <summary>Whether the supervisor has to start a process again after it.</summary>
    public static bool EndsProcess(this FaultKind kind) => kind is FaultKind.WorkerKilled or FaultKind.CoordinatorKilled
        or FaultKind.WorkerTerminated or FaultKind.CoordinatorTerminated;

    /// <summary>Whether it closes a connection of another process, which not every system allows.</summary>
    public static bool ClosesConnection(this FaultKind kind) => kind is FaultKind.DataConnectionClosed or FaultKind.ControlConnectionClosed;
}
