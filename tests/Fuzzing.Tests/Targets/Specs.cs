using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Fuzzing.Tests.Targets;

/// <summary>A run for all targets.</summary>
internal static class Specs
{
    /// <summary>Six steps of 16 samples in 4 slots, in two epochs.</summary>
    public static RunSpec Small { get; } = new()
    {
        Format = RunSpec.FormatCurrent, Run = new RunId("test"), ProgramVersion = "1.0", Workload = "mnist-softmax", Dataset = "mnist", DatasetSha256 = new string('a', 64),
        TrainCount = 50, TestCount = 100, Epochs = 2, GlobalBatch = 16, Slots = 4, Seed = 7, Order = SampleOrder.Shuffled,
        LastBatch = LastBatch.Drop, Reduction = LossReduction.Mean, Optimizer = OptimizerSettings.Default(OptimizerKind.Adam), CpuCapability = CpuCapability.Default,
    };
}
