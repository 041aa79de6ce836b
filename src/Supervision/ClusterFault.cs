namespace MiniBatch.Supervision;

/// <summary>What can be done to a cluster, to see what it makes of it.</summary>
public enum ClusterFault
{
    /// <summary>SIGKILL to a worker.</summary>
    KillWorker,

    /// <summary>SIGSTOP to a worker, and SIGCONT after a while.</summary>
    StopWorker,

    /// <summary>A worker gets a fraction of the time it wants, for a while.</summary>
    SlowWorker,

    /// <summary>A worker's data connection is cut, and none accepted, for a while.</summary>
    CutOffWorker,

    /// <summary>One more worker.</summary>
    AddWorker,

    /// <summary>SIGKILL to the coordinator.</summary>
    KillCoordinator,
}
