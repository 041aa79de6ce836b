namespace MiniBatch.Supervision;

/// <summary>The processes of a run, for people. Immutable.</summary>
/// <param name="Workers">In order.</param>
/// <param name="CoordinatorRuns">Whether there is one.</param>
/// <param name="IsOver">Whether the run is over: nothing can be done to it any more.</param>
public sealed record ClusterState(IReadOnlyList<ProcessState> Workers, bool CoordinatorRuns, bool IsOver);

/// <summary>A worker's process.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="State">"runs", "stopped", "slowed" or "gone".</param>
public sealed record ProcessState(string Name, string State);
