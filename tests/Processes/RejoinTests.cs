using Akka.Cluster;
using MiniBatch.Hosting.Tests.Nodes;
using MiniBatch.Processes.Harness;
using MiniBatch.Shared.Runs;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>A worker outlives the clusters that it is in.</summary>
[Collection(OneAtATime.Name)]
public sealed class RejoinTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private const int Joins = 20;

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
            using var coordinator = TestNode.Coordinator();
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

    private static int ThreadsOf(NodeProcess process) => Directory.GetDirectories($"/proc/{process.Id}/task").Length;

    private static void Eventually(TestNode node, Action assertion) => node.NewProbe().AwaitAssert(assertion, TestCluster.Limit);
}
