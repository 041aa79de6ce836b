using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>The simplest network in the world: y = Wx + b, hours of study to points. Begins with W = b = 0.</summary>
public sealed class HoursPoints : nn.Module<Tensor, Tensor>
{
    /// <summary>1, 2, 3 hours give 1, 2, 3 points. A sample a slot: each can sit on its own worker.</summary>
    public static Workload Workload { get; } = new()
    {
        Name = "hours-points", Data = new TableDataset("hours-points", "hours and points", new Table(1, [1, 1], [2, 2], [3, 3])),
        Summary = "hours of study to points, a line through three samples", CreateModel = () => new HoursPoints(),
        Objective = Objective.MeanSquaredError, Order = SampleOrder.Natural, GlobalBatch = 3, Slots = 3, Epochs = 1001, EvaluateEvery = 100,
        Optimizer = OptimizerSettings.Default(OptimizerKind.Sgd) with { LearningRate = 0.01 }, Expectation = "W 0.985, b 0.033, cost 0.000158",
    };

    /// <summary>Each hour gives two points.</summary>
    public static Workload Doubled { get; } = Workload with
    {
        Name = "hours-points-doubled", Data = new TableDataset("hours-points-doubled", "hours and doubled points", new Table(1, [1, 2], [2, 4], [3, 6])),
        Summary = "the same, two points an hour", Expectation = "W near 2, b near 0",
    };

    private readonly Parameter W = new(zeros(1, 1));
    private readonly Parameter b = new(zeros(1));

    /// <summary>Both are 0.</summary>
    public HoursPoints() : base(nameof(HoursPoints)) => RegisterComponents();

    /// <inheritdoc />
    public override Tensor forward(Tensor x) => x.matmul(W).Plus(b);   // [B, 1]·[1, 1] + [1] → [B, 1]
}
