using System.Diagnostics.Metrics;

namespace MiniBatch.Monitoring.OpenMetrics;

/// <summary>What a family's samples mean; the words of the format.</summary>
public enum MetricType
{
    /// <summary>Only rises, from 0 at the node's start.</summary>
    Counter,

    /// <summary>Is what it is now.</summary>
    Gauge,

    /// <summary>Counts of observations in buckets.</summary>
    Histogram,

    /// <summary>Text that does not change, as labels of a sample that is 1.</summary>
    Info,
}

/// <summary>
/// How an instrument is called in the OpenMetrics text: dots become underscores, the unit is spelled out and ends the name, as
/// OpenTelemetry's rules for Prometheus have it. <c>minibatch.step.duration</c> in <c>s</c> is <c>minibatch_step_duration_seconds</c>.
/// </summary>
/// <param name="Name">The family's; a counter's sample adds <c>_total</c>.</param>
/// <param name="Type">What it is.</param>
/// <param name="Unit">Spelled out; empty where it is a number of things.</param>
/// <param name="Help">What it means.</param>
/// <remarks>https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/</remarks>
public sealed record MetricFamily(string Name, MetricType Type, string Unit, string Help)
{
    private const string InfoSuffix = "_info";

    /// <summary>The family of an instrument.</summary>
    public static MetricFamily Of(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_');
        var unit = UnitOf(instrument.Unit);
        var kind = instrument.GetType().GetGenericTypeDefinition();
        var type = kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>) ? MetricType.Counter
            : kind == typeof(Histogram<>) ? MetricType.Histogram
            : name.EndsWith(InfoSuffix, StringComparison.Ordinal) ? MetricType.Info
            : MetricType.Gauge;
        if (type == MetricType.Info) name = name[..^InfoSuffix.Length];
        if (unit.Length > 0 && !name.EndsWith($"_{unit}", StringComparison.Ordinal)) name = $"{name}_{unit}";
        return new MetricFamily(name, type, unit, instrument.Description ?? "");
    }

    /// <summary>What its samples are called, buckets, sums and counts apart.</summary>
    public string SampleName => Type switch
    {
        MetricType.Counter => $"{Name}_total",
        MetricType.Info => Name + InfoSuffix,
        _ => Name,
    };

    private static string UnitOf(string? unit) => unit switch
    {
        "s" => "seconds",
        "By" => "bytes",
        "1" => "ratio",
        null or "" => "",
        _ when unit[0] == '{' => "",   // {step}: a number of things
        _ => throw new ArgumentException($"no rule spells out the unit {unit}", nameof(unit)),
    };
}
