using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Remote;
using Akka.Remote.Transport;

namespace MiniBatch.Shared.Tests.Nodes;

/// <summary>How the others, and a node itself, find out that it is cut off, and what comes of it.</summary>
[Collection(nameof(OneClusterAtATime))]
public sealed class FailureTests
{
    /// <summary>Its connections can be cut while both ends live.</summary>
    private static readonly Config Cuttable = ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.applied-adapters = [trttl]");

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
    public void Worker_that_is_cut_off_ends_its_own_system_and_the_coordinator_goes_on_without_it()
    {
        using var coordinator = TestNode.Coordinator(changes: Cuttable);
        using var stays = TestNode.Worker(coordinator, changes: Cuttable);
        using var isCutOff = TestNode.Worker(coordinator, changes: Cuttable);
        coordinator.Sees<ClusterEvent.MemberUp>(stays);
        coordinator.Sees<ClusterEvent.MemberUp>(isCutOff);

        CutOff(isCutOff, coordinator, stays);

        Assert.True(isCutOff.System.WhenTerminated.Wait(TestNode.Limit));
        coordinator.Sees<ClusterEvent.MemberRemoved>(isCutOff);
        Assert.Equal(
            new[] { coordinator, stays }.Select(node => node.Address).ToHashSet(),
            coordinator.Cluster.State.Members.Select(member => member.Address).ToHashSet());
    }

    private static void CutOff(TestNode node, params TestNode[] others)
    {
        var transport = ((IRemoteActorRefProvider)((ExtendedActorSystem)node.System).Provider).Transport;
        foreach (var other in others)
        {
            var cut = new SetThrottle(other.Address, ThrottleTransportAdapter.Direction.Both, Blackhole.Instance);
            Assert.True(transport.ManagementCommand(cut).Result);
        }
    }
}
