using MiniBatch.Launcher.Bench;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Launcher.Tests.Bench;

public sealed class BenchJobTests
{
    [Fact]
    public void All_takes_the_models_on_mnist_that_the_catalogue_has()
    {
        Workload[] catalogue = [WorkloadCatalog.Get("mnist-cnn"), WorkloadCatalog.Get("fashion-cnn"), WorkloadCatalog.Get("mnist-softmax")];

        Assert.Equal(["mnist-cnn", "mnist-softmax"], BenchJob.Chosen("all", catalogue).Select(workload => workload.Name));
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("transformer")]
    public void Model_that_the_catalogue_has_not_is_one_line(string model)
    {
        var error = Assert.Throws<UserErrorException>(() => BenchJob.Chosen(model, [WorkloadCatalog.Get("mnist-cnn")]));

        Assert.Equal($"there is no '{model}' to measure; there are softmax, mlp, cnn and all", error.Message);
        Assert.Equal(UserErrorException.Usage, error.ExitCode);
    }

    [Theory]
    [InlineData("softmax")]
    [InlineData("mlp")]
    [InlineData("cnn")]
    public void Every_model_has_a_usual_length(string model)
    {
        var job = BenchJob.Create(WorkloadCatalog.Get($"mnist-{model}"), globalBatch: 200, slots: 2, steps: null, DeviceRequest.Cpu, "/data");

        Assert.InRange(job.Length.MeasuredEpochs * job.Length.StepsPerEpoch, 100, 10_000);
        Assert.InRange(job.TrainCount, 200, 60_000);
    }

    [Fact]
    public void Run_has_exactly_the_samples_of_its_epochs() =>
        Assert.Equal(
            ["mnist-cnn", "--batch", "10", "--slots", "2", "--epochs", "3", "--limit-train", "30", "--limit-test", "1"],
            Jobs.Job().RunArguments);
}
