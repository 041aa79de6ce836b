using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>Between the cores of members; version 1 of the engine's protocol (see the handshake).</summary>
internal abstract record ClusterMessage
{
    /// <summary>Joiner → seed, passed on to the authority: take me in. Repeated until a <see cref="Gossip"/> names the joiner.</summary>
    internal sealed record Join(UniqueAddress Node, ImmutableHashSet<string> Roles) : ClusterMessage;

    /// <summary>The membership; to all after a change, to one that is behind, to one that was removed.</summary>
    internal sealed record Gossip(Membership Membership) : ClusterMessage;

    /// <summary>To all, every interval, and at once in answer to gossip: I live, and I know this version.</summary>
    internal sealed record Heartbeat(Guid ClusterId, long SeenVersion) : ClusterMessage;

    /// <summary>To the authority: this member wants to leave. Repeated until it shows.</summary>
    internal sealed record Leave(Address Address) : ClusterMessage;

    /// <summary>To the authority, or to who would be without the target: this member is to be taken for dead.</summary>
    internal sealed record Down(Address Address) : ClusterMessage;

    public void Write(BinaryWriter to)
    {
        switch (this)
        {
            case Join join:
                to.Write((byte)1);
                Write(to, join.Node);
                Write(to, join.Roles);
                break;
            case Gossip gossip:
                to.Write((byte)2);
                gossip.Membership.Write(to);
                break;
            case Heartbeat beat:
                to.Write((byte)3);
                to.Write(beat.ClusterId.ToByteArray());
                to.Write(beat.SeenVersion);
                break;
            case Leave leave:
                to.Write((byte)4);
                to.Write(leave.Address.ToString());
                break;
            case Down down:
                to.Write((byte)5);
                to.Write(down.Address.ToString());
                break;
        }
    }

    /// <exception cref="InvalidDataException">Not a message of this protocol.</exception>
    public static ClusterMessage Read(BinaryReader from) => from.ReadByte() switch
    {
        1 => new Join(ReadNode(from), ReadRoles(from)),
        2 => new Gossip(Membership.Read(from)),
        3 => new Heartbeat(new Guid(from.ReadBytes(16)), from.ReadInt64()),
        4 => new Leave(Address.Parse(from.ReadString())),
        5 => new Down(Address.Parse(from.ReadString())),
        var kind => throw new InvalidDataException($"a membership message of unknown kind {kind}"),
    };

    public static void Write(BinaryWriter to, UniqueAddress node)
    {
        to.Write(node.Address.ToString());
        to.Write(node.Uid);
    }

    public static UniqueAddress ReadNode(BinaryReader from) => new(Address.Parse(from.ReadString()), from.ReadInt32());

    public static void Write(BinaryWriter to, ImmutableHashSet<string> roles)
    {
        to.Write7BitEncodedInt(roles.Count);
        foreach (var role in roles) to.Write(role);
    }

    public static ImmutableHashSet<string> ReadRoles(BinaryReader from)
    {
        var roles = ImmutableHashSet.CreateBuilder<string>();
        for (var left = from.Read7BitEncodedInt(); left > 0; left--) roles.Add(from.ReadString());
        return roles.ToImmutable();
    }
}
