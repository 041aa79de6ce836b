using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace MiniBatch.Monitoring.OpenMetrics;

/// <summary>The text formats of metrics.</summary>
public enum MetricFormat
{
    /// <summary>OpenMetrics 1.0.0: what everybody gets who does not ask for another.</summary>
    /// <remarks>https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md</remarks>
    OpenMetrics,

    /// <summary>Prometheus's own, 0.0.4, which older collectors read.</summary>
    /// <remarks>https://prometheus.io/docs/instrumenting/exposition_formats/</remarks>
    Prometheus,
}

/// <summary>Which format an HTTP client gets.</summary>
internal static class MetricFormats
{
    private static readonly (MetricFormat Format, MediaTypeHeaderValue Type, string Version)[] Known =
    [
        (MetricFormat.OpenMetrics, new MediaTypeHeaderValue("application/openmetrics-text"), "1.0.0"),
        (MetricFormat.Prometheus, new MediaTypeHeaderValue("text/plain"), "0.0.4"),
    ];

    /// <summary>What the text is called over HTTP.</summary>
    public static string ContentType(this MetricFormat format)
    {
        var known = Known.Single(known => known.Format == format);
        return $"{known.Type.MediaType}; version={known.Version}; charset=utf-8";
    }

    /// <summary>The one that the client likes best, OpenMetrics where it likes both as much, says nothing or nothing that can be read.</summary>
    /// <param name="accept">The header's values, such as <c>application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1</c>.
    /// Of one type the range that says the most decides (RFC 9110, 12.5.1); a version that there is not is passed over.</param>
    public static MetricFormat Of(StringValues accept)
    {
        if (!MediaTypeHeaderValue.TryParseList([.. accept.OfType<string>()], out var ranges)) return MetricFormat.OpenMetrics;
        // A stable sort: OpenMetrics stays before the other.
        return Known.OrderByDescending(known => Quality(ranges, known.Type, known.Version)).First().Format;
    }

    private static double Quality(IList<MediaTypeHeaderValue> ranges, MediaTypeHeaderValue type, string version) => ranges
        .Where(range => Matches(range, type, version))
        .OrderByDescending(range => range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : VersionOf(range) is null ? 2 : 3)
        .Select(range => range.Quality ?? 1)
        .FirstOrDefault();

    private static bool Matches(MediaTypeHeaderValue range, MediaTypeHeaderValue type, string version) =>
        (range.MatchesAllTypes || range.Type.Equals(type.Type, StringComparison.OrdinalIgnoreCase)
            && (range.MatchesAllSubTypes || range.SubType.Equals(type.SubType, StringComparison.OrdinalIgnoreCase)))
        && (VersionOf(range) is null || VersionOf(range) == version);

    private static string? VersionOf(MediaTypeHeaderValue range) => range.Parameters
        .FirstOrDefault(parameter => parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase))?.GetUnescapedValue().ToString();
}
