using Akka.Cluster;
using MiniBatch.Hosting.Tests.Nodes;
using MiniBatch.Processes.Harness;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>A worker outlives the clusters that it is in.</summary>
[Collection(OneAtATime.Name)]
public sealed class RejoinTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private const int Joins = 20;

    /// <summary>Several times what the coordinator waits for a member that does not answer.</summary>
    private static readonly TimeSpan LongEnoughToBeRemoved = TimeSpan.FromSeconds(25);

    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    [Trait("Group", "Long")]
    public void Worker_joins_twenty_clusters_one_after_the_other_and_keeps_nothing_of_them()
    {
        var worker = _cluster.StartWorker("worker-1", "--join-timeout", "10min");
        var threads = 0;
        for (var join = 1; join <= Joins; join++)
        {
            using var coordinator = TestNode.Coordinator(secret: SharedSecret.Key(_cluster.Secret));
            Directory.CreateDirectory(_cluster.Directory.Root);
            RunDirectory.WriteJson(
                _cluster.Directory.CoordinatorAddress, new CoordinatorAddress("127.0.0.1", coordinator.Port, DataPort: 1, Environment.ProcessId));
            Eventually(coordinator, () => Assert.Equal(2, coordinator.Cluster.State.Members.Count(member => member.Status == MemberStatus.Up)));
            // Those of the first clusters are of things that every cluster needs once.
            if (join == 3) threads = ThreadsOf(worker);
            // An actor system has a dozen.
            if (join == Joins) Eventually(coordinator, () => Assert.InRange(ThreadsOf(worker), 1, threads + 12));
        }
        Assert.Equal(Joins - 1, worker.Output.Split('\n').Count(line => line.Contains("joining anew in", StringComparison.Ordinal)));
        worker.Send(Signal.Terminate);
        _cluster.Expect(worker, 143);
        Assert.Single(worker.Output.Split('\n'), line => line.Contains("stopped by SIGTERM", StringComparison.Ordinal));
    }

    /// <summary>
    /// Stopped in the middle of loading libtorch and data, and given up meanwhile. What it began then and what it begins as a new member must
    /// not draw from one generator: the model has dropout.
    /// </summary>
    [Fact]
    [Trait("Group", "Long")]
    public void Worker_that_stood_still_while_it_prepared_joins_anew_and_computes_the_same()
    {
        var job = new Job("mnist-mlp", "--epochs 6 --limit-train 30000 --limit-test 1000 --batch 200 --seed 17");
        var coordinator = _cluster.StartCoordinator(job);
        var still = _cluster.StartWorker("worker-1");
        var log = Path.Combine(_cluster.Directory.Logs, "worker-1.jsonl");
        _cluster.WaitUntil("worker-1 prepares", () => File.Exists(log) && File.ReadAllText(log).Contains("\"event\":\"preparing\"", StringComparison.Ordinal));
        still.Send(Signal.Stop);
        Thread.Sleep(LongEnoughToBeRemoved);
        var other = _cluster.StartWorker("worker-2");
        _cluster.WaitForSteps(1);
        // Slowed, or the run would be done before the other takes part.
        using (new SlowedProcess(other))
        {
            still.Send(Signal.Continue);
            _cluster.WaitForWorkers(2);
        }
        var run = _cluster.WaitForSuccess();

        Assert.Contains("joining anew", still.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("refused", coordinator.Output + coordinator.Error, StringComparison.Ordinal);
        Assert.Equal(data.Undisturbed(job, workers: 2, output).Hashes, run.Hashes);
    }

    private static int ThreadsOf(NodeProcess process) => Directory.GetDirectories($"/proc/{process.Id}/task").Length;

    private static void Eventually(TestNode node, Action assertion) => node.NewProbe().AwaitAssert(assertion, TestCluster.Limit);
}
