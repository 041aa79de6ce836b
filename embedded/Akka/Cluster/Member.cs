using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>Where a member is in its life: Joining → Up → Leaving → Exiting → Removed, or Down → Removed.</summary>
public enum MemberStatus
{
    Joining,
    Up,
    Leaving,
    Exiting,
    Down,
    Removed,

    /// <summary>Not used by this engine.</summary>
    WeaklyUp,
}

/// <summary>A member of a cluster as it was at one time. Two are equal if they are the same incarnation.</summary>
public class Member : IComparable<Member>, IComparable
{
    /// <summary>By host and port.</summary>
    public static readonly IComparer<Address> AddressOrdering = Address.Comparer;

    /// <summary>The oldest first; those that never were Up come last.</summary>
    public static readonly IComparer<Member> AgeOrdering = Comparer<Member>.Create((a, b) => a.Equals(b) ? 0 : a.IsOlderThan(b) ? -1 : 1);

    internal Member(UniqueAddress uniqueAddress, int upNumber, MemberStatus status, ImmutableHashSet<string> roles) =>
        (UniqueAddress, UpNumber, Status, Roles) = (uniqueAddress, upNumber, status, roles);

    public UniqueAddress UniqueAddress { get; }

    public MemberStatus Status { get; }

    /// <summary>From <c>akka.cluster.roles</c> of its system.</summary>
    public ImmutableHashSet<string> Roles { get; }

    public Address Address => UniqueAddress.Address;

    /// <summary>Counts those that came up; the greatest number before that.</summary>
    internal int UpNumber { get; }

    public bool HasRole(string role) => Roles.Contains(role);

    /// <summary>True if it came up before <paramref name="other"/>.</summary>
    public bool IsOlderThan(Member other) =>
        UpNumber == other.UpNumber ? AddressOrdering.Compare(Address, other.Address) < 0 : UpNumber < other.UpNumber;

    public Member Copy(MemberStatus status) => status == Status ? this : new Member(UniqueAddress, UpNumber, status, Roles);

    public Member CopyUp(int upNumber) => new(UniqueAddress, upNumber, MemberStatus.Up, Roles);

    public int CompareTo(Member? other) => UniqueAddress.CompareTo(other?.UniqueAddress);

    int IComparable.CompareTo(object? obj) => CompareTo(obj as Member);

    public override bool Equals(object? obj) => obj is Member other && UniqueAddress.Equals(other.UniqueAddress);

    public override int GetHashCode() => UniqueAddress.GetHashCode();

    public override string ToString() => $"Member(address = {Address}, Uid={UniqueAddress.Uid} status = {Status}, role=[{string.Join(",", Roles)}], upNumber={UpNumber})";
}
