using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.Tests.Numerics;

public class GradientNormTests
{
    [Fact]
    public void Squared_of_three_and_four_is_twenty_five() => Assert.Equal(25.0, GradientNorm.Squared([3, 4]));

    [Fact]
    public void Squared_adds_in_the_documented_order()
    {
        foreach (var length in TestValues.Lengths)
        {
            var values = TestValues.Floats(length);
            var partial = new double[16];
            for (var i = 0; i < length; i++)
                partial[i % 16] += (double)values[i] * values[i];
            var expected = partial.Aggregate(0.0, (sum, lane) => sum + lane);

            Assert.Equal(BitConverter.DoubleToInt64Bits(expected), BitConverter.DoubleToInt64Bits(GradientNorm.Squared(values)));
        }
    }

    [Fact]
    public void Squared_does_not_overflow_where_float_would() =>
        Assert.Equal(2e60, GradientNorm.Squared([1e30f, 1e30f]), 1e55);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void AllFinite_finds_one_value_anywhere(float bad)
    {
        foreach (var length in TestValues.Lengths.Where(length => length is > 0 and < 100))
        {
            for (var at = 0; at < length; at++)
            {
                var values = TestValues.Floats(length);
                Assert.True(GradientNorm.AllFinite(values));
                values[at] = bad;
                Assert.False(GradientNorm.AllFinite(values));
            }
        }
    }

    [Fact]
    public void AllFinite_accepts_the_extremes() =>
        Assert.True(GradientNorm.AllFinite([float.MaxValue, float.MinValue, float.Epsilon, 0f, -0f, float.MaxValue, 1, 2, 3]));
}
