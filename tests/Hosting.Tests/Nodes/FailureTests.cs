using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Remote;
using Akka.Remote.Transport;
using MiniBatch.Shared.Protocol;

namespace MiniBatch.Hosting.Tests.Nodes;

/// <summary>How the others, and a node itself, find out that it is cut off, and what comes of it.</summary>
[Collection(nameof(OneClusterAtATime))]
public sealed class FailureTests
{
    /// <summary>Its connections can be cut while both ends live.</summary>
    private static readonly Config Cuttable = ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.applied-adapters = [trttl]");

    /// <summary>It suspects the others before they suspect it, while its word still counts.</summary>
    private static readonly Config Rash = ConfigurationFactory
        .ParseString("akka.cluster.failure-detector.acceptable-heartbeat-pause = 1s").WithFallback(Cuttable);

    [Fact]
    public void Worker_that_ends_without_leaving_is_unreachable_after_the_pause_that_is_acceptable_and_not_before()
    {
        using var coordinator = TestNode.Coordinator();
        using var worker = TestNode.Worker(coordinator);
        coordinator.Sees<ClusterEvent.MemberUp>(worker);

        var since = Stopwatch.StartNew();
        worker.EndAbruptly();
        coordinator.Sees<ClusterEvent.UnreachableMember>(worker);

        Assert.InRange(since.Elapsed, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(12));
    }

    [Fact]
    public void Coordinator_stays_up_alone_when_it_has_removed_all_workers_that_are_unreachable()
    {
        using var coordinator = TestNode.Coordinator();
        using var one = TestNode.Worker(coordinator);
        using var two = TestNode.Worker(coordinator);
        coordinator.Sees<ClusterEvent.MemberUp>(one);
        coordinator.Sees<ClusterEvent.MemberUp>(two);

        one.EndAbruptly();
        two.EndAbruptly();
        coordinator.Sees<ClusterEvent.UnreachableMember>(one);
        coordinator.Sees<ClusterEvent.UnreachableMember>(two);
        coordinator.Sees<ClusterEvent.MemberRemoved>(one);
        coordinator.Sees<ClusterEvent.MemberRemoved>(two);

        Assert.Equal(MemberStatus.Up, coordinator.Cluster.SelfMember.Status);
        using var three = TestNode.Worker(coordinator);
    }

    [Fact]
    public void Worker_that_is_cut_off_is_removed_and_removes_nobody()
    {
        using var coordinator = TestNode.Coordinator(changes: Cuttable);
        using var stays = TestNode.Worker(coordinator, changes: Cuttable);
        using var isCutOff = TestNode.Worker(coordinator, changes: Cuttable);
        coordinator.Sees<ClusterEvent.MemberUp>(stays);
        coordinator.Sees<ClusterEvent.MemberUp>(isCutOff);

        Cut(isCutOff, ThrottleTransportAdapter.Direction.Both, coordinator, stays);

        coordinator.Sees<ClusterEvent.MemberRemoved>(isCutOff);
        AssertAreUp(coordinator, coordinator, stays);
        Assert.Equal(3, isCutOff.Cluster.State.Members.Count);
    }

    /// <summary>The word is heard, and whose it is dies before it can take it back.</summary>
    [Theory]
    [InlineData(NodeRole.Coordinator)]
    [InlineData(NodeRole.Worker)]
    public void Word_of_a_dead_worker_removes_neither_the_coordinator_nor_another_worker(string suspected)
    {
        using var coordinator = TestNode.Coordinator(changes: Cuttable);
        using var stays = TestNode.Worker(coordinator, changes: Cuttable);
        using var suspects = TestNode.Worker(coordinator, changes: Rash);
        var (accused, hearer) = suspected == NodeRole.Coordinator ? (coordinator, stays) : (stays, coordinator);
        stays.Sees<ClusterEvent.MemberUp>(suspects);

        Cut(suspects, ThrottleTransportAdapter.Direction.Receive, accused);
        hearer.Sees<ClusterEvent.UnreachableMember>(accused);
        suspects.EndAbruptly();

        coordinator.Sees<ClusterEvent.MemberRemoved>(suspects);
        hearer.Sees<ClusterEvent.ReachableMember>(accused);
        AssertAreUp(coordinator, coordinator, stays);
        using var joinsLater = TestNode.Worker(coordinator, changes: Cuttable);
    }

    /// <summary>A node's view of its cluster follows the events that it tells.</summary>
    private static void AssertAreUp(TestNode asked, params TestNode[] nodes) => asked.NewProbe().AwaitAssert(
        () => Assert.Equal(
            nodes.Select(node => (node.Address, MemberStatus.Up)).ToHashSet(),
            asked.Cluster.State.Members.Select(member => (member.Address, member.Status)).ToHashSet()),
        TestNode.Limit);

    private static void Cut(TestNode node, ThrottleTransportAdapter.Direction direction, params TestNode[] others)
    {
        var transport = ((IRemoteActorRefProvider)((ExtendedActorSystem)node.System).Provider).Transport;
        foreach (var other in others)
        {
            var cut = new SetThrottle(other.Address, direction, Blackhole.Instance);
            Assert.True(transport.ManagementCommand(cut).Result);
        }
    }
}
