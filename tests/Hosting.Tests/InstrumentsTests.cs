using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Hosting.Tests.Parsing;
using MiniBatch.Hosting.Tests.Queries;
using MiniBatch.Worker.Monitoring;

namespace MiniBatch.Hosting.Tests;

/// <summary>The instruments that there are, and docs/MONITORING.md.</summary>
public sealed partial class InstrumentsTests
{
    [Fact]
    public void Every_metric_is_documented_and_every_documented_one_exists()
    {
        var existing = ServedMetrics.Exposition.Families.Values.Select(Row).Order().ToList();
        Assert.Equal(existing, Documented().Order());
        using var coordinator = new CoordinatorMonitor(Specs.Of("sync"));
        using var worker = new WorkerMonitor("w");
        Assert.Equal(InstrumentsOf(coordinator.Meter, worker.Meter).Count, existing.Count);
    }

    [Fact]
    public void Every_metric_s_labels_are_documented()
    {
        var served = ServedMetrics.Exposition.Families.Values.Select(family =>
        {
            var sample = family.Samples[0];
            var isHistogram = family.Type == "histogram";
            // That every sample of a worker has its name is said above its table, not in it.
            var labels = sample.Labels.Keys.Where(label => label != "le" && !(label == "worker" && family.Name.StartsWith("minibatch_worker_", StringComparison.Ordinal)));
            return $"{(isHistogram ? family.Name : sample.Name)} {string.Join(' ', labels.Order())}".TrimEnd();
        });
        Assert.Equal(served.Order(), TableRow().Matches(File.ReadAllText(Repository.File("docs/MONITORING.md")))
            .Select(row => $"{row.Groups["name"].Value} {string.Join(' ', Word().Matches(row.Groups["labels"].Value).Select(word => word.Value).Order())}".TrimEnd()).Order());
    }

    [Fact]
    public void Every_metric_has_the_product_s_name_and_says_what_it_means()
    {
        using var coordinator = new CoordinatorMonitor(Specs.Of("sync"));
        using var worker = new WorkerMonitor("w");
        Assert.All(InstrumentsOf(coordinator.Meter, worker.Meter), instrument =>
        {
            Assert.Matches("^minibatch(\\.[a-z]+(_[a-z]+)*)+$", instrument.Name);
            Assert.EndsWith(".", instrument.Description);
        });
    }

    [Fact]
    public void Node_without_a_cluster_yet_serves_sound_text()
    {
        using var coordinator = new CoordinatorMonitor(Specs.Of("sync"));
        using var worker = new WorkerMonitor("w");
        using var servedCoordinator = new ServedNode(coordinator.Health, coordinator.Telemetry);
        using var servedWorker = new ServedNode(worker.Health, worker.Telemetry);
        Assert.Equal(0, servedCoordinator.Metrics().Value("minibatch_steps_total"));
        Assert.Equal(0, servedWorker.Metrics().Value("minibatch_worker_slots_total", ("worker", "w")));
        Assert.False(servedCoordinator.Metrics().Has("minibatch_checkpoint_age_seconds"));
    }

    private static List<Instrument> InstrumentsOf(params Meter[] meters)
    {
        var instruments = new List<Instrument>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (meters.Contains(instrument.Meter)) instruments.Add(instrument);
            },
        };
        listener.Start();
        return instruments;
    }

    private static string Row(ExposedFamily family) => $"{(family.Type == "counter" ? $"{family.Name}_total" : family.Name)} {family.Type} {family.Unit}";

    /// <summary>The rows of the tables: <c>| `name` | type | unit | labels | meaning |</c>.</summary>
    private static IEnumerable<string> Documented() => TableRow().Matches(File.ReadAllText(Repository.File("docs/MONITORING.md")))
        .Select(row => $"{row.Groups["name"].Value} {row.Groups["type"].Value} {row.Groups["unit"].Value.Trim('–')}");

    [GeneratedRegex(@"^\| `(?<name>minibatch_\w+)` \| (?<type>\w+) \| (?<unit>[\w–]*) \| ?(?<labels>[^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
