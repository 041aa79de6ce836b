using System.Globalization;
using System.Xml.Linq;
using MiniBatch.Graphics.Plots;

namespace MiniBatch.Graphics.Tests.Plots;

public sealed class SvgPlotTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static readonly Plot TwoLines = new("Loss & more", new("steps"), new("loss", 0, 4),
        [PlotSeries.Of("a < b", [1.0, 2, 3]), PlotSeries.Of("other", [4.0, 2, 8])]);

    [Fact]
    public void Image_is_xml_with_title_labels_and_a_curve_for_each_series()
    {
        var image = XElement.Parse(SvgPlot.Draw(TwoLines));

        Assert.Equal("Loss & more", image.Element(Svg + "title")!.Value);
        var words = image.Elements(Svg + "text").Select(text => text.Value).ToList();
        foreach (var word in new[] { "Loss & more", "steps", "loss", "a < b", "other", "0", "4" }) Assert.Contains(word, words);
        // One line in the legend, one in the plot.
        Assert.Equal(2, image.Elements(Svg + "polyline").Count(line => (string?)line.Attribute("class") == "line0"));
        Assert.Equal(2, image.Elements(Svg + "polyline").Count(line => (string?)line.Attribute("class") == "line1"));
    }

    [Fact]
    public void Image_needs_nothing_from_outside()
    {
        var text = SvgPlot.Draw(TwoLines).Replace(Svg.NamespaceName, "");
        foreach (var outside in new[] { "http", "href", "url(", "script", "@import" }) Assert.DoesNotContain(outside, text);
    }

    [Fact]
    public void Curve_is_cut_where_it_leaves_the_plot()
    {
        var image = XElement.Parse(SvgPlot.Draw(TwoLines));
        var axis = image.Elements(Svg + "line").Last(line => (string?)line.Attribute("class") == "axis");
        var (left, right, bottom) = (Number(axis, "x1"), Number(axis, "x2"), Number(axis, "y1"));

        var points = image.Elements(Svg + "polyline").Last().Attribute("points")!.Value.Split(' ')
            .Select(point => point.Split(',').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray()).ToList();

        // 4, 2, and then up to 8 as far as the axis goes: to 4, a third of the way.
        Assert.Equal([left, (left + right) / 2, (left + right) / 2 + ((right - left) / 6)], points.Select(point => point[0]), Within(0.02));
        Assert.Equal([bottom - 300, bottom - 150, bottom - 300], points.Select(point => point[1]), Within(0.02));
    }

    [Fact]
    public void Number_that_is_none_makes_a_gap()
    {
        var broken = new Plot("x", new("x"), new("y"), [PlotSeries.Of("y", [1, 2, double.NaN, 3, 4])]);
        Assert.Equal(2, XElement.Parse(SvgPlot.Draw(broken)).Elements(Svg + "polyline").Count());
    }

    [Fact]
    public void Points_are_marks_and_so_is_a_curve_of_one_point()
    {
        var plot = new Plot("x", new("x"), new("y"), [new("p", [new(0, 0), new(1, 1)], SeriesShape.Points), new("q", [new(0.5, 0.5)])]);
        var image = XElement.Parse(SvgPlot.Draw(plot));
        Assert.Equal(3, image.Elements(Svg + "circle").Count(mark => (string?)mark.Attribute("class") == "mark0"));   // one in the legend
        Assert.Equal(1, image.Elements(Svg + "circle").Count(mark => (string?)mark.Attribute("class") == "mark1"));
    }

    [Theory]
    [InlineData(280)]
    [InlineData(360)]
    [InlineData(720)]
    public void Legend_stays_within_the_image(int width)
    {
        var plot = new Plot("x", new("x"), new("y"), [.. Enumerable.Range(0, 9).Select(i => PlotSeries.Of($"series number {i}", [0.0, i]))]);
        var image = XElement.Parse(SvgPlot.Draw(plot, width));
        var names = image.Elements(Svg + "text").Where(text => text.Value.StartsWith("series", StringComparison.Ordinal)).ToList();

        Assert.Equal(9, names.Count);
        Assert.All(names, name => Assert.InRange(Number(name, "x") + (7.8 * name.Value.Length), 0, width));
        Assert.True(names.Max(name => Number(name, "y")) < Number(image.Elements(Svg + "line").First(), "y1"));
    }

    [Fact]
    public void Every_colour_stands_out_from_its_ground()
    {
        for (var i = 0; i < PlotColors.Count; i++)
        {
            Assert.InRange(Contrast(PlotColors.OnLight(i), "#ffffff"), 3, 21);
            Assert.InRange(Contrast(PlotColors.OnDark(i), "#14181f"), 3, 21);
        }
    }

    /// <summary>As WCAG 2.1 defines it.</summary>
    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string color)
    {
        var parts = new[] { 1, 3, 5 }.Select(at => Convert.ToInt32(color.Substring(at, 2), 16) / 255.0)
            .Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4)).ToArray();
        return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);
    }

    private static double Number(XElement element, string attribute) => (double)element.Attribute(attribute)!;

    private static IEqualityComparer<double> Within(double tolerance) =>
        EqualityComparer<double>.Create((a, b) => Math.Abs(a - b) <= tolerance, _ => 0);
}
