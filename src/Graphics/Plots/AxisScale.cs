using System.Globalization;

namespace MiniBatch.Graphics.Plots;

/// <summary>A number that an axis names, and how it is written there.</summary>
public readonly record struct AxisTick(double Value, string Label);

/// <summary>The numbers of one axis mapped to [0, 1], with ticks at round ones.</summary>
public sealed class AxisScale
{
    private const int TicksWanted = 5;
    private const int DecadesNamed = 7;

    private readonly double _from;
    private readonly double _to;
    private readonly AxisSpacing _spacing;

    private AxisScale(double from, double to, AxisSpacing spacing, IReadOnlyList<AxisTick> ticks) =>
        (_from, _to, _spacing, Ticks) = (from, to, spacing, ticks);

    /// <summary>Round numbers within the axis, rising.</summary>
    public IReadOnlyList<AxisTick> Ticks { get; }

    /// <summary>The scale that holds all values. An end that the axis leaves open becomes the outermost value.</summary>
    public static AxisScale Exactly(PlotAxis axis, IEnumerable<double> values) => Fit(axis, values, isRounded: false);

    /// <summary>The scale that holds all values. An end that the axis leaves open becomes the next tick outwards.</summary>
    public static AxisScale Rounded(PlotAxis axis, IEnumerable<double> values) => Fit(axis, values, isRounded: true);

    /// <summary>0 at the lower end, 1 at the upper, beyond them outside; NaN for what the axis can't show.</summary>
    public double At(double value) =>
        double.IsFinite(value) && Place(value) is var place && double.IsFinite(place) ? (place - _from) / (_to - _from) : double.NaN;

    private static AxisScale Fit(PlotAxis axis, IEnumerable<double> values, bool isRounded)
    {
        var isLog = axis.Spacing == AxisSpacing.Logarithmic;
        var shown = values.Where(value => double.IsFinite(value) && (!isLog || value > 0)).DefaultIfEmpty(1).ToList();
        var (from, to) = (Place(axis.Min ?? shown.Min(), axis.Spacing), Place(axis.Max ?? shown.Max(), axis.Spacing));
        if (!(from < to)) (from, to) = (from - 0.5, from + 0.5);

        var step = isLog ? Math.Max(1, Math.Ceiling((to - from) / DecadesNamed)) : RoundStep((to - from) / TicksWanted);
        // What is a tick but for the last bits is one.
        var slack = step * 1e-9;
        if (isRounded && axis.Min is null) from = Math.Floor((from + slack) / step) * step;
        if (isRounded && axis.Max is null) to = Math.Ceiling((to - slack) / step) * step;
        var first = (long)Math.Ceiling((from - slack) / step);
        var last = (long)Math.Floor((to + slack) / step);
        var ticks = Enumerable.Range(0, (int)(last - first + 1)).Select(i => (first + i) * step)
            .Select(place => isLog ? new AxisTick(Math.Pow(10, place), PowerLabel((int)place)) : new AxisTick(place, Label(place, step)));
        return new AxisScale(from, to, axis.Spacing, [.. ticks]);
    }

    private double Place(double value) => Place(value, _spacing);

    private static double Place(double value, AxisSpacing spacing) => spacing == AxisSpacing.Logarithmic ? Math.Log10(value) : value;

    /// <summary>The smallest of 1, 2, 5, 10, … times a power of ten that is not below <paramref name="atLeast"/>.</summary>
    private static double RoundStep(double atLeast)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(atLeast)));
        return power * new[] { 1.0, 2, 5, 10 }.First(factor => factor * power >= atLeast * (1 - 1e-9));
    }

    private static string Label(double value, double step)
    {
        var size = Math.Max(Math.Abs(value), step);
        var text = size is >= 1e5 or < 1e-3
            ? value.ToString("0.##e0", CultureInfo.InvariantCulture)
            : value.ToString($"F{Math.Clamp(-(int)Math.Floor(Math.Log10(step) + 1e-9), 0, 6)}", CultureInfo.InvariantCulture);
        return WithMinus(value == 0 ? "0" : text);
    }

    private static string PowerLabel(int exponent) => exponent is >= -3 and <= 4
        ? Math.Pow(10, exponent).ToString("0.###", CultureInfo.InvariantCulture)
        : "10" + string.Concat(exponent.ToString(CultureInfo.InvariantCulture).Select(digit => digit == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit - '0']));

    private static string WithMinus(string text) => text.Replace('-', '−');
}
