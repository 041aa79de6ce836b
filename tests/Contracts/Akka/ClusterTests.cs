using Akka.Actor;
using Akka.Cluster;
using static Akka.Cluster.ClusterEvent;

namespace MiniBatch.Contracts;

public sealed class ClusterTests : SystemTest
{
    private const string Clustered = """
        akka.actor.provider = cluster
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        akka.cluster {
          gossip-interval = 100ms
          leader-actions-interval = 100ms
          unreachable-nodes-reaper-interval = 100ms
          periodic-tasks-initial-delay = 100ms
          failure-detector { heartbeat-interval = 200ms, acceptable-heartbeat-pause = 1s, expected-response-after = 200ms }
          downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
          split-brain-resolver {
            active-strategy = keep-oldest
            stable-after = 1s
            down-all-when-unstable = off
            keep-oldest.down-if-alone = off
          }
        }

        """ + NoteSerializer.Hocon;

    [Fact]
    public async Task Three_nodes_join_come_up_and_agree()
    {
        var seed = Seed();
        var up = new TaskCompletionSource();
        Cluster.Get(seed).RegisterOnMemberUp(up.SetResult);
        await up.Task.WaitAsync(Probe.Limit);
        var events = Events(seed);
        await events.Next<CurrentClusterState>();
        var workers = new[] { Join(seed, "akka.cluster.roles = [worker]"), Join(seed, "akka.cluster.roles = [worker]") };
        await events.Until<MemberUp>();
        await events.Until<MemberUp>();
        foreach (var worker in workers)
        {
            await AwaitUp(worker, 3);
            var cluster = Cluster.Get(worker);
            Assert.True(cluster.IsUp);
            Assert.Equal(["worker"], cluster.SelfRoles);
            Assert.True(cluster.State.Members.Single(member => member.Address == Self(seed)).IsOlderThan(cluster.SelfMember));
            Assert.Equal(2, cluster.State.Members.Count(member => member.HasRole("worker")));
        }
    }

    [Fact]
    public async Task Joining_starts_before_the_seed_is_there_and_ends_when_it_comes()
    {
        var address = Self(Seed(out var first));
        await first.Terminate().WaitAsync(Probe.Limit);
        var worker = Start($"{Clustered}\nakka.cluster.seed-nodes = [\"{address}\"]", "main");
        var seed = Start($"{Clustered}\nakka.remote.dot-netty.tcp.port = {address.Port}\nakka.cluster.seed-nodes = [\"{address}\"]", "main");
        await AwaitUp(worker, 2);
        await AwaitUp(seed, 2);
    }

    [Fact]
    public async Task Initial_state_as_events_tells_of_the_members_that_are_there()
    {
        var seed = Seed();
        await AwaitUp(seed, 1);
        var probe = new Probe(seed);
        Cluster.Get(seed).Subscribe(probe.Ref, InitialStateAsEvents, typeof(IMemberEvent), typeof(IReachabilityEvent));
        Assert.Equal(Self(seed), (await probe.Next<MemberUp>()).Member.Address);
    }

    [Fact]
    public async Task Leaving_goes_through_its_statuses_and_ends_the_leavers_system()
    {
        var seed = Seed();
        var worker = Join(seed);
        await AwaitUp(seed, 2);
        var events = Events(seed);
        var removed = new TaskCompletionSource();
        Cluster.Get(worker).RegisterOnMemberRemoved(removed.SetResult);
        Cluster.Get(worker).Leave(Self(worker));
        await events.Until<MemberLeft>();
        await events.Until<MemberExited>();
        Assert.Equal(MemberStatus.Exiting, (await events.Until<MemberRemoved>()).PreviousStatus);
        await removed.Task.WaitAsync(Probe.Limit);
        await worker.WhenTerminated.WaitAsync(Probe.Limit);
        Assert.True(Cluster.Get(worker).IsTerminated);
    }

    [Fact]
    public async Task Oldest_that_leaves_hands_over_and_new_nodes_join_through_the_rest()
    {
        var seed = Seed();
        var second = Join(seed);
        await AwaitUp(second, 2);
        await seed.Terminate().WaitAsync(Probe.Limit);
        var third = Join(second);
        await AwaitUp(third, 2);
    }

    [Fact]
    public async Task Silent_node_becomes_unreachable_is_downed_and_its_watched_actor_terminated_and_it_ends_itself()
    {
        await using var gates = new Pair(this, "akka.cluster.split-brain-resolver.stable-after = 1s");
        var (seed, worker) = await gates.Start();
        var (events, watcher) = (Events(seed), new Probe(seed, "watcher"));
        At(worker, seed, "watcher").Tell(new Note(1, "hello"), new Probe(worker, "greeter").Ref);
        await watcher.Next<Note>();
        watcher.Watch(watcher.LastSender);
        gates.Shut();
        Assert.Equal(Self(worker), (await events.Until<UnreachableMember>()).Member.Address);
        Assert.Equal(MemberStatus.Down, (await events.Until<MemberRemoved>()).PreviousStatus);
        Assert.True((await watcher.Until<Terminated>()).AddressTerminated);
        await worker.WhenTerminated.WaitAsync(Probe.Limit);
    }

    [Fact]
    public async Task Node_that_is_heard_again_before_it_is_downed_becomes_reachable()
    {
        await using var gates = new Pair(this, "akka.cluster.split-brain-resolver.stable-after = 60s");
        var (seed, worker) = await gates.Start();
        var events = Events(seed);
        gates.Shut();
        await events.Until<UnreachableMember>();
        Assert.Equal(Self(worker), Cluster.Get(seed).State.Unreachable.Single().Address);
        gates.Open();
        await events.Until<ReachableMember>();
        Assert.Empty(Cluster.Get(seed).State.Unreachable);
    }

    [Fact]
    public async Task Crash_of_the_oldest_ends_the_others_which_join_its_successor_with_new_systems()
    {
        var seed = Seed();
        var worker = Join(seed);
        await AwaitUp(worker, 2);
        var removed = new TaskCompletionSource();
        Cluster.Get(worker).RegisterOnMemberRemoved(removed.SetResult);
        var port = Self(seed).Port;
        Crash(seed);
        await seed.WhenTerminated.WaitAsync(Probe.Limit);
        var successor = Start($"{Clustered}\nakka.remote.dot-netty.tcp.port = {port}", "main");
        Cluster.Get(successor).Join(Self(successor));
        await AwaitUp(successor, 1);
        await removed.Task.WaitAsync(Probe.Limit);
        await worker.WhenTerminated.WaitAsync(Probe.Limit);
        await AwaitUp(Join(successor), 2);
    }

    [Fact]
    public async Task New_incarnation_at_the_address_replaces_the_crashed_one()
    {
        var seed = Seed();
        var worker = Join(seed);
        await AwaitUp(seed, 2);
        var (events, port) = (Events(seed), Self(worker).Port);
        Crash(worker);
        await worker.WhenTerminated.WaitAsync(Probe.Limit);
        var successor = Join(seed, $"akka.remote.dot-netty.tcp.port = {port}");
        var gone = await events.Until<MemberRemoved>();
        Assert.Equal(Cluster.Get(worker).SelfUniqueAddress, gone.Member.UniqueAddress);
        var came = await events.Until<MemberUp>();
        Assert.Equal(Cluster.Get(successor).SelfUniqueAddress, came.Member.UniqueAddress);
    }

    [Fact]
    public async Task Downing_by_hand_removes_a_living_node_which_ends()
    {
        var seed = Seed();
        var worker = Join(seed);
        await AwaitUp(seed, 2);
        Cluster.Get(seed).Down(Self(worker));
        await worker.WhenTerminated.WaitAsync(Probe.Limit);
        await AwaitUp(seed, 1);
    }

    [Fact]
    public async Task Node_that_downs_itself_ends_and_is_removed()
    {
        var seed = Seed();
        var worker = Join(seed);
        await AwaitUp(seed, 2);
        var events = Events(seed);
        Cluster.Get(worker).Down(Self(worker));
        await worker.WhenTerminated.WaitAsync(Probe.Limit);
        Assert.Equal(Self(worker), (await events.Until<MemberRemoved>()).Member.Address);
    }

    [Fact]
    public void Local_system_has_no_cluster() => Assert.ThrowsAny<Exception>(() => Cluster.Get(Start()));

    private ActorSystem Seed() => Seed(out _);

    private ActorSystem Seed(out ActorSystem seed)
    {
        seed = Start(Clustered, "main");
        Cluster.Get(seed).Join(Self(seed));
        return seed;
    }

    private ActorSystem Join(ActorSystem seed, string hocon = "") =>
        Start($"{Clustered}\n{hocon}\nakka.cluster.seed-nodes = [\"{Self(seed)}\"]", "main");

    private static Address Self(ActorSystem system) => Cluster.Get(system).SelfAddress;

    private static void Crash(ActorSystem system) => ((ExtendedActorSystem)system).Abort();

    private static ActorSelection At(ActorSystem from, ActorSystem to, string name) =>
        from.ActorSelection(new RootActorPath(Self(to)) / "user" / name);

    private static Probe Events(ActorSystem system)
    {
        var probe = new Probe(system);
        Cluster.Get(system).Subscribe(probe.Ref, typeof(IMemberEvent), typeof(IReachabilityEvent));
        return probe;
    }

    /// <summary>Until a node sees so many members, all of them Up and reachable.</summary>
    private static async Task AwaitUp(ActorSystem system, int count)
    {
        var probe = new Probe(system);
        Cluster.Get(system).Subscribe(probe.Ref, InitialStateAsEvents, typeof(IMemberEvent), typeof(IReachabilityEvent));
        while (!IsThere()) await probe.Next<object>();
        Cluster.Get(system).Unsubscribe(probe.Ref);

        bool IsThere()
        {
            var state = Cluster.Get(system).State;
            return state.Members.Count == count && state.Unreachable.IsEmpty && state.Members.All(member => member.Status == MemberStatus.Up);
        }
    }

    /// <summary>Two nodes, each behind a gate.</summary>
    private sealed class Pair(ClusterTests test, string hocon) : IAsyncDisposable
    {
        private readonly Gate _first = new(), _second = new();

        public async Task<(ActorSystem Seed, ActorSystem Worker)> Start()
        {
            var seed = test.Start($"{Clustered}\n{hocon}\n{_first.Hocon}", "main");
            Cluster.Get(seed).Join(Self(seed));
            var worker = test.Join(seed, $"{hocon}\n{_second.Hocon}");
            await Task.WhenAll(AwaitUp(seed, 2), AwaitUp(worker, 2));
            return (seed, worker);
        }

        public void Shut()
        {
            _first.Shut();
            _second.Shut();
        }

        public void Open()
        {
            _first.Open();
            _second.Open();
        }

        public async ValueTask DisposeAsync()
        {
            Open();
            await _first.DisposeAsync();
            await _second.DisposeAsync();
        }
    }
}
