using MiniBatch.Supervision;

namespace MiniBatch.LivePage;

/// <summary>What can be done to a run's processes by whoever serves its page. Called on any thread.</summary>
public interface IRunControl
{
    /// <summary>The processes as they are; another object once they are otherwise.</summary>
    ControlState State { get; }

    /// <summary>What can be done here: the supervisor that started the processes can do more to them than their coordinator.</summary>
    IReadOnlyList<ClusterFault> Faults { get; }

    /// <summary>Whether the same run can be trained again, undisturbed, to compare its hash.</summary>
    bool CanCompare { get; }

    /// <summary>Does something to a process, or starts one.</summary>
    /// <param name="fault">What; one of <see cref="Faults"/>.</param>
    /// <param name="worker">Its name; null where it is not about a worker.</param>
    /// <returns>Null where it is under way, else why not: one line.</returns>
    string? Break(ClusterFault fault, string? worker);

    /// <summary>Trains the same run again, undisturbed, to compare its hash.</summary>
    /// <returns>Null where it is under way, else why not: one line.</returns>
    string? Compare();
}

/// <summary>What buttons go by.</summary>
/// <param name="Cluster">The processes.</param>
/// <param name="Comparison">How the run that nobody disturbs does: null before it was asked for.</param>
public sealed record ControlState(ClusterState Cluster, Comparison? Comparison = null);

/// <summary>The same run, which nobody disturbs.</summary>
/// <param name="Text">What it does, or came to: one line.</param>
/// <param name="IsTraining">Whether it is under way.</param>
/// <param name="ParametersSha256">Its hash, once it is over.</param>
/// <param name="IsSame">Whether that is the run's.</param>
public sealed record Comparison(string Text, bool IsTraining, string? ParametersSha256 = null, bool? IsSame = null);
