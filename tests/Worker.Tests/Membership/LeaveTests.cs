using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster;
using MiniBatch.Hosting.Tests.Nodes;
using MiniBatch.Worker.Membership;

namespace MiniBatch.Worker.Tests.Membership;

/// <summary>How a worker's node leaves the cluster when it was asked to stop.</summary>
public sealed class LeaveTests
{
    [Fact]
    public async Task Worker_leaves_in_order_within_the_limit_of_its_host()
    {
        using var coordinator = TestNode.Coordinator();
        using var worker = TestNode.Worker(coordinator);

        var since = Stopwatch.StartNew();
        await CoordinatedShutdown.Get(worker.System).Run(CoordinatedShutdown.ClusterLeavingReason.Instance).WaitAsync(TestNode.Limit);

        Assert.InRange(since.Elapsed, TimeSpan.Zero, ClusterNode.LeaveLimit);
        Assert.Equal(MemberStatus.Exiting, coordinator.Sees<ClusterEvent.MemberRemoved>(worker).PreviousStatus);
    }
}
