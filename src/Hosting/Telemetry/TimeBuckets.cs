using System.Diagnostics.Metrics;

namespace MiniBatch.Hosting.Telemetry;

/// <summary>Buckets of histograms of time: from what a small model's update takes to what a large slot does on a slow processor.</summary>
public static class TimeBuckets
{
    /// <summary>Seconds; 1, 2.5, 5 and so on, for a quantile is no more exact than its bucket is narrow.</summary>
    public static readonly InstrumentAdvice<double> Advice = new()
    {
        HistogramBucketBoundaries =
        [
            0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
        ],
    };

    /// <summary>A histogram of times with these buckets.</summary>
    public static Histogram<double> CreateTimes(this Meter meter, string name, string help) =>
        meter.CreateHistogram(name, "s", help, tags: null, Advice);
}
