using Akka.Cluster;

namespace MiniBatch.Contracts;

public sealed class MembershipTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 30)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Nodes_over_a_bad_network_come_to_agree(int seed)
    {
        var net = new MembershipSimulation(seed) { Trouble = 0.2 };
        for (var port = 1; port <= 5; port++) net.Add(port);
        Assert.True(net.RunUntil(() => net.Agree() && net.Nodes.Count == 5));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Killed_nodes_are_removed_and_their_successors_come_up(int seed)
    {
        var net = new MembershipSimulation(seed) { Trouble = 0.1 };
        for (var port = 1; port <= 4; port++) net.Add(port);
        Assert.True(net.RunUntil(net.Agree));
        net.Kill(net.Nodes[3]);
        net.Kill(net.Nodes[2]);
        net.Add(3);
        Assert.True(net.RunUntil(() => net.Agree() && net.Nodes.Count == 3));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Partition_leaves_the_side_of_the_oldest_and_ends_the_other(int seed)
    {
        var net = new MembershipSimulation(seed) { Trouble = 0.05 };
        for (var port = 1; port <= 5; port++) net.Add(port);
        Assert.True(net.RunUntil(net.Agree));
        net.IsWhole = false;
        net.IsCut = (a, b) => a.Port <= 2 != b.Port <= 2;
        Assert.True(net.RunUntil(() => net.Nodes.Count(node => node.Core.Ended != null) == 3 && net.Agree()));
        Assert.All(net.Nodes, node => Assert.Equal(node.Self.Address.Port > 2, node.Core.Ended != null));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Partition_that_heals_in_time_costs_nobody(int seed)
    {
        var net = new MembershipSimulation(seed);
        for (var port = 1; port <= 4; port++) net.Add(port);
        Assert.True(net.RunUntil(net.Agree));
        net.IsCut = (a, b) => a.Port <= 2 != b.Port <= 2;
        Assert.True(net.RunUntil(() => net.Nodes.All(node => node.Core.Unreachable.Count == 2)));
        net.Run(1);
        net.IsCut = (_, _) => false;
        Assert.True(net.RunUntil(net.Agree));
        Assert.Equal(4, net.Nodes.Count(node => node.Core.Ended == null));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Members_leave_one_after_the_other_the_oldest_too(int seed)
    {
        var net = new MembershipSimulation(seed) { Trouble = 0.05 };
        for (var port = 1; port <= 4; port++) net.Add(port);
        Assert.True(net.RunUntil(net.Agree));
        foreach (var leaver in net.Nodes.Take(3).ToList())
        {
            leaver.Core.Leave(leaver.Self.Address, net.Now);
            Assert.True(net.RunUntil(() => leaver.Core.Ended != null));
            Assert.Equal("it has left", leaver.Core.Ended);
            Assert.True(net.RunUntil(net.Agree));
        }
    }

    [Fact]
    public void Nobody_comes_up_while_a_member_is_unreachable()
    {
        var net = new MembershipSimulation(1);
        for (var port = 1; port <= 3; port++) net.Add(port);
        Assert.True(net.RunUntil(net.Agree));
        net.IsCut = (a, b) => a.Port == 3 || b.Port == 3;
        Assert.True(net.RunUntil(() => !net.Nodes[0].Core.Unreachable.IsEmpty));
        var joiner = net.Add(4);
        net.Run(1.5);
        Assert.Equal(MemberStatus.Joining, joiner.Core.Membership!.Find(joiner.Self)!.Status);
        Assert.True(net.RunUntil(() => joiner.Core.Membership!.Find(joiner.Self)!.Status == MemberStatus.Up));
        Assert.NotNull(net.Nodes[0].Core.Membership!.FindRemoved(net.Nodes[2].Self));
    }

    [Theory]
    [InlineData(true, true, 3, DowningDecision.DownReachable)]
    [InlineData(true, false, 3, DowningDecision.DownUnreachable)]
    [InlineData(false, true, 3, DowningDecision.DownUnreachable)]
    [InlineData(false, false, 3, DowningDecision.DownReachable)]
    [InlineData(true, true, 2, DowningDecision.DownUnreachable)]
    [InlineData(false, true, 2, DowningDecision.DownReachable)]
    internal void Keep_oldest_with_the_oldest_alone_follows_down_if_alone(bool oldestHere, bool downIfAlone, int count, DowningDecision expected)
    {
        var members = Enumerable.Range(1, count).Select(number => new Member(
            new UniqueAddress(new Akka.Actor.Address("akka.tcp", "main", "127.0.0.1", number), number), number, MemberStatus.Up, [])).ToList();
        var options = new ClusterOptions { Downing = DowningStrategy.KeepOldest, DownIfAlone = downIfAlone };
        var (decision, _) = SplitBrain.Decide(options, members, member => member.UpNumber == 1 != oldestHere);
        Assert.Equal(expected, decision);
    }
}
