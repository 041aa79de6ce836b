using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;

namespace MiniBatch.Contracts;

/// <summary>Membership cores on a simulated network that loses, delays and doubles messages, and on simulated time.</summary>
internal sealed class MembershipSimulation(int seed)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly Random _random = new(seed);
    private readonly List<(TimeSpan Due, Node From, Address To, byte[] Bytes)> _onTheWay = [];
    private int _nextUid = 1;

    public List<Node> Nodes { get; } = [];

    public TimeSpan Now { get; private set; }

    /// <summary>Chance that a message is lost, and that one is doubled.</summary>
    public double Trouble { get; set; }

    /// <summary>True cuts the way between two addresses.</summary>
    public Func<Address, Address, bool> IsCut { get; set; } = (_, _) => false;

    public Node Add(int port)
    {
        var address = new Address("akka.tcp", "main", "127.0.0.1", port);
        var node = new Node(new UniqueAddress(address, _nextUid++), new ClusterOptions
        {
            Downing = DowningStrategy.KeepOldest,
            DownIfAlone = false,
            StableAfter = TimeSpan.FromSeconds(3),
        });
        Nodes.Add(node);
        node.Core.JoinSeeds([address.WithPort(1)], Now);
        return node;
    }

    /// <summary>As kill -9: it says nothing more and hears nothing more.</summary>
    public void Kill(Node node) => Nodes.Remove(node);

    /// <summary>Runs until <paramref name="done"/>; false if it does not come true within simulated time.</summary>
    public bool RunUntil(Func<bool> done, double seconds = 120)
    {
        for (var end = Now + TimeSpan.FromSeconds(seconds); Now < end; Now += Step)
        {
            if (done()) return true;
            foreach (var node in Nodes.Where(node => node.Core.Ended == null).ToList()) node.Core.Tick(Now);
            Deliver();
            Assert.InRange(Authorities(), 0, IsWhole ? 1 : Nodes.Count);
        }
        return done();
    }

    public void Run(double seconds) => RunUntil(() => false, seconds);

    /// <summary>All living nodes show the same members, all Up and heard, and these are the living nodes.</summary>
    public bool Agree()
    {
        var living = Nodes.Where(node => node.Core.Ended == null).ToList();
        return living.All(node => node.Core.Membership is { } membership && node.Core.Unreachable.IsEmpty
            && membership.Members.Values.All(member => member.Status == MemberStatus.Up)
            && membership.Members.Keys.ToHashSet().SetEquals(living.Select(one => one.Self))
            && membership.Version == living[0].Core.Membership!.Version);
    }

    /// <summary>While nothing was ever cut, at most one node may think that it decides, at one version of one cluster.</summary>
    public bool IsWhole { get; set; } = true;

    private int Authorities() => Nodes.Where(node => node.Core is { Ended: null, Membership: not null })
        .GroupBy(node => (node.Core.Membership!.ClusterId, node.Core.Membership.Version))
        .Select(group => group.Count(node => node.Core.Membership!.Authority()!.UniqueAddress == node.Self)).DefaultIfEmpty(0).Max();

    private void Deliver()
    {
        foreach (var node in Nodes)
        {
            foreach (var (to, message) in node.Core.TakeOutbox())
            {
                if (_random.NextDouble() < Trouble || IsCut(node.Self.Address, to)) continue;
                var stream = new MemoryStream();
                message.Write(new BinaryWriter(stream));
                for (var copies = _random.NextDouble() < Trouble ? 2 : 1; copies > 0; copies--)
                    _onTheWay.Add((Now + TimeSpan.FromMilliseconds(_random.Next(0, 400)), node, to, stream.ToArray()));
            }
        }
        foreach (var letter in _onTheWay.Where(letter => letter.Due <= Now).OrderBy(letter => letter.Due).ToList())
        {
            _onTheWay.Remove(letter);
            if (Nodes.Find(node => node.Self.Address == letter.To) is { Core.Ended: null } receiver)
                receiver.Core.Receive(letter.From.Self, ClusterMessage.Read(new BinaryReader(new MemoryStream(letter.Bytes))), Now);
        }
    }

    internal sealed record Node(UniqueAddress Self, ClusterOptions Options)
    {
        public ClusterCore Core { get; } = new(Self, Options);
    }
}
