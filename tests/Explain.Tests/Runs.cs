using System.CommandLine;
using System.Runtime.CompilerServices;
using MiniBatch.Explain.Steps;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker.Computation;

// libtorch's generator belongs to the process: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace MiniBatch.Explain.Tests;

/// <summary>Runs as they are typed.</summary>
internal static class Runs
{
    /// <summary>As the program does it: before anything loads libtorch.</summary>
    [ModuleInitializer]
    internal static void Pin() => KernelPins.Apply(Processor.CapabilityHere);

    /// <summary>The spec that a workload's name and flags make.</summary>
    public static RunSpec Spec(string typed)
    {
        var run = new RunFlags();
        var command = new Command("explain");
        run.AddTo(command);
        return run.Spec(command.Parse(typed), DateTimeOffset.UnixEpoch);
    }

    /// <summary>Tables as they are; images that need no download.</summary>
    public static DatasetSamples Data(RunSpec spec) => WorkloadCatalog.Get(spec.Workload).Data is TableDataset table
        ? table.Load(null)
        : SyntheticImages.Create(spec.TrainCount, seed: 3, spec.TestCount).Samples;

    public static ClusterInOneProcess Cluster(RunSpec spec, int workers = 3) => new(spec, Data(spec), workers);

    public static OneMachine OneMachine(RunSpec spec) => new(spec, Data(spec));
}
