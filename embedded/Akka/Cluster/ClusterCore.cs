using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>
/// One node's part in the membership: a state machine without clock, thread or socket. It is told of messages, commands
/// and time, and leaves what is to be sent in <see cref="TakeOutbox"/>.
/// </summary>
/// <remarks>
/// The oldest member is the authority: it alone changes the membership, so versions never conflict. It does so only
/// while it hears everyone and everyone knows the latest version, as Akka.NET's leader does; an unreachable member must
/// come back or be downed first. Reachability is each node's own: everyone sends heartbeats to everyone.
/// </remarks>
internal sealed partial class ClusterCore(UniqueAddress self, ClusterOptions options)
{
    private readonly List<(Address To, ClusterMessage Message)> _outbox = [];
    private readonly Dictionary<UniqueAddress, Peer> _peers = [];
    private readonly HashSet<Address> _leaves = [];
    private ImmutableList<Address> _seeds = [];
    private TimeSpan _joiningSince;
    private TimeSpan _nextJoin;
    private TimeSpan _nextHeartbeat;
    private TimeSpan _stableSince;
    private (long Version, int Unreachable) _stable;

    /// <summary>Null until this node is a member.</summary>
    public Membership? Membership { get; private set; }

    /// <summary>Members that this node does not hear.</summary>
    public ImmutableHashSet<UniqueAddress> Unreachable { get; private set; } = [];

    /// <summary>Why this node's part has ended; null while it goes on.</summary>
    public string? Ended { get; private set; }

    /// <summary>Who is to be told what; once.</summary>
    public List<(Address To, ClusterMessage Message)> TakeOutbox()
    {
        List<(Address, ClusterMessage)> taken = [.. _outbox];
        _outbox.Clear();
        return taken;
    }

    /// <summary>Joins through any of <paramref name="seeds"/>; the first of them, if it is this node, forms the cluster.</summary>
    public void JoinSeeds(IEnumerable<Address> seeds, TimeSpan now)
    {
        if (Membership != null || Ended != null) return;
        (_seeds, _joiningSince, _nextJoin) = ([.. seeds], now, now);
        Tick(now);
    }

    public void Leave(Address address, TimeSpan now)
    {
        _leaves.Add(address);
        RepeatLeaves(now);
    }

    public void Down(Address address, TimeSpan now)
    {
        if (Membership == null || Ended != null || Membership.FindAt(address) is not { } target) return;
        if (DecidesDowning(target)) ApplyDown([target], now);
        else if (Decider(target) is { } decider) Send(decider.Address, new ClusterMessage.Down(address));
        if (address == self.Address) End("it was downed by this node itself");
    }

    /// <summary>A node says that this incarnation was removed.</summary>
    public void RemovedBy(Address address)
    {
        if (Membership?.FindAt(address) != null) End($"{address} has removed it");
    }

    public void Receive(UniqueAddress from, ClusterMessage message, TimeSpan now)
    {
        if (Ended != null) return;
        Hear(from, now);
        switch (message)
        {
            case ClusterMessage.Join join: ReceiveJoin(join, now); break;
            case ClusterMessage.Gossip gossip: ReceiveGossip(from, gossip.Membership, now); break;
            case ClusterMessage.Heartbeat beat: ReceiveHeartbeat(from, beat, now); break;
            case ClusterMessage.Leave leave: ReceiveLeave(leave.Address, now); break;
            case ClusterMessage.Down down when Membership?.FindAt(down.Address) is { } target && DecidesDowning(target): ApplyDown([target], now); break;
        }
    }

    /// <summary>Whatever is due: attempts to join, heartbeats, unreachable members, downing, steps of the authority.</summary>
    public void Tick(TimeSpan now)
    {
        if (Ended != null) return;
        if (Membership == null)
        {
            TryJoin(now);
            return;
        }
        if (now >= _nextHeartbeat)
        {
            _nextHeartbeat = now + options.HeartbeatInterval;
            SendAll(new ClusterMessage.Heartbeat(Membership.ClusterId, Membership.Version));
            RepeatLeaves(now);
        }
        ObserveReachability(now);
        ResolveSplit(now);
        Advance(now);
    }

    private void TryJoin(TimeSpan now)
    {
        if (_seeds.IsEmpty || now < _nextJoin) return;
        _nextJoin = now + options.JoinInterval;
        var others = _seeds.Where(seed => seed != self.Address).ToList();
        foreach (var seed in others) Send(seed, new ClusterMessage.Join(self, options.Roles));
        if (_seeds[0] == self.Address && (others.Count == 0 || now - _joiningSince >= options.SeedNodeTimeout))
        {
            Membership = Membership.Form(new Member(self, int.MaxValue, MemberStatus.Joining, options.Roles));
            Advance(now);
        }
    }

    private void ReceiveJoin(ClusterMessage.Join join, TimeSpan now)
    {
        if (Membership == null) return;
        var authority = Membership.Authority();
        if (authority?.UniqueAddress != self)
        {
            if (authority != null && join.Node != self) Send(authority.Address, join);
        }
        else if (Membership.Find(join.Node) != null || Membership.FindRemoved(join.Node) != null)
        {
            Send(join.Node.Address, new ClusterMessage.Gossip(Membership));
        }
        else if (Membership.FindAt(join.Node.Address) is { } former)
        {
            // Its former incarnation is surely dead. It goes first; the joiner will ask again.
            if (former.Status != MemberStatus.Down) ApplyDown([former], now);
        }
        else
        {
            Change(Membership.With(new Member(join.Node, int.MaxValue, MemberStatus.Joining, join.Roles)), now);
            Advance(now);
        }
    }

    private void ReceiveGossip(UniqueAddress from, Membership theirs, TimeSpan now)
    {
        if (Membership != null && theirs.ClusterId != Membership.ClusterId) return;
        if (theirs.FindRemoved(self) is { } removed)
        {
            Membership = theirs;
            End(removed.Status == MemberStatus.Down ? "it was downed" : "it has left");
            return;
        }
        if (theirs.Find(self) is not { } me) return;
        if (me.Status == MemberStatus.Down)
        {
            Membership = theirs;
            End("it was downed");
            return;
        }
        if (Membership != null && theirs.Version < Membership.Version)
        {
            Send(from.Address, new ClusterMessage.Gossip(Membership));
            return;
        }
        if (Membership == null || theirs.Version > Membership.Version) Accept(theirs, now);
        Saw(from, theirs.Version);
        var beat = new ClusterMessage.Heartbeat(Membership!.ClusterId, Membership.Version);
        Send(from.Address, beat);
        // After a handover the new authority waits for us, not for who sent this.
        if (Membership.Authority() is { } authority && authority.UniqueAddress != self && authority.UniqueAddress != from) Send(authority.Address, beat);
        Advance(now);
    }

    private void ReceiveHeartbeat(UniqueAddress from, ClusterMessage.Heartbeat beat, TimeSpan now)
    {
        if (Membership == null || beat.ClusterId != Membership.ClusterId) return;
        Saw(from, beat.SeenVersion);
        if (beat.SeenVersion < Membership.Version) Send(from.Address, new ClusterMessage.Gossip(Membership));
        Advance(now);
    }

    private void ReceiveLeave(Address address, TimeSpan now)
    {
        if (!IsAuthority || Membership!.FindAt(address) is not { Status: MemberStatus.Up or MemberStatus.Joining } leaver) return;
        Change(Membership.With(leaver.Copy(MemberStatus.Leaving)), now);
        Advance(now);
    }

    private void RepeatLeaves(TimeSpan now)
    {
        if (Membership == null) return;
        _leaves.RemoveWhere(address => Membership.FindAt(address) is not { Status: MemberStatus.Up or MemberStatus.Joining });
        foreach (var address in _leaves.ToList())
        {
            if (IsAuthority) ReceiveLeave(address, now);
            else if (Membership.Authority() is { } authority) Send(authority.Address, new ClusterMessage.Leave(address));
        }
    }

    private void End(string reason) => Ended ??= reason;

    private void Send(Address to, ClusterMessage message) => _outbox.Add((to, message));

    private void SendAll(ClusterMessage message)
    {
        foreach (var member in Membership!.Members.Values.Where(member => member.UniqueAddress != self)) Send(member.Address, message);
    }

    /// <summary>What this node knows of another.</summary>
    private sealed class Peer
    {
        public TimeSpan LastHeard { get; set; }

        public long SeenVersion { get; set; }
    }
}
