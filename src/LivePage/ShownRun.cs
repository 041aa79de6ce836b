using MiniBatch.LivePage.Live;
using MiniBatch.Shared.Runs;

namespace MiniBatch.LivePage;

/// <summary>What a page shows, and what it lets people do.</summary>
/// <param name="Directory">The run's, with its ledger and logs.</param>
/// <param name="Spec">The run.</param>
/// <param name="Live">The run while it is under way.</param>
public sealed record ShownRun(RunDirectory Directory, RunSpec Spec, ILiveRun Live)
{
    /// <summary>What has buttons; null where the page only shows.</summary>
    public IRunControl? Control { get; init; }

    /// <summary>Where the run's dataset is; null for the usual places.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Makes a picture that somebody drew or uploaded what the dataset's are: 28 × 28 bytes, 0 = background. Null where pictures aren't taken.</summary>
    /// <remarks>Throws a <see cref="UserErrorException"/> that says what is wrong with it.</remarks>
    public Func<byte[], byte[]>? ToPixels { get; init; }
}

/// <summary>What whoever started a run's processes can do to them. Called on any thread.</summary>
public interface IRunControl
{
    /// <summary>The processes as they are; another object once they are otherwise.</summary>
    ControlState State { get; }

    /// <summary>Does something to a process, or starts one.</summary>
    /// <param name="fault">What.</param>
    /// <param name="worker">0-based; null where it is not about a worker.</param>
    /// <returns>Null where it is under way, else why not: one line.</returns>
    string? Break(Fault fault, int? worker);

    /// <summary>Trains the same run again, undisturbed, to compare its hash.</summary>
    /// <returns>Null where it is under way, else why not: one line.</returns>
    string? Compare();
}

/// <summary>What can be done to a cluster.</summary>
public enum Fault
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

/// <summary>The processes of a run, as their supervisor knows them.</summary>
/// <param name="Workers">In order.</param>
/// <param name="CoordinatorRuns">Whether there is one.</param>
/// <param name="IsOver">Whether the run is over: nothing can be done to it any more.</param>
/// <param name="Comparison">How the run that nobody disturbs does: null before it was asked for.</param>
public sealed record ControlState(IReadOnlyList<ProcessState> Workers, bool CoordinatorRuns, bool IsOver, Comparison? Comparison);

/// <summary>A worker's process.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="State">"runs", "stopped", "slowed" or "gone".</param>
public sealed record ProcessState(string Name, string State);

/// <summary>The same run, which nobody disturbs.</summary>
/// <param name="Text">What it does, or came to: one line.</param>
/// <param name="ParametersSha256">Its hash, once it is over.</param>
/// <param name="IsSame">Whether that is the run's.</param>
public sealed record Comparison(string Text, string? ParametersSha256, bool? IsSame);
