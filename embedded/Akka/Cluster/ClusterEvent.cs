using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>What a cluster tells its subscribers.</summary>
public class ClusterEvent
{
    /// <summary>First the state as one <see cref="CurrentClusterState"/>, then events.</summary>
    public static readonly SubscriptionInitialStateMode InitialStateAsSnapshot = SubscriptionInitialStateMode.InitialStateAsSnapshot;

    /// <summary>First the events that would have led to the state, then further ones.</summary>
    public static readonly SubscriptionInitialStateMode InitialStateAsEvents = SubscriptionInitialStateMode.InitialStateAsEvents;

    /// <summary>How a subscription begins.</summary>
    public enum SubscriptionInitialStateMode
    {
        InitialStateAsSnapshot,
        InitialStateAsEvents,
    }

    /// <summary>Anything that is published.</summary>
    public interface IClusterDomainEvent : IDeadLetterSuppression;

    /// <summary>A member's status changed.</summary>
    public interface IMemberEvent : IClusterDomainEvent
    {
        Member Member { get; }
    }

    /// <summary>This node began, or ceased, to hear a member.</summary>
    public interface IReachabilityEvent : IClusterDomainEvent;

    /// <summary>The cluster as this node sees it at one time.</summary>
    public sealed class CurrentClusterState : INoSerializationVerificationNeeded
    {
        private readonly ImmutableDictionary<string, Address> _roleLeaders;

        public CurrentClusterState()
            : this(ImmutableSortedSet<Member>.Empty, ImmutableHashSet<Member>.Empty, ImmutableHashSet<Address>.Empty, null, ImmutableDictionary<string, Address>.Empty) { }

        public CurrentClusterState(ImmutableSortedSet<Member> members, ImmutableHashSet<Member> unreachable, ImmutableHashSet<Address> seenBy,
            Address? leader, ImmutableDictionary<string, Address> roleLeaderMap) =>
            (Members, Unreachable, SeenBy, Leader, _roleLeaders) = (members, unreachable, seenBy, leader!, roleLeaderMap);

        /// <summary>All members, also those that are not Up.</summary>
        public ImmutableSortedSet<Member> Members { get; }

        /// <summary>Those of them that this node does not hear.</summary>
        public ImmutableHashSet<Member> Unreachable { get; }

        public ImmutableHashSet<Address> SeenBy { get; }

        /// <summary>The oldest reachable member; null where there is none.</summary>
        public Address Leader { get; }

        public ImmutableHashSet<string> AllRoles => Members.SelectMany(member => member.Roles).ToImmutableHashSet();

        /// <summary>The oldest reachable member of a role; null where there is none.</summary>
        public Address RoleLeader(string role) => _roleLeaders.GetValueOrDefault(role)!;
    }

    /// <summary>A member's status changed; the class says to what.</summary>
    public abstract class MemberStatusChange : IMemberEvent
    {
        private protected MemberStatusChange(Member member, MemberStatus validStatus) =>
            Member = member.Status == validStatus ? member : throw new ArgumentException($"Expected {validStatus} state, got: {member}", nameof(member));

        public Member Member { get; }

        public override bool Equals(object? obj) => obj?.GetType() == GetType() && ((MemberStatusChange)obj).Member.Equals(Member);

        public override int GetHashCode() => HashCode.Combine(GetType(), Member);

        public override string ToString() => $"{GetType().Name}(Member={Member})";
    }

    public sealed class MemberJoined(Member member) : MemberStatusChange(member, MemberStatus.Joining);

    public sealed class MemberUp(Member member) : MemberStatusChange(member, MemberStatus.Up);

    public sealed class MemberLeft(Member member) : MemberStatusChange(member, MemberStatus.Leaving);

    public sealed class MemberExited(Member member) : MemberStatusChange(member, MemberStatus.Exiting);

    public sealed class MemberDowned(Member member) : MemberStatusChange(member, MemberStatus.Down);

    /// <summary>It is a member no longer; its address may come back with another incarnation.</summary>
    public sealed class MemberRemoved(Member member, MemberStatus previousStatus) : MemberStatusChange(member, MemberStatus.Removed)
    {
        /// <summary>Exiting for one that left, Down for one that was taken for dead.</summary>
        public MemberStatus PreviousStatus { get; } = previousStatus;
    }

    /// <summary>Who decides about members is another node now; null: nobody.</summary>
    public sealed class LeaderChanged(Address? leader) : IClusterDomainEvent
    {
        public Address Leader { get; } = leader!;

        public override bool Equals(object? obj) => obj is LeaderChanged other && Equals(Leader, other.Leader);

        public override int GetHashCode() => Leader?.GetHashCode() ?? 0;

        public override string ToString() => $"LeaderChanged(NewLeader={Leader})";
    }

    /// <summary>This node's part in the cluster has ended.</summary>
    public sealed class ClusterShuttingDown : IClusterDomainEvent
    {
        public static readonly IClusterDomainEvent Instance = new ClusterShuttingDown();

        private ClusterShuttingDown() { }

        public override string ToString() => "ClusterShuttingDown";
    }

    /// <summary>Base of both.</summary>
    public abstract class ReachabilityEvent : IReachabilityEvent
    {
        private protected ReachabilityEvent(Member member) => Member = member;

        public Member Member { get; }

        public override bool Equals(object? obj) => obj?.GetType() == GetType() && ((ReachabilityEvent)obj).Member.Equals(Member);

        public override int GetHashCode() => HashCode.Combine(GetType(), Member);

        public override string ToString() => $"{GetType().Name}(Member={Member})";
    }

    /// <summary>No heartbeat came for the acceptable pause.</summary>
    public sealed class UnreachableMember(Member member) : ReachabilityEvent(member);

    /// <summary>Heartbeats came again before it was downed.</summary>
    public sealed class ReachableMember(Member member) : ReachabilityEvent(member);
}
