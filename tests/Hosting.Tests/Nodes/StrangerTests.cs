using Akka.Actor;
using Akka.Cluster;
using Akka.Remote.Transport.DotNetty;
using Akka.TestKit;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tests.Tls;
using MiniBatch.Shared.Tls;

namespace MiniBatch.Hosting.Tests.Nodes;

/// <summary>A node that does not know the cluster's secret, or has no certificate of it: it does not become a member, and is not heard.</summary>
[Collection(nameof(OneClusterAtATime))]
public sealed class StrangerTests : IDisposable
{
    private static readonly byte[] Secret = SharedSecret.Key("secret");
    private static readonly RunEnded Last = new(new WorkerId("worker-1", 1), RunEnding.Completed, "the last one");

    private readonly Stack<IDisposable> _ending = new();

    /// <summary>The last first: nodes before their certificates.</summary>
    public void Dispose()
    {
        while (_ending.TryPop(out var next)) next.Dispose();
    }

    [Fact]
    public void Stranger_does_not_become_a_member_takes_nobody_out_and_is_not_heard()
    {
        var coordinator = Ending(TestNode.Coordinator(secret: Secret));
        var worker = Ending(TestNode.Worker(coordinator, secret: Secret));
        var receiver = coordinator.NewProbe();
        var stranger = Ending(new StrangerNode(SharedSecret.Key("a guess")));

        stranger.Cluster.Join(coordinator.Address);
        stranger.Tell(At(coordinator, receiver), new RegisterWorker(new WorkerId("stranger", 1), "1", new ComputeDevice("cpu", "", 0, 1), default, 1));
        stranger.Tell(At(coordinator, receiver), new WorkerLeaving(new WorkerId("worker", 1), "says a stranger"));
        foreach (var node in new[] { coordinator, worker })
        {
            stranger.Down(coordinator.Address, node.Address);
            stranger.Leave(coordinator.Address, node.Address);
        }

        AssertMembers(coordinator, receiver, worker, Ending(TestNode.Worker(coordinator, secret: Secret)));
        Assert.Empty(stranger.Cluster.State.Members);
    }

    /// <summary>That the test before can fail: the same words of somebody who knows the secret have a node taken out.</summary>
    [Fact]
    public void Node_that_knows_the_secret_is_heard()
    {
        var coordinator = Ending(TestNode.Coordinator(secret: Secret));
        var worker = Ending(TestNode.Worker(coordinator, secret: Secret));
        var friend = Ending(new StrangerNode(Secret));

        friend.Down(coordinator.Address, worker.Address);

        coordinator.Sees<ClusterEvent.MemberRemoved>(worker);
    }

    [Fact]
    public void Flood_of_joins_keeps_no_worker_out()
    {
        var coordinator = Ending(TestNode.Coordinator(secret: Secret));
        var stranger = Ending(new StrangerNode(SharedSecret.Key("a guess")));

        stranger.JoinAsMany(coordinator.Address, 2_000);

        AssertMembers(coordinator, coordinator.NewProbe(), Ending(TestNode.Worker(coordinator, secret: Secret)));
    }

    [Fact]
    public void Nodes_with_certificates_find_each_other_and_one_with_the_secret_alone_or_anothers_certificate_does_not()
    {
        var authority = Ending(new TestAuthority());
        var other = Ending(new TestAuthority("another authority"));
        var coordinator = Ending(TestNode.Coordinator(secret: Secret, tls: authority.Issue("coordinator")));
        Assert.Equal("akka.ssl.tcp", coordinator.Address.Protocol);
        var receiver = coordinator.NewProbe();
        StrangerNode[] strangers = [Ending(new StrangerNode(Secret)), Ending(new StrangerNode(Secret, Showing(other)))];
        foreach (var stranger in strangers)
        {
            // Akka dials no address whose scheme it does not speak.
            var dialled = new Address(stranger.Cluster.SelfAddress.Protocol, AkkaNode.SystemName, coordinator.Address.Host, coordinator.Port);
            stranger.Cluster.Join(dialled);
            stranger.Tell(ActorPath.Parse(receiver.Ref.Path.ToStringWithAddress(dialled)), new RunEnded(new WorkerId("worker-1", 1), RunEnding.Failed, "says a stranger"));
            stranger.Down(dialled, coordinator.Address);
        }

        AssertMembers(coordinator, receiver, Ending(TestNode.Worker(coordinator, secret: Secret, tls: authority.Issue("worker"))));

        Assert.All(strangers, stranger => Assert.Empty(stranger.Cluster.State.Members));
    }

    /// <summary>Akka by itself would end the coordinator's actor system.</summary>
    [Fact]
    public async Task Coordinator_that_dials_a_node_whose_certificate_it_refuses_goes_on()
    {
        var authority = Ending(new TestAuthority());
        var other = Ending(new TestAuthority("another authority"));
        var coordinator = Ending(TestNode.Coordinator(secret: Secret, tls: authority.Issue("coordinator")));
        var stranger = Ending(new StrangerNode(Secret, Showing(other)));
        var refused = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        coordinator.Certificates!.PeerRefused += (_, problem) => refused.TrySetResult(problem);

        coordinator.System.ActorSelection(new RootActorPath(stranger.Cluster.SelfAddress) / "user" / "worker").Tell(Last);

        Assert.Contains("\"stranger\"", await refused.Task.WaitAsync(TestNode.Limit));
        AssertMembers(coordinator, coordinator.NewProbe(), Ending(TestNode.Worker(coordinator, secret: Secret, tls: authority.Issue("worker"))));
        Assert.False(coordinator.System.WhenTerminated.IsCompleted);
    }

    /// <summary>
    /// A node of the cluster is heard, and nothing was before: whatever strangers said by then was read. And there are these members
    /// and no others.
    /// </summary>
    private static void AssertMembers(TestNode coordinator, TestProbe receiver, params TestNode[] workers)
    {
        ((ExtendedActorSystem)workers[^1].System).Provider.ResolveActorRef(At(coordinator, receiver).ToString()).Tell(Last);
        Assert.Equal(Last, receiver.ExpectMsg<object>(TestNode.Limit));
        Assert.Equal(
            workers.Prepend(coordinator).Select(node => node.Cluster.SelfUniqueAddress).ToHashSet(),
            coordinator.Cluster.State.Members.Select(member => member.UniqueAddress).ToHashSet());
        // The last has just come; none of the others is on its way out.
        Assert.All(coordinator.Cluster.State.Members, member => Assert.Contains(member.Status, new[] { MemberStatus.Joining, MemberStatus.Up }));
    }

    private static DotNettySslSetup Showing(TestAuthority authority) => new(TlsCredentials.Load(authority.Issue("stranger")).Own, suppressValidation: true);

    private static ActorPath At(TestNode node, TestProbe probe) => ActorPath.Parse(probe.Ref.Path.ToStringWithAddress(node.Address));

    private T Ending<T>(T what) where T : IDisposable
    {
        _ending.Push(what);
        return what;
    }
}
