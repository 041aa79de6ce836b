using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>Random numbers to random numbers: one 4×2 matrix, no bias. Nothing is there to be learnt but the noise.</summary>
public sealed class RandomRegression : nn.Module<Tensor, Tensor>
{
    private const ulong DataSeed = 64;

    /// <summary>The sum of squares, plain gradient descent with a very small rate.</summary>
    public static Workload Summed { get; } = new()
    {
        Name = "random-regression", Data = new TableDataset("random-regression", "random numbers", RandomTable()),
        Summary = "64 random rows of 4 to 2 numbers, ½·Σ(ŷ−y)²", CreateModel = () => new RandomRegression(),
        Objective = Objective.HalfSquaredErrors, Order = SampleOrder.Natural, GlobalBatch = 64, Slots = 4, Epochs = 5000, EvaluateEvery = 500,
        Optimizer = OptimizerSettings.Default(OptimizerKind.Sgd) with { LearningRate = 1e-6 }, Expectation = "the loss falls in every step",
    };

    /// <summary>The mean of squares, with Adam.</summary>
    public static Workload Averaged { get; } = Summed with
    {
        Name = "random-regression-mean", Summary = "the same with the mean of squares and Adam", Objective = Objective.MeanSquaredError,
        Epochs = 500, EvaluateEvery = 50, Optimizer = OptimizerSettings.Default(OptimizerKind.Adam) with { LearningRate = 1e-6 },
    };

    private readonly Parameter W = new(randn(4, 2));

    /// <summary>Draws the weights from torch's generator.</summary>
    public RandomRegression() : base(nameof(RandomRegression)) => RegisterComponents();

    /// <inheritdoc />
    public override Tensor forward(Tensor x) => x.matmul(W);   // [B, 4]·[4, 2] → [B, 2]

    private static Table RandomTable()
    {
        var random = new SplitMix64(DataSeed);
        return new Table(4, [.. Enumerable.Range(0, 64).Select(_ => Enumerable.Range(0, 6).Select(_ => random.NextNormal()).ToArray())]);
    }
}
