using MiniBatch.Worker.Bench;

namespace MiniBatch.Worker.Tests.Bench;

public sealed class PlainTrainingTests
{
    [Theory]
    [InlineData("mnist-softmax")]
    [InlineData("mnist-cnn")]
    public void Plain_loop_trains_the_model_that_a_worker_computes(string workload)
    {
        var spec = Runs.Spec(workload);
        using var computer = Runs.Computer(spec);

        var report = PlainTraining.Run(spec, Runs.Data(spec));

        Assert.Equal(computer.Vector.Layout.ParameterCount, report.ParameterCount);
        Assert.Equal([240L, 240L, 240L], report.Epochs.Select(epoch => epoch.Samples));
    }

    [Fact]
    public void Plain_loop_learns()
    {
        var spec = Runs.Spec();
        var data = Runs.Data(spec);

        var afterOne = PlainTraining.Run(spec with { Epochs = 1 }, data);
        var afterTwenty = PlainTraining.Run(spec with { Epochs = 20 }, data);

        Assert.True(afterTwenty.LastLoss < 0.5 * afterOne.LastLoss, $"{afterTwenty.LastLoss} after 20 epochs, {afterOne.LastLoss} after one");
    }
}
