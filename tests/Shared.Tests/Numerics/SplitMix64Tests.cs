using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.Tests.Numerics;

public class SplitMix64Tests
{
    [Fact]
    public void NextUInt64_of_the_published_seed_gives_the_published_numbers()
    {
        var random = new SplitMix64(1234567);
        ulong[] expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];

        Assert.Equal(expected, expected.Select(_ => random.NextUInt64()).ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(60_000)]
    [InlineData(int.MaxValue)]
    public void NextBelow_stays_below_its_limit(int limit)
    {
        var random = new SplitMix64(1);
        for (var i = 0; i < 1000; i++)
            Assert.InRange(random.NextBelow(limit), 0, limit - 1);
    }

    [Fact]
    public void NextBelow_gives_every_value_about_equally_often()
    {
        const int Values = 10;
        const int Draws = 100_000;
        var random = new SplitMix64(42);
        var counts = new int[Values];
        for (var i = 0; i < Draws; i++)
            counts[random.NextBelow(Values)]++;

        // Chi-squared with 9 degrees of freedom: 27.9 is the 0.1 % point.
        const double Expected = (double)Draws / Values;
        Assert.True(counts.Sum(count => (count - Expected) * (count - Expected) / Expected) < 27.9);
    }

    [Fact]
    public void NextBelow_of_nothing_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SplitMix64(1).NextBelow(0));

    [Fact]
    public void NextUnitDouble_is_in_the_unit_interval_and_centred()
    {
        var random = new SplitMix64(3);
        var values = Enumerable.Range(0, 10_000).Select(_ => random.NextUnitDouble()).ToList();

        Assert.All(values, value => Assert.InRange(value, 0, 1 - double.Epsilon));
        Assert.InRange(values.Average(), 0.49, 0.51);
    }

    [Fact]
    public void StepSeed_changes_with_every_argument()
    {
        ulong[] seeds =
        [
            StepSeed.For(7, 1, 2, 3), StepSeed.For(8, 1, 2, 3), StepSeed.For(7, 2, 2, 3), StepSeed.For(7, 1, 3, 3),
            StepSeed.For(7, 1, 2, 4), StepSeed.For(7, 2, 1, 3), StepSeed.For(7, 1, 3, 2), StepSeed.For(7, 0, 0, 0),
        ];

        Assert.Equal(seeds.Length, seeds.Distinct().Count());
        Assert.Equal(3442713967873637151UL, seeds[0]);
    }
}
