namespace MiniBatch.Launcher.Bench;

/// <summary>
/// What a training loop outside of a cluster leaves for <c>./cluster bench</c>, as a JSON file: <c>bench-plain</c>
/// and <c>ddp.py</c> both write it.
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
}

/// <summary>One epoch.</summary>
/// <param name="Samples">Samples applied, over all processes.</param>
/// <param name="Seconds">Of training alone.</param>
public sealed record BenchEpoch(long Samples, double Seconds);
