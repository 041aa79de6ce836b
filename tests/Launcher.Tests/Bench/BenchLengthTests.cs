using MiniBatch.Launcher.Bench;

namespace MiniBatch.Launcher.Tests.Bench;

public sealed class BenchLengthTests
{
    [Fact]
    public void Long_benchmark_passes_over_all_data_and_warms_up_for_a_tenth() =>
        Assert.Equal(new BenchLength(StepsPerEpoch: 300, WarmUpEpochs: 2, MeasuredEpochs: 20), BenchLength.For(6000, stepsOfAllData: 300));

    [Fact]
    public void Short_benchmark_has_short_epochs_of_which_one_warms_up() =>
        Assert.Equal(new BenchLength(StepsPerEpoch: 30, WarmUpEpochs: 1, MeasuredEpochs: 4), BenchLength.For(120, stepsOfAllData: 300));

    [Theory]
    [InlineData(1, 300)]
    [InlineData(7, 300)]
    [InlineData(1000, 300)]
    [InlineData(5, 1)]
    public void Measured_steps_are_at_least_those_asked_for(int steps, int stepsOfAllData)
    {
        var length = BenchLength.For(steps, stepsOfAllData);

        Assert.InRange(length.MeasuredEpochs * length.StepsPerEpoch, steps, steps + length.StepsPerEpoch - 1);
        Assert.InRange(length.StepsPerEpoch, 1, stepsOfAllData);
        Assert.True(length.WarmUpEpochs >= 1);
    }
}
