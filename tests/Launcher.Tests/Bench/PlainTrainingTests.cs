using System.CommandLine;
using MiniBatch.Launcher.Bench;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker.Computation;

namespace MiniBatch.Launcher.Tests.Bench;

/// <summary>By itself: libtorch's generator belongs to the process, and TorchSharp's optimizers do not hold their scalars.</summary>
[CollectionDefinition(nameof(PlainTrainingTests), DisableParallelization = true)]
[Collection(nameof(PlainTrainingTests))]
public sealed class PlainTrainingTests
{
    static PlainTrainingTests() => KernelPins.Apply(Processor.CapabilityHere);

    [Theory]
    [InlineData("mnist-softmax")]
    [InlineData("mnist-cnn")]
    public void Plain_loop_trains_the_workloads_model_on_every_sample(string workload)
    {
        var report = Train(workload, epochs: 3);

        using var model = WorkloadCatalog.Get(workload).CreateModel();
        Assert.Equal(model.parameters().Sum(parameter => parameter.numel()), report.ParameterCount);
        Assert.Equal([240L, 240L, 240L], report.Epochs.Select(epoch => epoch.Samples));
    }

    [Fact]
    public void Plain_loop_learns()
    {
        var afterOne = Train("mnist-softmax", epochs: 1);
        var afterTwenty = Train("mnist-softmax", epochs: 20);

        Assert.True(afterTwenty.LastLoss < 0.5 * afterOne.LastLoss, $"{afterTwenty.LastLoss} after 20 epochs, {afterOne.LastLoss} after one");
    }

    [Fact]
    public void Plain_loop_learns_the_same_as_on_a_gpu() =>
        Assert.Equal(Train("mnist-cnn", epochs: 1).LastLoss, Train("mnist-cnn", epochs: 1, ComputePlace.HostAsGpu).LastLoss);

    private static BenchReport Train(string workload, int epochs, ComputePlace? place = null)
    {
        var (run, command) = (new RunFlags(), new Command("bench-plain"));
        run.AddTo(command);
        var spec = run.Spec(command.Parse($"{workload} --epochs {epochs} --batch 24 --optimizer sgd --lr 0.1 --seed 7 --limit-train 240 --limit-test 1000"), DateTimeOffset.UnixEpoch);
        return PlainTraining.Run(spec, SyntheticImages.Create(spec.TrainCount, seed: 3, spec.TestCount), place);
    }
}
