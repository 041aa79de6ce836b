using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>
/// Who is in the cluster: what the authority decides and everyone else repeats. Immutable; a later version replaces an
/// earlier one of the same cluster, and clusters never merge.
/// </summary>
/// <param name="ClusterId">Drawn by the node that formed the cluster.</param>
/// <param name="Version">Rises with every change.</param>
/// <param name="Members">By incarnation.</param>
/// <param name="Removed">Who was removed, and from which status; the latest <see cref="RemovedMax"/>.</param>
internal sealed record Membership(
    Guid ClusterId, long Version, ImmutableSortedDictionary<UniqueAddress, Member> Members, ImmutableList<Member> Removed)
{
    /// <summary>A node that was away for longer than so many removals learns its own from its quarantine.</summary>
    public const int RemovedMax = 128;

    /// <summary>By reference: members are equal by incarnation alone, and setting an equal one would change nothing.</summary>
    private static readonly ImmutableSortedDictionary<UniqueAddress, Member> NoMembers =
        ImmutableSortedDictionary.Create<UniqueAddress, Member>(null, ReferenceEqualityComparer.Instance);

    public static Membership Form(Member first) => new(Guid.NewGuid(), 1, NoMembers.Add(first.UniqueAddress, first), []);

    public Member? Find(UniqueAddress node) => Members.GetValueOrDefault(node);

    public Member? FindAt(Address address) => Members.Values.FirstOrDefault(member => member.Address == address);

    public Member? FindRemoved(UniqueAddress node) => Removed.FirstOrDefault(member => member.UniqueAddress == node);

    /// <summary>
    /// Who alone may change the membership: the oldest that is Up or Leaving, reachable or not; where there is none, the
    /// oldest that is left. Those in <paramref name="passed"/> do not count.
    /// </summary>
    public Member? Authority(Func<Member, bool>? passed = null)
    {
        var able = Members.Values.Where(member => member.Status != MemberStatus.Down && passed?.Invoke(member) != true).ToList();
        return Oldest(able.Where(member => member.Status is MemberStatus.Up or MemberStatus.Leaving)) ?? Oldest(able);
    }

    /// <summary>A new member, or a known one with another status.</summary>
    // Not SetItem: members are equal whatever their status, so it would keep the old one.
    public Membership With(Member member) =>
        this with { Version = Version + 1, Members = Members.Remove(member.UniqueAddress).Add(member.UniqueAddress, member) };

    public Membership Up(Member member) => With(member.CopyUp(1 + Members.Values.Where(IsNumbered).Select(one => one.UpNumber).DefaultIfEmpty(0).Max()));

    public Membership Without(Member member) => this with
    {
        Version = Version + 1,
        Members = Members.Remove(member.UniqueAddress),
        Removed = Removed.Add(member).Skip(Math.Max(0, Removed.Count + 1 - RemovedMax)).ToImmutableList(),
    };

    public void Write(BinaryWriter to)
    {
        to.Write(ClusterId.ToByteArray());
        to.Write(Version);
        Write(to, Members.Values.ToList());
        Write(to, Removed);
    }

    public static Membership Read(BinaryReader from)
    {
        var id = new Guid(from.ReadBytes(16));
        var version = from.ReadInt64();
        var members = NoMembers.SetItems(ReadMembers(from).Select(member => KeyValuePair.Create(member.UniqueAddress, member)));
        return new Membership(id, version, members, [.. ReadMembers(from)]);
    }

    private static bool IsNumbered(Member member) => member.UpNumber != int.MaxValue;

    private static Member? Oldest(IEnumerable<Member> members) => members.Order(Member.AgeOrdering).FirstOrDefault();

    private static void Write(BinaryWriter to, IReadOnlyCollection<Member> members)
    {
        to.Write7BitEncodedInt(members.Count);
        foreach (var member in members)
        {
            ClusterMessage.Write(to, member.UniqueAddress);
            to.Write((byte)member.Status);
            to.Write(member.UpNumber);
            ClusterMessage.Write(to, member.Roles);
        }
    }

    private static List<Member> ReadMembers(BinaryReader from)
    {
        var members = new List<Member>();
        for (var left = from.Read7BitEncodedInt(); left > 0; left--)
        {
            var (node, status, upNumber) = (ClusterMessage.ReadNode(from), (MemberStatus)from.ReadByte(), from.ReadInt32());
            members.Add(new Member(node, upNumber, status, ClusterMessage.ReadRoles(from)));
        }
        return members;
    }
}
