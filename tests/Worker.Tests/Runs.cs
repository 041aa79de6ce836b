using System.Runtime.CompilerServices;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;

// libtorch's generator and the count of live tensors belong to the process: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace MiniBatch.Worker.Tests;

/// <summary>Specs, data and gradients for tests.</summary>
internal static class Runs
{
    /// <summary>Far beyond what anything here takes; it ends a test that would hang.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static CpuCapability Capability => Processor.CapabilityHere;

    /// <summary>As a worker process does it: before anything loads libtorch.</summary>
    [ModuleInitializer]
    internal static void Pin() => KernelPins.Apply(Capability);

    /// <summary>240 training samples in 10 steps, three evaluation blocks of which the last is smaller.</summary>
    public static RunSpec Spec(
        string workload = "mnist-softmax", int batch = 24, int slots = 4, ulong seed = 7,
        LossReduction reduction = LossReduction.Mean) => new()
        {
            Run = new RunId("test"),
            ProgramVersion = ProgramVersion.Current,
            Workload = workload,
            Dataset = "mnist",
            DatasetSha256 = DatasetCatalog.Mnist.Sha256,
            TrainCount = 240,
            TestCount = 2300,
            Epochs = 3,
            GlobalBatch = batch,
            Slots = slots,
            Seed = seed,
            Order = SampleOrder.Shuffled,
            LastBatch = LastBatch.Drop,
            Reduction = reduction,
            Optimizer = new OptimizerSettings(OptimizerKind.Sgd, 0.1),
            CpuCapability = Capability,
        };

    /// <summary>Data of the spec's size that needs no download.</summary>
    public static ImageDataset Data(RunSpec spec) => SyntheticImages.Create(spec.TrainCount, seed: 3, spec.TestCount);

    public static SlotComputer Computer(RunSpec spec) => new(spec, Data(spec).Samples);

    public static float[] Gradient(this SlotComputer computer, int epoch, int step, int slot)
    {
        var gradient = new float[computer.Vector.Layout.TotalCount];
        computer.ComputeGradient(epoch, step, slot, gradient);
        return gradient;
    }

    public static float[] Version(this SlotComputer computer)
    {
        var version = new float[computer.Vector.Layout.TotalCount];
        computer.Vector.Save(version);
        return version;
    }
}
