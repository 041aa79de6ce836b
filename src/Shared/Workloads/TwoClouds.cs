using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>Two clouds of points told apart by a line through the origin: σ(x·w), w begun with 0, no bias.</summary>
public sealed class TwoClouds : nn.Module<Tensor, Tensor>
{
    private const ulong DataSeed = 200;

    /// <summary>200 points in the plane.</summary>
    public static Workload Workload { get; } = new()
    {
        Name = "two-clouds", Data = new TableDataset("two-clouds", "two clouds of points", Clouds()),
        Summary = "two clouds of 100 points, logistic regression by hand", CreateModel = () => new TwoClouds(),
        Objective = Objective.BinaryCrossEntropyByHand, Order = SampleOrder.Natural, GlobalBatch = 200, Slots = 4, Epochs = 101, EvaluateEvery = 10,
        Optimizer = OptimizerSettings.Default(OptimizerKind.Sgd) with { LearningRate = 0.01 }, Expectation = "first loss ln 2 = 0.6931",
    };

    private readonly Parameter w = new(zeros(2, 1));

    /// <summary>Both weights are 0.</summary>
    public TwoClouds() : base(nameof(TwoClouds)) => RegisterComponents();

    /// <inheritdoc />
    public override Tensor forward(Tensor x) => x.matmul(w).sigmoid();   // [B, 2]·[2, 1] → [B, 1]

    /// <summary>100 points about (−2, −2) with label 0, 100 about (2, 2) with label 1, in turn.</summary>
    private static Table Clouds()
    {
        var random = new SplitMix64(DataSeed);
        return new Table(2, [.. Enumerable.Range(0, 200).Select(i =>
        {
            var centre = i % 2 == 0 ? -2f : 2f;
            return new[] { centre + random.NextNormal(), centre + random.NextNormal(), i % 2 };
        })]);
    }
}
