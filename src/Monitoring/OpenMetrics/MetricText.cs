using System.Globalization;
using System.Text;

namespace MiniBatch.Monitoring.OpenMetrics;

/// <summary>Writes metrics as text, in the one or the other <see cref="MetricFormat"/>.</summary>
/// <param name="format">Which.</param>
internal sealed class MetricText(MetricFormat format)
{
    private readonly StringBuilder _text = new();

    private bool IsOpenMetrics => format == MetricFormat.OpenMetrics;

    /// <summary>Writes what a family is, and its samples.</summary>
    public void Add(MetricFamily family, IEnumerable<Series> series)
    {
        // Prometheus's own format knows neither units nor infos, and a counter by the name that its samples have.
        var name = IsOpenMetrics ? family.Name : family.SampleName;
        var type = family.Type == MetricType.Info && !IsOpenMetrics ? MetricType.Gauge : family.Type;
        Line($"# TYPE {name} {type.ToString().ToLowerInvariant()}");
        if (family.Unit.Length > 0 && IsOpenMetrics) Line($"# UNIT {name} {family.Unit}");
        if (family.Help.Length > 0) Line($"# HELP {name} {Escape(family.Help)}");
        foreach (var one in series)
        {
            if (family.Type == MetricType.Histogram) AddHistogram(family.Name, one);
            else Sample(family.SampleName, one.Labels, one.Value);
        }
    }

    /// <summary>The whole text.</summary>
    public string End() => (IsOpenMetrics ? _text.Append("# EOF\n") : _text).ToString();

    private void AddHistogram(string name, Series series)
    {
        var count = 0L;
        foreach (var bucket in series.Buckets())
        {
            count = bucket.Count;
            var separator = series.Labels.Length > 0 ? "," : "";
            Sample($"{name}_bucket", $"{series.Labels}{separator}le=\"{Bound(bucket.UpperBound)}\"", bucket.Count);
        }
        Sample($"{name}_sum", series.Labels, series.Value);
        Sample($"{name}_count", series.Labels, count);
    }

    private void Sample(string name, string labels, double value) =>
        Line(labels.Length > 0 ? $"{name}{{{labels}}} {Number(value)}" : $"{name} {Number(value)}");

    private void Line(string text) => _text.Append(text).Append('\n');

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : double.IsNaN(value) ? "NaN"
        : value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');

    /// <summary>A bound is a label, compared as text: it has one spelling, with a point even where it is whole.</summary>
    private static string Bound(double value)
    {
        var text = Number(value);
        return double.IsFinite(value) && text.IndexOfAny(['.', 'e']) < 0 ? text + ".0" : text;
    }

    private string Escape(string help)
    {
        var text = help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return IsOpenMetrics ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }
}
