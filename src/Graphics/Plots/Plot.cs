namespace MiniBatch.Graphics.Plots;

/// <summary>
/// Curves and points in a plane: what is to be seen, not how. <see cref="SvgPlot"/> draws it into a file or a page,
/// <see cref="TerminalPlot"/> as text.
/// </summary>
/// <param name="Title">One line that says what is compared.</param>
/// <param name="X">The axis to the right.</param>
/// <param name="Y">The axis upwards.</param>
/// <param name="Series">Drawn in this order; at most <see cref="PlotColors.Count"/> have a colour of their own.</param>
public sealed record Plot(string Title, PlotAxis X, PlotAxis Y, IReadOnlyList<PlotSeries> Series);

/// <summary>An axis; an end that is null is found from what is drawn.</summary>
/// <param name="Label">What it counts, with its unit.</param>
/// <param name="Min">Its lower end.</param>
/// <param name="Max">Its upper end.</param>
/// <param name="Spacing">Of a logarithmic axis both ends are above 0, and what is not is left out.</param>
public sealed record PlotAxis(string Label, double? Min = null, double? Max = null, AxisSpacing Spacing = AxisSpacing.Linear);

/// <summary>How far apart numbers lie.</summary>
public enum AxisSpacing
{
    /// <summary>Equal differences.</summary>
    Linear,

    /// <summary>Equal factors.</summary>
    Logarithmic,
}

/// <summary>One curve, or one set of points.</summary>
/// <param name="Name">As the legend has it.</param>
/// <param name="Points">In the order in which a curve visits them; one that is not finite makes a gap.</param>
/// <param name="Shape">Curve or points.</param>
public sealed record PlotSeries(string Name, IReadOnlyList<PlotPoint> Points, SeriesShape Shape = SeriesShape.Curve)
{
    /// <summary>Values by their number, counted from <paramref name="first"/>.</summary>
    public static PlotSeries Of(string name, IEnumerable<double> values, int first = 0) =>
        new(name, [.. values.Select((value, i) => new PlotPoint(first + i, value))]);
}

/// <summary>One place in the plane.</summary>
public readonly record struct PlotPoint(double X, double Y);

/// <summary>How a series is drawn.</summary>
public enum SeriesShape
{
    /// <summary>Its points joined by straight lines.</summary>
    Curve,

    /// <summary>A mark at each point.</summary>
    Points,
}
