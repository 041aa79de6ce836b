using MiniBatch.Launcher.Bench;

namespace MiniBatch.Launcher.Tests.Bench;

public sealed class SpreadTests
{
    [Fact]
    public void Odd_number_of_measurements_has_the_middle_one_as_median() =>
        Assert.Equal(new Spread(Median: 3, Min: 1, Max: 100), Spread.Of([100, 1, 3]));

    [Fact]
    public void Even_number_of_measurements_has_the_mean_of_the_middle_two() =>
        Assert.Equal(new Spread(Median: 3, Min: 1, Max: 8), Spread.Of([8, 4, 1, 2]));

    [Fact]
    public void Single_measurement_is_all_three() => Assert.Equal(new Spread(7, 7, 7), Spread.Of([7]));

    [Fact]
    public void No_measurement_is_refused() => Assert.Throws<ArgumentException>(() => Spread.Of([]));
}
