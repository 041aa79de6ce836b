using System.Text.RegularExpressions;
using MiniBatch.Graphics.Plots;

namespace MiniBatch.Graphics.Tests.Plots;

public sealed partial class TerminalPlotTests
{
    private static readonly Plot Rising = new("Rising", new("x"), new("y"), [PlotSeries.Of("y", [0.0, 1, 2, 3, 4])]);

    private static readonly Plot Crossing = new("Crossing", new("x"), new("y"),
        [PlotSeries.Of("up", [0.0, 1, 2, 3, 4]), PlotSeries.Of("down", [4.0, 3, 2, 1, 0])]);

    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(132)]
    public void No_line_is_wider_than_asked_for(int width)
    {
        var many = new Plot("Many", new("x"), new("y"), [.. Enumerable.Range(0, 12).Select(i => PlotSeries.Of($"series number {i}", [1e-3 * i, 5]))]);
        foreach (var colors in new[] { false, true })
            Assert.All(TerminalPlot.Lines(many, colors, width), line => Assert.InRange(Escape().Replace(line, "").Length, 0, width));
    }

    [Fact]
    public void Single_series_is_dots_from_corner_to_corner()
    {
        var lines = TerminalPlot.Lines(Rising, colors: false);
        var plotted = lines.Where(line => line.Contains('│') || line.Contains('┤')).ToList();

        Assert.Equal(16, plotted.Count);
        Assert.InRange(plotted[0][^1], '\u2801', '\u28ff');
        Assert.Equal(80, plotted[0].Length);
        Assert.StartsWith("  4 ┤", plotted[0]);
        Assert.StartsWith("  0 ┤", plotted[^1]);
        Assert.InRange(plotted[^1][5], '\u2801', '\u28ff');
    }

    [Fact]
    public void Several_series_without_colours_have_marks_of_their_own()
    {
        var text = string.Join('\n', TerminalPlot.Lines(Crossing, colors: false));
        Assert.Contains("• up   x down", text);
        Assert.DoesNotContain('\e', text);
        Assert.Matches(@"4 ┤x+ +•+", text);
        Assert.Matches(@"0 ┤•+ +x+", text);
    }

    [Fact]
    public void Several_series_with_colours_are_dots_in_them()
    {
        var text = string.Join('\n', TerminalPlot.Lines(Crossing, colors: true));
        foreach (var series in new[] { 0, 1 }) Assert.Matches($"\e\\[38;5;{PlotColors.InTerminal(series)}m[⠁-⣿]\e\\[0m", text);
    }

    [Fact]
    public void What_is_outside_of_the_axes_is_not_drawn()
    {
        var cut = new Plot("Cut", new("x"), new("y", 0, 1), [PlotSeries.Of("y", [5.0, 6, double.NaN, 7])]);
        Assert.DoesNotContain(TerminalPlot.Lines(cut, colors: false), line => line.Any(character => character is >= '\u2801' and <= '\u28ff'));
    }

    [GeneratedRegex("\e\\[[0-9;]*m")]
    private static partial Regex Escape();
}
