using System.Text.Json.Serialization;

namespace MiniBatch.Launcher.Bench;

/// <summary>
/// What one measurement came to. A training loop outside of a cluster leaves it for <c>./cluster bench</c> as a JSON file:
/// <c>bench-plain</c> and <c>ddp.py</c> both write it.
/// </summary>
public sealed record BenchReport
{
    /// <summary>What it ran on: "PyTorch 1.13.1, Python 3.11.2".</summary>
    public required string Engine { get; init; }

    /// <summary>float32s that the optimizer updates; tells whether two systems train the same model.</summary>
    public required int ParameterCount { get; init; }

    /// <summary>Mean loss of the last step; NaN is no training.</summary>
    public required double LastLoss { get; init; }

    /// <summary>The epochs, in order; warm-up included.</summary>
    public required IReadOnlyList<BenchEpoch> Epochs { get; init; }

    /// <summary>When the last one ended.</summary>
    public required DateTimeOffset Ended { get; init; }

    /// <summary>Where a step's time goes; null where there is no ledger to tell.</summary>
    [JsonIgnore]
    public StepTimes? Step { get; init; }

    /// <summary>Seconds from the start of the system's first process to its first step; null where there is no ledger to tell.</summary>
    [JsonIgnore]
    public double? FirstStepSeconds { get; init; }

    /// <summary>What it took of the machine in the epochs that count; null where they were too short to say.</summary>
    [JsonIgnore]
    public MachineUse? Use { get; init; }
}

/// <summary>One epoch.</summary>
/// <param name="Samples">Samples applied, over all processes.</param>
/// <param name="Seconds">Of training alone.</param>
public sealed record BenchEpoch(long Samples, double Seconds)
{
    /// <summary>The speed.</summary>
    [JsonIgnore]
    public double SamplesPerSecond => Samples / Seconds;
}
