using MiniBatch.Hosting.Tests.Parsing;
using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Health and metrics of real nodes over HTTP, while they train real digits and after.</summary>
[Collection(OneAtATime.Name)]
public sealed class MonitoringTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private static readonly string[] Served = ["--http-port", "0", "--stay"];

    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Worker_without_a_coordinator_is_live_and_not_ready_until_it_has_one_and_the_data()
    {
        var worker = _cluster.StartWorker("worker-1", [.. Served, "--join-timeout", "90s"]);
        using var http = NodeHttp.Of(_cluster, worker);
        Assert.True(http.Health("live").IsOk);
        var (isReady, reasons) = http.Health("ready");
        Assert.False(isReady);
        Assert.Equal("has found no coordinator yet", reasons["cluster"]);
        Assert.StartsWith("not loaded", reasons["data"]);

        var coordinator = _cluster.StartCoordinator(Job.Softmax(), 1, Served);
        using var coordinatorHttp = NodeHttp.Of(_cluster, coordinator);
        _cluster.WaitForSteps(1);
        AssertAllOk(coordinatorHttp);
        AssertAllOk(http);

        _cluster.WaitForText(worker, "staying until SIGTERM");
        _cluster.WaitForText(coordinator, "staying until SIGTERM");
        AssertAllOk(http);
        AssertAllOk(coordinatorHttp);
        Assert.StartsWith("the run is over: ", http.Health("ready").Reasons["data"]);
        Assert.StartsWith("the run is over: ", coordinatorHttp.Health("live").Reasons["exchange"]);
        StopAll(worker, coordinator);
    }

    [Fact]
    public void Metrics_of_a_run_rise_while_it_trains_and_end_as_its_summary()
    {
        var job = Job.Long();
        var nodes = StartTwo(job);
        using var coordinator = NodeHttp.Of(_cluster, nodes[0]);
        using var worker = NodeHttp.Of(_cluster, nodes[1]);
        var before = (Coordinator: coordinator.Metrics(), Worker: worker.Metrics());
        foreach (var steps in new[] { 100, 700, 1500 })
        {
            _cluster.WaitForSteps(steps);
            var now = (Coordinator: coordinator.Metrics(), Worker: worker.Metrics());
            AssertNothingFell(before.Coordinator, now.Coordinator);
            AssertNothingFell(before.Worker, now.Worker);
            Assert.InRange(now.Coordinator.Value("minibatch_steps_total"), 1, 2000);
            before = now;
        }
        _cluster.WaitForText(nodes[0], "staying until SIGTERM");
        var (read, ofWorker) = (coordinator.Metrics(), worker.Metrics());
        AssertNothingFell(before.Coordinator, read);
        StopAll(nodes);

        var run = new FinishedRun(_cluster.Directory);
        Assert.Equal(run.Summary.Steps, read.Value("minibatch_steps_total"));
        Assert.Equal(run.Summary.Steps, read.Value("minibatch_step"));
        Assert.Equal(run.Summary.Steps, read.Value("minibatch_planned_steps"));
        Assert.Equal(run.Steps.Sum(step => step.Slots.Sum(slot => slot.Samples)), read.Sum("minibatch_samples_total"));
        Assert.Equal(run.Steps.Count(step => step.Slots.Any(slot => slot.Worker == "worker-1")), read.Value("minibatch_step_compute_seconds_count", ("worker", "worker-1")));
        Assert.Equal(run.Summary.TestAccuracy, read.Value("minibatch_test_accuracy_ratio"));
        Assert.Equal(run.Summary.Epochs[^1].TestLoss, read.Value("minibatch_test_loss"));
        Assert.Equal(run.Steps[^1].Loss, read.Value("minibatch_train_loss"));
        Assert.Equal(run.Summary.Run, read.Families["minibatch_run_info"].Samples.Single().Labels["run"]);
        AssertPartsMakeUpTheSteps(run, read);
        AssertBothEndsCounted(read, ofWorker);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Worker_that_is_killed_is_seen_in_the_metrics()
    {
        // With one slot the step waits for one worker: whenever that one is killed, work is taken over.
        var nodes = StartTwo(Job.Long("--slots 1"));
        using var http = NodeHttp.Of(_cluster, nodes[0]);
        _cluster.WaitForWorkers(2);
        _cluster.WaitForSteps(100);
        var before = http.Metrics();
        var active = nodes.Single(node => before.Sum("minibatch_slots_total", ("worker", node.Name)) > 0);
        active.Send(Signal.Kill);
        _cluster.WaitForText(nodes[0], "staying until SIGTERM");
        var read = http.Metrics();
        StopAll([.. nodes.Where(node => node != active)]);

        var faults = new FinishedRun(_cluster.Directory).Summary.Faults;
        Assert.True(faults.SlotsReassigned > 0);
        Assert.Equal(faults.SlotsReassigned, read.Value("minibatch_slots_reassigned_total"));
        Assert.Equal(faults.SlotsBackedUp, read.Value("minibatch_slots_backed_up_total"));
        Assert.Equal(faults.DuplicatesDropped, read.Value("minibatch_duplicates_dropped_total"));
        Assert.Equal(
            (before.Value("minibatch_generation") + 1, 1, 1),
            (read.Value("minibatch_generation"), read.Value("minibatch_workers"), read.Value("minibatch_connections_lost_total")));
    }

    private NodeProcess[] StartTwo(Job job) =>
    [
        _cluster.StartCoordinator(job, 2, Served), _cluster.StartWorker("worker-1", Served), _cluster.StartWorker("worker-2", Served),
    ];

    private void StopAll(params NodeProcess[] nodes)
    {
        // A worker that is stopped before it has heard that the run is complete has not done its work.
        foreach (var node in nodes) _cluster.WaitForText(node, "staying until SIGTERM");
        foreach (var node in nodes) node.Send(Signal.Terminate);
        foreach (var node in nodes) _cluster.Expect(node, 0);
        Assert.All(nodes, node => Assert.DoesNotContain("Microsoft", node.Output + node.Error, StringComparison.Ordinal));
    }

    /// <summary>Akka.Hosting's check of a join begins to watch when it is asked first, and holds from then on.</summary>
    private static void AssertAllOk(NodeHttp http)
    {
        string[] probes = ["startup", "live", "ready"];
        Assert.True(SpinWait.SpinUntil(() => probes.All(probe => http.Health(probe).IsOk), TestCluster.Limit));
    }

    private static void AssertNothingFell(Exposition before, Exposition now)
    {
        var values = now.Samples.ToDictionary(sample => sample.Key, sample => sample.Value);
        Assert.All(
            before.Families.Values.Where(family => family.Name.StartsWith("minibatch_", StringComparison.Ordinal) && family.Type is "counter" or "histogram").SelectMany(family => family.Samples),
            sample => Assert.True(values[sample.Key] >= sample.Value, $"{sample.Key} fell from {sample.Value} to {values[sample.Key]}"));
    }

    private static void AssertPartsMakeUpTheSteps(FinishedRun run, Exposition read)
    {
        Assert.Equal(run.Steps.Sum(step => step.Milliseconds) / 1000, read.Value("minibatch_step_duration_seconds_sum"), 1e-6);
        var apply = read.Value("minibatch_step_apply_seconds_sum");
        Assert.InRange(apply, double.Epsilon, double.MaxValue);
        // Each worker has slots of every step, as long as nobody is late and backed up.
        var shared = run.Steps.All(step => step.Slots.Select(slot => slot.Worker).Distinct().Count() == 2);
        foreach (var worker in new[] { "worker-1", "worker-2" })
        {
            var parts = new[] { "compute", "send", "wait" }.Sum(part => read.Value($"minibatch_step_{part}_seconds_sum", ("worker", worker)));
            Assert.InRange(parts + apply, 0, read.Value("minibatch_step_duration_seconds_sum") + 1e-6);
            if (shared) Assert.Equal(read.Value("minibatch_step_duration_seconds_sum"), parts + apply, 1e-6);
        }
    }

    private static void AssertBothEndsCounted(Exposition coordinator, Exposition worker)
    {
        Assert.InRange(worker.Value("minibatch_worker_samples_total"), coordinator.Value("minibatch_samples_total", ("worker", "worker-1")), double.MaxValue);
        Assert.Equal(worker.Value("minibatch_worker_slots_total"), worker.Value("minibatch_worker_slot_compute_seconds_count"));
        // The one that was sent to is the one that received; a goodbye or a beat may still have been under way.
        Assert.Equal(coordinator.Value("minibatch_sent_bytes_total", ("worker", "worker-1")), worker.Value("minibatch_worker_received_bytes_total"), 1000.0);
        Assert.Equal(worker.Value("minibatch_worker_sent_bytes_total"), coordinator.Value("minibatch_received_bytes_total", ("worker", "worker-1")), 1000.0);
        Assert.Equal(0, coordinator.Sum("minibatch_reconnects_total"));
    }
}
