using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>Ear, eye, tongue and tail to dog and wolf: one 2×4 matrix, every weight 0.5, no bias.</summary>
public sealed class DogWolf : nn.Module<Tensor, Tensor>
{
    /// <summary>One animal, one step after the other.</summary>
    public static Workload Workload { get; } = new()
    {
        Name = "dog-wolf", Data = new TableDataset("dog-wolf", "dog or wolf", new Table(4, [0.2f, 0.3f, 0.1f, 0.9f, 1, 0])),
        Summary = "ear, eye, tongue, tail to dog or wolf, one sample by hand", CreateModel = () => new DogWolf(),
        Objective = Objective.HalfSquaredErrors, Order = SampleOrder.Natural, GlobalBatch = 1, Slots = 1, Epochs = 3,
        Optimizer = OptimizerSettings.Default(OptimizerKind.Sgd) with { LearningRate = 0.01 }, Expectation = "losses 0.3125, 0.306591, 0.300793",
    };

    private readonly Parameter W = new(ones(4, 2).Times(0.5));

    /// <summary>All weights are 0.5.</summary>
    public DogWolf() : base(nameof(DogWolf)) => RegisterComponents();

    /// <inheritdoc />
    public override Tensor forward(Tensor x) => x.matmul(W);   // [B, 4]·[4, 2] → [B, 2]
}
