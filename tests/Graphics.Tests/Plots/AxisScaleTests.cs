using MiniBatch.Graphics.Plots;

namespace MiniBatch.Graphics.Tests.Plots;

public sealed class AxisScaleTests
{
    private static readonly PlotAxis Open = new("x");
    private static readonly PlotAxis Logarithmic = new("x", Spacing: AxisSpacing.Logarithmic);

    [Theory]
    [InlineData(0, 1, "0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(-4, 4, "−4 −2 0 2 4")]
    [InlineData(0, 20, "0 5 10 15 20")]
    [InlineData(0, 60_000, "0 20000 40000 60000")]
    [InlineData(0.001, 0.0042, "0.001 0.002 0.003 0.004")]
    [InlineData(0, 3e6, "0 1e6 2e6 3e6")]
    [InlineData(97.3, 98.1, "97.4 97.6 97.8 98.0")]
    public void Ticks_are_round_numbers(double from, double to, string labels) =>
        Assert.Equal(labels, string.Join(' ', AxisScale.Exactly(Open, [from, to]).Ticks.Select(tick => tick.Label)));

    [Theory]
    [InlineData(0.5, 200, "1 10 100")]
    [InlineData(1e-6, 2, "10⁻⁶ 10⁻⁵ 10⁻⁴ 0.001 0.01 0.1 1")]
    [InlineData(1e-20, 1, "10⁻¹⁸ 10⁻¹⁵ 10⁻¹² 10⁻⁹ 10⁻⁶ 0.001 1")]
    public void Logarithmic_ticks_are_powers_of_ten(double from, double to, string labels) =>
        Assert.Equal(labels, string.Join(' ', AxisScale.Exactly(Logarithmic, [from, to]).Ticks.Select(tick => tick.Label)));

    [Fact]
    public void Ends_are_the_values_or_the_ticks_beyond_them_or_what_the_axis_says()
    {
        Assert.Equal((0, 1), Ends(AxisScale.Exactly(Open, [0.1, 0.93]), 0.1, 0.93));
        Assert.Equal((0, 1), Ends(AxisScale.Rounded(Open, [0.1, 0.93]), 0, 1));
        Assert.Equal((0, 1), Ends(AxisScale.Rounded(new PlotAxis("x", -3, 7), [0.1, 0.93]), -3, 7));
        Assert.Equal((0, 1), Ends(AxisScale.Rounded(Logarithmic, [0.02, 5]), 0.01, 10));
    }

    [Fact]
    public void One_value_or_none_still_has_an_axis()
    {
        Assert.Equal(0.5, AxisScale.Exactly(Open, [3, 3]).At(3));
        Assert.NotEmpty(AxisScale.Rounded(Open, []).Ticks);
        Assert.NotEmpty(AxisScale.Rounded(Logarithmic, [-1, 0, double.NaN]).Ticks);
    }

    [Fact]
    public void What_an_axis_cannot_show_is_nowhere()
    {
        Assert.True(double.IsNaN(AxisScale.Exactly(Open, [0, 1]).At(double.PositiveInfinity)));
        Assert.True(double.IsNaN(AxisScale.Exactly(Logarithmic, [1, 10]).At(0)));
        Assert.Equal(0.5, AxisScale.Exactly(Logarithmic, [1, 100]).At(10), 1e-12);
        Assert.Equal(2, AxisScale.Exactly(Open, [0, 1]).At(2));
    }

    private static (double From, double To) Ends(AxisScale scale, double from, double to) => (Math.Round(scale.At(from), 12), Math.Round(scale.At(to), 12));
}
