namespace MiniBatch.Graphics.Plots;

/// <summary>
/// A plot's scales, and its series cut to what they show: in the unit square, whose lower left is (0, 0). What both ways of drawing
/// have in common.
/// </summary>
internal sealed class PlotFrame
{
    private PlotFrame(AxisScale x, AxisScale y) => (X, Y) = (x, y);

    public AxisScale X { get; }

    public AxisScale Y { get; }

    public static PlotFrame For(Plot plot)
    {
        var points = plot.Series.SelectMany(series => series.Points).ToList();
        return new PlotFrame(
            AxisScale.Exactly(plot.X, points.Select(point => point.X)), AxisScale.Rounded(plot.Y, points.Select(point => point.Y)));
    }

    /// <summary>The points of a series that are in the square; of a curve none, unless it has but one.</summary>
    public IEnumerable<PlotPoint> Marks(PlotSeries series) => series.Shape == SeriesShape.Points || series.Points.Count == 1
        ? series.Points.Select(Place).Where(place => place is { X: >= 0 and <= 1, Y: >= 0 and <= 1 })
        : [];

    /// <summary>The parts of a curve that are in the square, each unbroken.</summary>
    public IEnumerable<IReadOnlyList<PlotPoint>> Curves(PlotSeries series)
    {
        if (series.Shape != SeriesShape.Curve) yield break;
        var part = new List<PlotPoint>();
        for (var i = 1; i < series.Points.Count; i++)
        {
            if (Cut(Place(series.Points[i - 1]), Place(series.Points[i])) is not (var from, var to)) continue;
            if (part.Count > 0 && part[^1] != from)
            {
                yield return part;
                part = [];
            }
            if (part.Count == 0) part.Add(from);
            part.Add(to);
        }
        if (part.Count > 0) yield return part;
    }

    private PlotPoint Place(PlotPoint point) => new(X.At(point.X), Y.At(point.Y));

    /// <summary>The part of a line that is in the square; null where there is none.</summary>
    /// <remarks>Source: Liang and Barsky, ACM TOG 1984.</remarks>
    private static (PlotPoint From, PlotPoint To)? Cut(PlotPoint a, PlotPoint b)
    {
        if (double.IsNaN(a.X + a.Y + b.X + b.Y)) return null;
        var (dx, dy) = (b.X - a.X, b.Y - a.Y);
        var (enter, leave) = (0.0, 1.0);
        foreach (var (towards, distance) in new[] { (-dx, a.X), (dx, 1 - a.X), (-dy, a.Y), (dy, 1 - a.Y) })
        {
            if (towards == 0 && distance < 0) return null;
            if (towards < 0) enter = Math.Max(enter, distance / towards);
            if (towards > 0) leave = Math.Min(leave, distance / towards);
        }
        // Ends that are inside stay as they are, to the last bit: the next line begins there.
        return enter > leave ? null : (enter == 0 ? a : At(enter), leave == 1 ? b : At(leave));

        PlotPoint At(double way) => new(a.X + (way * dx), a.Y + (way * dy));
    }
}
