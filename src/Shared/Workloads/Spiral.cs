using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>Three arms of a spiral in the plane: two hidden layers of 100 with ReLU.</summary>
public sealed class Spiral : nn.Module<Tensor, Tensor>
{
    private const ulong DataSeed = 300;
    private const int Arms = 3;
    private const int PointsPerArm = 100;

    /// <summary>300 points, batches of 32.</summary>
    public static Workload Workload { get; } = new()
    {
        Name = "spiral", Data = new TableDataset("spiral", "spiral", Points()),
        Summary = "three arms of a spiral, two hidden layers", CreateModel = () => new Spiral(), Objective = Objective.CrossEntropy,
        GlobalBatch = 32, Slots = 4, Epochs = 300, EvaluateEvery = 10,
        Optimizer = OptimizerSettings.Default(OptimizerKind.Sgd) with { LearningRate = 0.1 }, Expectation = "0.95 accuracy and more",
    };

    private readonly Linear fc1 = nn.Linear(2, 100);
    private readonly Linear fc2 = nn.Linear(100, 100);
    private readonly Linear fc3 = nn.Linear(100, Arms);

    /// <summary>Draws the initial parameters from torch's generator.</summary>
    public Spiral() : base(nameof(Spiral)) => RegisterComponents();

    /// <inheritdoc />
    public override Tensor forward(Tensor x)       // [B, 2]
    {
        x = nn.functional.relu(fc1.call(x));       // [B, 100]
        x = nn.functional.relu(fc2.call(x));       // [B, 100]
        return fc3.call(x);                        // [B, 3]
    }

    /// <summary>Along an arm the radius grows to 1 and the angle by 4 rad, with noise of 0.2 rad.</summary>
    private static Table Points()
    {
        var random = new SplitMix64(DataSeed);
        return new Table(2, [.. Enumerable.Range(0, Arms * PointsPerArm).Select(i =>
        {
            var (arm, along) = (i / PointsPerArm, i % PointsPerArm / (PointsPerArm - 1f));
            var angle = 4 * (arm + along) + 0.2f * random.NextNormal();
            return new[] { MathF.Round(along * MathF.Sin(angle), 4), MathF.Round(along * MathF.Cos(angle), 4), arm };   // the same with any C library
        })]);
    }
}
