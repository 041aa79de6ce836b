using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests;

/// <summary>Specs and names for tests.</summary>
internal static class Specs
{
    /// <summary>A short run: 100 samples, batches of 12 (so 4 are dropped), two evaluation blocks.</summary>
    public static RunSpec Small(int slots = 4, int epochs = 2, OptimizerKind optimizer = OptimizerKind.Adam, double learningRate = 0.01) => new()
    {
        Run = new RunId("test"),
        ProgramVersion = "1.0",
        Workload = "mnist-softmax",
        Dataset = "mnist",
        DatasetSha256 = new string('a', 64),
        TrainCount = 100,
        TestCount = 1500,
        Epochs = epochs,
        GlobalBatch = 12,
        Slots = slots,
        Seed = 7,
        Order = SampleOrder.Shuffled,
        LastBatch = LastBatch.Drop,
        Reduction = LossReduction.Mean,
        Optimizer = OptimizerSettings.Default(optimizer) with { LearningRate = learningRate },
        CpuCapability = CpuCapability.Default,
    };

    public static readonly Incarnation First = new(1);

    public static readonly Arithmetic Arithmetic = new("initial", "probe");

    public static readonly ComputeDevice Cpu = new("cpu", "", 0, 1);

    public static WorkerId Worker(string name) => new(name, (ulong)name.GetHashCode(StringComparison.Ordinal) & 0xffff);
}
