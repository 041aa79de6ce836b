using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>What a node shows of its cluster at one time, and the events between two such times. Immutable.</summary>
internal sealed record ClusterView(Membership? Membership, ImmutableHashSet<UniqueAddress> Unreachable)
{
    public static readonly ClusterView Empty = new(null, []);

    public IEnumerable<Member> Members => Membership?.Members.Values ?? [];

    /// <summary>The oldest that is heard.</summary>
    public Member? Leader => Membership?.Authority(IsUnreachable);

    public ClusterEvent.CurrentClusterState ToState()
    {
        var roles = Members.SelectMany(member => member.Roles).Distinct();
        var leaders = roles.Select(role => (Role: role, Leader: Membership!.Authority(member => IsUnreachable(member) || !member.HasRole(role))))
            .Where(one => one.Leader != null).ToImmutableDictionary(one => one.Role, one => one.Leader!.Address);
        return new ClusterEvent.CurrentClusterState([.. Members], Members.Where(IsUnreachable).ToImmutableHashSet(),
            ImmutableHashSet<Address>.Empty, Leader?.Address, leaders);
    }

    /// <summary>What happened since <paramref name="before"/>: members in their order, then reachability, then the leader.</summary>
    public IEnumerable<ClusterEvent.IClusterDomainEvent> Since(ClusterView before)
    {
        foreach (var member in Members)
            if (before.Membership?.Find(member.UniqueAddress)?.Status != member.Status && Changed(member) is { } change) yield return change;
        foreach (var gone in before.Members.Where(member => Membership?.Find(member.UniqueAddress) == null))
        {
            var previous = Membership?.FindRemoved(gone.UniqueAddress)?.Status ?? gone.Status;
            yield return new ClusterEvent.MemberRemoved(gone.Copy(MemberStatus.Removed), previous);
        }
        foreach (var member in Members.Where(member => IsUnreachable(member) && !before.Unreachable.Contains(member.UniqueAddress)))
            yield return new ClusterEvent.UnreachableMember(member);
        foreach (var member in Members.Where(member => !IsUnreachable(member) && before.Unreachable.Contains(member.UniqueAddress)))
            yield return new ClusterEvent.ReachableMember(member);
        if (!Equals(Leader, before.Leader)) yield return new ClusterEvent.LeaderChanged(Leader?.Address);
    }

    private bool IsUnreachable(Member member) => Unreachable.Contains(member.UniqueAddress);

    private static ClusterEvent.IMemberEvent? Changed(Member member) => member.Status switch
    {
        MemberStatus.Joining => new ClusterEvent.MemberJoined(member),
        MemberStatus.Up => new ClusterEvent.MemberUp(member),
        MemberStatus.Leaving => new ClusterEvent.MemberLeft(member),
        MemberStatus.Exiting => new ClusterEvent.MemberExited(member),
        MemberStatus.Down => new ClusterEvent.MemberDowned(member),
        _ => null,
    };
}
