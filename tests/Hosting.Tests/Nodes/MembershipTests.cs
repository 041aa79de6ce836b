using Akka.Cluster;
using MiniBatch.Shared.Protocol;

namespace MiniBatch.Hosting.Tests.Nodes;

/// <summary>How nodes come into a cluster, and come back.</summary>
[Collection(nameof(OneClusterAtATime))]
public sealed class MembershipTests
{
    [Fact]
    public void Worker_that_joins_and_the_coordinator_see_each_other_up_with_their_roles()
    {
        using var coordinator = TestNode.Coordinator();
        using var worker = TestNode.Worker(coordinator);

        Assert.Equal([NodeRole.Coordinator], worker.Sees<ClusterEvent.MemberUp>(coordinator).Member.Roles);
        Assert.Equal([NodeRole.Worker], coordinator.Sees<ClusterEvent.MemberUp>(worker).Member.Roles);
    }

    /// <summary>It is up itself only when the dead one is removed; to register it needs no more than this.</summary>
    [Fact]
    public void Worker_that_joins_sees_the_coordinator_up_also_while_a_dead_one_is_not_yet_removed()
    {
        using var coordinator = TestNode.Coordinator();
        using var dead = TestNode.Worker(coordinator);
        dead.EndAbruptly();
        using var joining = TestNode.JoiningWorker(coordinator);

        joining.Sees<ClusterEvent.MemberUp>(coordinator);
        joining.Sees<ClusterEvent.MemberUp>(dead);

        Assert.False(joining.WasTold<ClusterEvent.MemberUp>(joining));
        Assert.False(joining.WasTold<ClusterEvent.MemberRemoved>(dead));
    }

    [Fact]
    public void Worker_that_gave_up_its_system_comes_back_at_the_same_address_as_another_node()
    {
        using var coordinator = TestNode.Coordinator();
        using var before = TestNode.Worker(coordinator);
        before.Cluster.Down(before.Address);
        before.EndAbruptly();

        using var after = TestNode.Worker(coordinator, before.Port);

        coordinator.Sees<ClusterEvent.MemberRemoved>(before);
        coordinator.Sees<ClusterEvent.MemberUp>(after);
        Assert.Equal(before.Address, after.Address);
        Assert.NotEqual(before.Cluster.SelfUniqueAddress.Uid, after.Cluster.SelfUniqueAddress.Uid);
    }

    [Fact]
    public void Coordinator_that_was_started_again_at_the_same_address_is_another_cluster()
    {
        using var before = TestNode.Coordinator();
        using var worker = TestNode.Worker(before);
        using var left = TestNode.Worker(before);
        before.EndAbruptly();
        using var after = TestNode.Coordinator(before.Port);

        worker.Cluster.Down(worker.Address);
        worker.EndAbruptly();
        using var anew = TestNode.Worker(after, worker.Port);

        anew.Sees<ClusterEvent.MemberUp>(after);
        Assert.Equal(before.Address, after.Address);
        Assert.Equal(
            new[] { after, anew }.Select(node => node.Cluster.SelfUniqueAddress).ToHashSet(),
            anew.Cluster.State.Members.Select(member => member.UniqueAddress).ToHashSet());
        Assert.DoesNotContain(after.Cluster.SelfUniqueAddress, left.Cluster.State.Members.Select(member => member.UniqueAddress));
    }
}
