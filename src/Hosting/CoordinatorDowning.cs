using Akka.Actor;
using Akka.Cluster;
using MiniBatch.Shared.Protocol;

namespace MiniBatch.Hosting;

/// <summary>
/// Who removes nodes that died: the coordinator alone, and never itself. The run is where the coordinator is, however few workers
/// it kept; a worker that is cut off finds out by its data connection, and joins anew.
/// </summary>
/// <remarks>
/// A split brain resolver weighs what all nodes say. A worker that was without a core for a moment suspects everybody, and when it
/// dies then, nobody takes that back: keep-oldest has downed a live coordinator on such a word.
/// </remarks>
public sealed class CoordinatorDowning : IDowningProvider
{
    /// <summary>A node that is unreachable for this long is removed.</summary>
    public static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(3);

    private readonly Cluster _cluster;

    /// <summary>Made by Akka, which wants these two parameters.</summary>
    public CoordinatorDowning(ActorSystem _, Cluster cluster) => _cluster = cluster;

    /// <inheritdoc />
    public TimeSpan DownRemovalMargin => TimeSpan.Zero;

    /// <inheritdoc />
    public Props? DowningActorProps =>
        _cluster.SelfRoles.Contains(NodeRole.Coordinator) ? Props.Create(() => new Downing(_cluster)) : null;

    private sealed class Downing : ReceiveActor, IWithTimers
    {
        private readonly Cluster _cluster;

        private sealed record Due(Member Member);

        public Downing(Cluster cluster)
        {
            _cluster = cluster;
            Receive<ClusterEvent.UnreachableMember>(message => Await(message.Member));
            Receive<ClusterEvent.ReachableMember>(message => Timers.Cancel(message.Member.UniqueAddress));
            Receive<ClusterEvent.MemberRemoved>(message => Timers.Cancel(message.Member.UniqueAddress));
            Receive<ClusterEvent.IMemberEvent>(_ => { });
            Receive<Due>(due => Decide(due.Member));
        }

        public ITimerScheduler Timers { get; set; } = null!;

        private void Await(Member member) => Timers.StartSingleTimer(member.UniqueAddress, new Due(member), StableAfter);

        private void Decide(Member member)
        {
            if (member.UniqueAddress == _cluster.SelfUniqueAddress) return;
            // Only another node's word, and that node may be the dead one: it is removed first, and its word with it.
            if (_cluster.FailureDetector.IsMonitoring(member.Address) && _cluster.FailureDetector.IsAvailable(member.Address)) Await(member);
            else _cluster.Down(member.Address);
        }

        protected override void PreStart() => _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
            typeof(ClusterEvent.IReachabilityEvent), typeof(ClusterEvent.MemberRemoved));

        protected override void PostStop() => _cluster.Unsubscribe(Self);
    }
}
