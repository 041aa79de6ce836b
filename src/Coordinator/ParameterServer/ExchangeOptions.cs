using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>What the exchange is told beside the spec.</summary>
/// <param name="Timeouts">With workers that are silent, stuck or slow.</param>
public sealed record ExchangeOptions(WorkerTimeouts Timeouts)
{
    /// <summary>A version is written down at least every so many steps, ≥ 1: the most that a crash makes compute again.</summary>
    public int CheckpointSteps { get; init; } = Training.CheckpointStepsDefault;

    /// <summary>Whether the last update of every epoch comes with its averaged gradient: one copy an epoch.</summary>
    public bool KeepsGradients { get; init; }

    /// <summary>The weights that become version 0 in place of the seed's; null where the seed's do. They are the spec's origin.</summary>
    public StartingPoint? Weights { get; init; }
}
