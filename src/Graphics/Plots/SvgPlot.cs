using System.Globalization;
using System.Xml.Linq;

namespace MiniBatch.Graphics.Plots;

/// <summary>
/// A plot as an SVG image: a file by itself, or inline in a page. It needs no fonts, scripts or files, and is light or dark as the
/// reader's system is; a program that knows no style sheets shows it light.
/// </summary>
public static class SvgPlot
{
    /// <summary>Pixels across, where nothing else is asked for.</summary>
    public const int Width = 720;

    private const double Edge = 24;
    private const double PlotHeight = 300;
    private const double LegendLine = 20;
    private const double CharacterWidth = 7.8;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static readonly string Style =
        ".plot text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}"
        + ".plot .title{font-size:16px;font-weight:600}"
        + "@media(prefers-color-scheme:dark){"
        + ".plot .ground{fill:#14181f}.plot .ink{fill:#e8ebf0}.plot .quiet{fill:#a7b0be}"
        + ".plot .grid{stroke:#2b323d}.plot .axis{stroke:#7d8796}"
        + string.Concat(Enumerable.Range(0, PlotColors.Count).Select(i =>
            $".plot .line{i}{{stroke:{PlotColors.OnDark(i)}}}.plot .mark{i}{{fill:{PlotColors.OnDark(i)}}}"))
        + "}";

    /// <summary>The image, as XML without a declaration.</summary>
    /// <param name="plot">What to draw.</param>
    /// <param name="width">Pixels across, at least 280; the letters are as large in a narrow image as in a wide one.</param>
    public static string Draw(Plot plot, int width = Width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 280);
        var frame = PlotFrame.For(plot);
        var right = width - Edge;
        var left = Edge + (CharacterWidth * frame.Y.Ticks.Max(tick => tick.Label.Length));
        var legend = Legend(plot.Series, right).ToList();
        var top = 66 + (legend.Count == 0 ? 0 : LegendLine * legend[^1].Line) + LegendLine;
        var bottom = top + PlotHeight;
        var height = bottom + 54;

        var image = new XElement(Svg + "svg",
            At("viewBox", $"0 0 {width} {Text(height)}"), At("width", width), At("height", height), At("class", "plot"), At("role", "img"),
            new XElement(Svg + "title", plot.Title),
            new XElement(Svg + "desc", $"{plot.Y.Label} against {plot.X.Label}: {string.Join(", ", plot.Series.Select(series => series.Name))}"),
            new XElement(Svg + "style", Style),
            new XElement(Svg + "rect", At("class", "ground"), At("width", "100%"), At("height", "100%"), At("fill", "#ffffff")),
            Words("title ink", Edge, 30, "start", plot.Title),
            legend.Select(entry => LegendEntry(entry)),
            Words("quiet", Edge, top - 12, "start", plot.Y.Label),
            Words("quiet", right, bottom + 42, "end", plot.X.Label));

        foreach (var tick in frame.Y.Ticks)
        {
            image.Add(Line("grid", left, Down(tick.Value), right, Down(tick.Value), "#e2e6ec"));
            image.Add(Words("quiet", left - 8, Down(tick.Value) + 4.5, "end", tick.Label));
        }
        foreach (var tick in frame.X.Ticks)
        {
            image.Add(Line("axis", Across(tick.Value), bottom, Across(tick.Value), bottom + 5, "#6b7482"));
            image.Add(Words("quiet", Across(tick.Value), bottom + 20, "middle", tick.Label));
        }
        image.Add(Line("axis", left, bottom, right, bottom, "#6b7482"));

        for (var i = 0; i < plot.Series.Count; i++)
        {
            foreach (var part in frame.Curves(plot.Series[i])) image.Add(Curve(i, part.Select(Place)));
            foreach (var mark in frame.Marks(plot.Series[i])) image.Add(Mark(i, Place(mark)));
        }
        return image.ToString(SaveOptions.DisableFormatting) + "\n";

        double Across(double value) => left + ((right - left) * frame.X.At(value));
        double Down(double value) => bottom - (PlotHeight * frame.Y.At(value));
        PlotPoint Place(PlotPoint inFrame) => new(left + ((right - left) * inFrame.X), bottom - (PlotHeight * inFrame.Y));
    }

    /// <summary>Where each name goes, line by line; a single series needs none besides the axis's.</summary>
    private static IEnumerable<(int Series, PlotSeries What, double X, int Line)> Legend(IReadOnlyList<PlotSeries> series, double right)
    {
        var (x, line) = (Edge, 0);
        for (var i = 0; i < series.Count && series.Count > 1; i++)
        {
            var width = 28 + (CharacterWidth * series[i].Name.Length) + 20;
            if (x > Edge && x + width > right) (x, line) = (Edge, line + 1);
            yield return (i, series[i], x, line);
            x += width;
        }
    }

    private static IEnumerable<XElement> LegendEntry((int Series, PlotSeries What, double X, int Line) entry)
    {
        var y = 54 + (LegendLine * entry.Line);
        yield return entry.What.Shape == SeriesShape.Points
            ? Mark(entry.Series, new(entry.X + 10, y - 4.5))
            : Curve(entry.Series, [new(entry.X, y - 4.5), new(entry.X + 20, y - 4.5)]);
        yield return Words("ink", entry.X + 28, y, "start", entry.What.Name);
    }

    private static XElement Curve(int series, IEnumerable<PlotPoint> points) => new(Svg + "polyline",
        At("class", $"line{series % PlotColors.Count}"), At("points", string.Join(' ', points.Select(point => $"{Text(point.X)},{Text(point.Y)}"))),
        At("fill", "none"), At("stroke", PlotColors.OnLight(series)), At("stroke-width", 2), At("stroke-linejoin", "round"), At("stroke-linecap", "round"));

    private static XElement Mark(int series, PlotPoint at) => new(Svg + "circle",
        At("class", $"mark{series % PlotColors.Count}"), At("cx", at.X), At("cy", at.Y), At("r", 4), At("fill", PlotColors.OnLight(series)));

    private static XElement Line(string kind, double x1, double y1, double x2, double y2, string stroke) => new(Svg + "line",
        At("class", kind), At("x1", x1), At("y1", y1), At("x2", x2), At("y2", y2), At("stroke", stroke));

    private static XElement Words(string kind, double x, double y, string anchor, string text) => new(Svg + "text",
        At("class", kind), At("x", x), At("y", y), At("text-anchor", anchor), At("fill", kind.EndsWith("ink", StringComparison.Ordinal) ? "#171c24" : "#515a67"), text);

    private static XAttribute At(string name, object value) => new(name, value is double number ? Text(number) : value);

    private static string Text(double pixels) => pixels.ToString("0.##", CultureInfo.InvariantCulture);
}
