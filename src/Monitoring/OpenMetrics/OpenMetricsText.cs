using System.Globalization;
using System.Text;

namespace MiniBatch.Monitoring.OpenMetrics;

/// <summary>Writes the OpenMetrics text format, version 1.0.0.</summary>
/// <remarks>https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md</remarks>
internal sealed class OpenMetricsText
{
    /// <summary>What the text is called over HTTP.</summary>
    public const string ContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>Writes what a family is, and its samples.</summary>
    public void Add(MetricFamily family, IEnumerable<Series> series)
    {
        Line($"# TYPE {family.Name} {family.Type.ToString().ToLowerInvariant()}");
        if (family.Unit.Length > 0) Line($"# UNIT {family.Name} {family.Unit}");
        if (family.Help.Length > 0) Line($"# HELP {family.Name} {Escape(family.Help)}");
        foreach (var one in series)
        {
            if (family.Type == MetricType.Histogram) AddHistogram(family.Name, one);
            else Sample(family.SampleName, one.Labels, one.Value);
        }
    }

    /// <summary>The whole text.</summary>
    public string End() => _text.Append("# EOF\n").ToString();

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

    private static string Escape(string help) =>
        help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
