namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>What of the exchange can be chosen, and does not change the model.</summary>
/// <param name="Patience">With workers that are silent, stuck or slow.</param>
public sealed record ExchangeOptions(Patience Patience)
{
    /// <summary>A version is written down at least every so many steps, ≥ 1: the most that a crash makes compute again.</summary>
    public int CheckpointSteps { get; init; } = Training.CheckpointStepsDefault;
}
