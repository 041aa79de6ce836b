using Akka.Actor;

namespace Akka.Cluster;

/// <summary>One incarnation of a system at an address: a restart at the same address has another uid.</summary>
public class UniqueAddress : IEquatable<UniqueAddress>, IComparable<UniqueAddress>
{
    public UniqueAddress(Address address, int uid) => (Address, Uid) = (address, uid);

    public Address Address { get; }

    public int Uid { get; }

    public int CompareTo(UniqueAddress? uniqueAddress)
    {
        var byAddress = Address.CompareTo(uniqueAddress?.Address);
        return byAddress != 0 ? byAddress : Uid.CompareTo(uniqueAddress!.Uid);
    }

    public bool Equals(UniqueAddress? other) => other is not null && Uid == other.Uid && Address.Equals(other.Address);

    public override bool Equals(object? obj) => Equals(obj as UniqueAddress);

    public override int GetHashCode() => Uid;

    public override string ToString() => $"UniqueAddress: ({Address}, {Uid})";

    public static bool operator ==(UniqueAddress? left, UniqueAddress? right) => Equals(left, right);

    public static bool operator !=(UniqueAddress? left, UniqueAddress? right) => !Equals(left, right);
}
