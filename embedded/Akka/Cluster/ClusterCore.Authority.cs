using System.Collections.Immutable;

namespace Akka.Cluster;

/// <summary>Reachability, downing, and the steps of the authority.</summary>
internal sealed partial class ClusterCore
{
    private bool IsAuthority => Ended == null && Membership?.Authority()?.UniqueAddress == self;

    private void Hear(UniqueAddress from, TimeSpan now)
    {
        if (_peers.TryGetValue(from, out var peer)) peer.LastHeard = now;
        if (Unreachable.Contains(from)) Unreachable = Unreachable.Remove(from);
    }

    private void Saw(UniqueAddress from, long version)
    {
        if (_peers.TryGetValue(from, out var peer)) peer.SeenVersion = Math.Max(peer.SeenVersion, version);
    }

    /// <summary>A change that this node makes itself.</summary>
    private void Change(Membership next, TimeSpan now)
    {
        var before = Membership!;
        Accept(next, now);
        var gossip = new ClusterMessage.Gossip(next);
        SendAll(gossip);
        // Who was just removed is told too, so that it ends by itself.
        foreach (var gone in before.Members.Keys.Where(node => node != self && next.Find(node) == null)) Send(gone.Address, gossip);
    }

    private void Accept(Membership next, TimeSpan now)
    {
        Membership = next;
        foreach (var gone in _peers.Keys.Where(node => next.Find(node) == null).ToList()) _peers.Remove(gone);
        // One that is never heard becomes unreachable like one that falls silent.
        foreach (var node in next.Members.Keys.Where(node => node != self)) _peers.TryAdd(node, new Peer { LastHeard = now });
        Unreachable = Unreachable.Where(node => next.Find(node) != null).ToImmutableHashSet();
        if (next.Find(self) == null) End("it has left");
    }

    private void ObserveReachability(TimeSpan now)
    {
        var limit = options.HeartbeatInterval + options.AcceptableHeartbeatPause;
        Unreachable = Unreachable.Union(_peers.Where(peer => now - peer.Value.LastHeard > limit).Select(peer => peer.Key));
    }

    private bool IsUnreachable(Member member) => Unreachable.Contains(member.UniqueAddress);

    private static bool IsGoing(Member member) => member.Status is MemberStatus.Down or MemberStatus.Exiting;

    /// <summary>Once nothing has changed for a while, unreachable members are downed, or this side is.</summary>
    private void ResolveSplit(TimeSpan now)
    {
        var lost = Membership!.Members.Values.Where(member => IsUnreachable(member) && member.Status != MemberStatus.Down).ToList();
        var seen = (Membership.Version, lost.Aggregate(lost.Count, HashCode.Combine));
        if (seen != _stable) (_stable, _stableSince) = (seen, now);
        if (lost.Count == 0 || options.Downing == null || now - _stableSince < options.StableAfter) return;
        var (decision, reason) = SplitBrain.Decide(options, Membership.Members.Values, IsUnreachable);
        if (decision == DowningDecision.DownReachable) End($"split brain resolution: {reason}");
        else if (Membership.Authority(IsUnreachable)?.UniqueAddress == self) ApplyDown(lost, now);
    }

    /// <summary>The authority downs others; if it is itself the target, the next in age that is heard does.</summary>
    private Member? Decider(Member target) => Membership!.Authority() is { } authority && authority.UniqueAddress != target.UniqueAddress
        ? authority
        : Membership.Authority(member => member.Equals(target) || IsUnreachable(member));

    private bool DecidesDowning(Member target) => target.UniqueAddress == self ? IsAuthority : Decider(target)?.UniqueAddress == self;

    private void ApplyDown(IReadOnlyCollection<Member> targets, TimeSpan now)
    {
        var next = targets.Where(target => target.Status != MemberStatus.Down)
            .Aggregate(Membership!, (membership, target) => membership.With(target.Copy(MemberStatus.Down)));
        if (next == Membership) return;
        Change(next, now);
        Advance(now);
    }

    /// <summary>All steps that the authority can take now.</summary>
    private void Advance(TimeSpan now)
    {
        while (IsAuthority && IsConverged && NextStep() is { } next) Change(next, now);
    }

    /// <summary>Everyone who counts is heard and knows this version.</summary>
    private bool IsConverged => Membership!.Members.Values.All(member => member.UniqueAddress == self
        || (IsUnreachable(member) ? IsGoing(member) : member.Status == MemberStatus.Down || _peers[member.UniqueAddress].SeenVersion >= Membership.Version));

    private Membership? NextStep()
    {
        var members = Membership!.Members.Values;
        // Itself last: with its own exit it hands over.
        if (members.Where(IsGoing).OrderBy(member => member.UniqueAddress == self).FirstOrDefault() is { } going) return Membership.Without(going);
        if (members.Where(member => member.Status == MemberStatus.Leaving).OrderBy(member => member.UniqueAddress == self).FirstOrDefault() is { } leaving)
            return Membership.With(leaving.Copy(MemberStatus.Exiting));
        return members.FirstOrDefault(member => member.Status == MemberStatus.Joining) is { } joining ? Membership.Up(joining) : null;
    }
}
