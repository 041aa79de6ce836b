using System.Diagnostics.Metrics;
using MiniBatch.Monitoring.OpenMetrics;
using MiniBatch.Monitoring.Tests.Parsing;

namespace MiniBatch.Monitoring.Tests;

/// <summary>What instruments measure, as the strict parser reads it from the text.</summary>
public sealed class MetricCollectorTests : IDisposable
{
    private readonly Meter _meter = new("Test");
    private readonly MetricCollector _collector;

    public MetricCollectorTests() => _collector = new MetricCollector(_meter);

    public void Dispose()
    {
        _collector.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Counter_adds_up_by_labels()
    {
        var counter = _meter.CreateCounter<long>("test.things", "{thing}", "Things \\ \"counted\"\nby kind.");
        counter.Add(2, Tag("kind", "a"));
        counter.Add(3, Tag("kind", "b"));
        counter.Add(5, Tag("kind", "a"));
        var read = Read();
        Assert.Equal((7, 3), (read.Value("test_things_total", ("kind", "a")), read.Value("test_things_total", ("kind", "b"))));
        Assert.Equal(("counter", null, """Things \\ \"counted\"\nby kind."""), (read.Families["test_things"].Type, read.Families["test_things"].Unit, read.Families["test_things"].Help));
    }

    [Theory]
    [InlineData("s", "test_x_seconds")]
    [InlineData("By", "test_x_bytes")]
    [InlineData("1", "test_x_ratio")]
    [InlineData("{thing}", "test_x")]
    [InlineData(null, "test_x")]
    public void Gauge_is_what_was_measured_last_under_the_name_of_its_unit(string? unit, string name)
    {
        var gauge = _meter.CreateGauge<double>("test.x", unit);
        gauge.Record(1);
        gauge.Record(0.25);
        Assert.Equal(0.25, Read().Value(name));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-1e-30)]
    [InlineData(123456789012)]
    [InlineData(1e100)]
    public void Any_number_is_read_as_it_was_written(double value)
    {
        _meter.CreateObservableGauge("test.x", () => value);
        Assert.Equal(value, Read().Value("test_x"));
    }

    [Fact]
    public void Histogram_counts_in_buckets_with_their_upper_bound_in_them()
    {
        var times = _meter.CreateTimes("test.wait", "");
        foreach (var time in new[] { 0.00001, 0.0005, 0.00051, 1, 61 }) times.Record(time, Tag("worker", "a"));
        var read = Read();
        Assert.Equal(
            [1, 2, 3, 4, 4, 5],
            new[] { "1e-05", "0.0005", "0.001", "1.0", "60.0", "+Inf" }.Select(bound => (int)read.Value("test_wait_seconds_bucket", ("worker", "a"), ("le", bound))));
        Assert.Equal(5, read.Value("test_wait_seconds_count"));
        Assert.Equal(62.00102, read.Value("test_wait_seconds_sum"), 1e-9);
    }

    [Fact]
    public void Info_has_its_text_in_labels()
    {
        _meter.CreateObservableGauge("test.run.info", () => new Measurement<int>(1, Tag("name", "quoted \" \\ \n")));
        var read = Read();
        Assert.Equal("info", read.Families["test_run"].Type);
        Assert.Equal(1, read.Value("test_run_info", ("name", "quoted \" \\ \n")));
    }

    [Fact]
    public void Prometheus_own_format_names_counters_as_their_samples_and_has_neither_units_nor_an_end()
    {
        _meter.CreateCounter<long>("test.sent", "By", "Bytes \\ \"sent\"\nin all.").Add(7, Tag("worker", "a"));
        _meter.CreateObservableGauge("test.run.info", () => new Measurement<int>(1, Tag("name", "quoted \" x")));
        _meter.CreateHistogram("test.wait", "s", "", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1] }).Record(0.5);
        Assert.Equal(
            """
            # TYPE test_run_info gauge
            test_run_info{name="quoted \" x"} 1
            # TYPE test_sent_bytes_total counter
            # HELP test_sent_bytes_total Bytes \\ "sent"\nin all.
            test_sent_bytes_total{worker="a"} 7
            # TYPE test_wait_seconds histogram
            test_wait_seconds_bucket{le="1.0"} 1
            test_wait_seconds_bucket{le="+Inf"} 1
            test_wait_seconds_sum 0.5
            test_wait_seconds_count 1

            """,
            _collector.Write(MetricFormat.Prometheus));
    }

    [Fact]
    public void Labels_of_a_meter_come_before_those_of_a_measurement()
    {
        using var meter = new Meter("Other", "1", [Tag("worker", "w")]);
        using var collector = new MetricCollector(meter);
        meter.CreateCounter<int>("test.things").Add(1, Tag("kind", "a"));
        Assert.Contains("test_things_total{worker=\"w\",kind=\"a\"} 1\n", collector.Write());
    }

    [Fact]
    public void Observed_series_that_is_there_no_more_goes()
    {
        var workers = new List<string> { "a", "b" };
        _meter.CreateObservableGauge("test.up", () => workers.Select(worker => new Measurement<int>(1, Tag("worker", worker))));
        Assert.Equal(2, Read().Sum("test_up"));
        workers.Remove("a");
        Assert.Equal("b", Assert.Single(Read().Samples).Labels["worker"]);
    }

    [Fact]
    public void Labels_beyond_the_most_are_counted_together()
    {
        var counter = _meter.CreateCounter<int>("test.things");
        for (var i = 0; i < MetricCollector.SeriesMax + 10; i++) counter.Add(1, Tag("worker", $"w{i}"));
        var read = Read();
        Assert.Equal(10, read.Value("test_things_total", ("worker", "other")));
        Assert.Equal(MetricCollector.SeriesMax + 1, read.Samples.Count());
    }

    [Fact]
    public void Other_meter_of_the_same_name_is_not_listened_to()
    {
        using var other = new Meter("Test");
        other.CreateCounter<int>("test.things").Add(1);
        Assert.Empty(Read().Families);
    }

    [Fact]
    public void Measurements_of_many_threads_are_all_counted()
    {
        var counter = _meter.CreateCounter<int>("test.things");
        var times = _meter.CreateTimes("test.wait", "");
        Parallel.For(0, 4, thread =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                counter.Add(1, Tag("worker", thread % 2 == 0 ? "a" : "b"));
                times.Record(0.5);
                if (i % 1000 == 0) Read();
            }
        });
        var read = Read();
        Assert.Equal((20_000, 40_000), (read.Value("test_things_total", ("worker", "a")), read.Value("test_wait_seconds_count")));
    }

    private Exposition Read() => OpenMetricsParser.Parse(_collector.Write());

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
