using System.Text.Json;
using MiniBatch.Processes.Harness;
using MiniBatch.Shared.Logging;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Logs as the monitoring of choice: they tell what happened, in order, while it does.</summary>
[Collection(OneAtATime.Name)]
public sealed class LogsTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Merged_log_tells_of_a_killed_worker_in_order_while_it_happens_and_after()
    {
        _cluster.StartLauncher(Job.LongCnn, workers: 2);
        _cluster.WaitForSteps(10);
        var following = Logs("--follow", "--json", "--level", "debug");
        _cluster.WaitForText(following, "\"epoch-started\"");
        Signals.Send(ClusterProcesses.One(_cluster.Secret, "MiniBatch.Worker.dll", "--name worker-1 "), Signal.Kill);
        // Both the run and whoever follows it end by themselves.
        _cluster.WaitForSuccess();

        AssertStory(Events(following));
        var after = Logs("--json", "--level", "debug");
        _cluster.Expect(after, 0);
        AssertStory(Events(after));
        var lines = after.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // Every line of every file, in the file's order.
        foreach (var file in Directory.GetFiles(_cluster.Directory.Logs))
            Assert.Equal(File.ReadAllLines(file), lines.Where(line => LogLine.Parse(line)!.Node == Path.GetFileNameWithoutExtension(file)));
        Assert.DoesNotContain(_cluster.Secret, after.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Standard_output_as_json_is_lines_of_events_and_nothing_else()
    {
        var launcher = _cluster.StartLauncher(Job.Softmax(), 1, "--log-format", "json", "--log-level", "information,akka=error,recording=debug");
        var run = _cluster.WaitForSuccess();

        var events = Events(launcher);
        Assert.Equal("", launcher.Error);
        Assert.DoesNotContain(events, line => line.GetProperty("source").GetString() == LogSource.Akka.Name);
        Assert.All(
            events.Where(line => line.GetProperty("source").GetString() != LogSource.Recording.Name),
            line => Assert.NotEqual("Debug", LevelOf(line)));
        Assert.Contains(events, line => NameOf(line) == NodeEvents.CheckpointWritten.Name);
        Assert.Equal(run.Summary.Epochs.Count, events.Count(line => NameOf(line) == NodeEvents.EpochMeasured.Name));
        var summary = Assert.Single(events, line => NameOf(line) == NodeEvents.RunSummarised.Name);
        Assert.Equal(run.Summary.ParametersSha256, summary.GetProperty("parametersSha256").GetString());
        var options = Assert.Single(events, line => NameOf(line) == NodeEvents.Configured.Name && line.GetProperty("node").GetString() == "coordinator").GetProperty("options");
        Assert.Equal("information,akka=error,recording=debug as json", options.GetProperty("Log").GetString());
    }

    [Fact]
    public void Error_that_ends_a_process_is_an_event_too()
    {
        _cluster.StartCoordinator(Job.Softmax(), 1, "--wait-for-workers", "100ms", "--log-format", "json");
        _cluster.Expect(_cluster.Coordinator, 1);
        OneLine.Of(_cluster.Coordinator, "no worker for 0 s");
        var errors = Events(_cluster.Coordinator).Where(line => LevelOf(line) == "Error");
        Assert.Equal([NodeEvents.RunFailed.Name, NodeEvents.ProcessFailed.Name], errors.Select(NameOf));
    }

    private NodeProcess Logs(params string[] flags) => _cluster.Start("logs", BuiltPrograms.Launcher, ["logs", _cluster.Directory.Root, .. flags]);

    /// <summary>The process died, its slots moved, another was started, and takes part.</summary>
    private static void AssertStory(IReadOnlyList<JsonElement> events)
    {
        var lost = Find(0, NodeEvents.WorkerLost, "worker-1");
        var moved = Find(lost, NodeEvents.GenerationRaised);
        Assert.Equal("worker-2", events[moved].GetProperty("workers").GetString());
        var started = Find(Find(0, NodeEvents.WorkerDied), NodeEvents.WorkerStarted);
        var back = Find(Math.Max(moved, started), NodeEvents.WorkerReady, "worker-1");
        var shared = Find(back, NodeEvents.GenerationRaised);
        Assert.Contains("worker-1", events[shared].GetProperty("workers").GetString());
        Find(shared, NodeEvents.RunCompleted);

        int Find(int from, NodeEvent what, string? worker = null)
        {
            for (var at = from; at < events.Count; at++)
                if (NameOf(events[at]) == what.Name && (worker is null || events[at].GetProperty("worker").GetString() == worker)) return at;
            throw new InvalidOperationException($"no {what.Name} {worker} after line {from}");
        }
    }

    private static IReadOnlyList<JsonElement> Events(NodeProcess process) =>
        [.. process.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>A line without a level is information.</summary>
    private static string LevelOf(JsonElement line) => line.TryGetProperty("@l", out var level) ? level.GetString()! : "Information";

    private static string NameOf(JsonElement line) => line.GetProperty("event").GetString()!;
}
