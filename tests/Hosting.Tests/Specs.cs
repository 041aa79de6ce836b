using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Hosting.Tests;

internal static class Specs
{
    /// <summary>Two epochs of eight steps in two slots.</summary>
    public static RunSpec Of(string mode) => new()
    {
        Run = new RunId("test"),
        ProgramVersion = "1.0",
        Workload = "mnist-softmax",
        Dataset = "mnist",
        DatasetSha256 = new string('a', 64),
        TrainCount = 96,
        TestCount = 1000,
        Epochs = 2,
        GlobalBatch = 12,
        Slots = 2,
        Seed = 7,
        Order = SampleOrder.Shuffled,
        LastBatch = LastBatch.Drop,
        Reduction = LossReduction.Mean,
        Optimizer = OptimizerSettings.Default(OptimizerKind.Sgd),
        CpuCapability = CpuCapability.Default,
        Mode = UpdateMode.TryParse(mode, out var parsed) ? parsed : throw new ArgumentException(mode),
    };
}
