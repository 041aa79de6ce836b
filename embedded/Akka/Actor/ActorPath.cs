namespace Akka.Actor;

/// <summary>
/// The place of an actor in its system: address and names from the root. The uid tells one actor from a later one at
/// the same place; paths are equal without it, references are not.
/// </summary>
public abstract class ActorPath : IEquatable<ActorPath>, IComparable<ActorPath>
{
    /// <summary>What a name may hold besides letters and digits of ASCII.</summary>
    public static readonly string ValidSymbols = "\"-_.*$+:@&=,!~';()";

    private readonly ActorPath? _parent;

    protected ActorPath(Address address, string name) => (Address, Name) = (address, name);

    protected ActorPath(ActorPath parentPath, string name, long uid) =>
        (Address, Name, Uid, _parent, Depth) = (parentPath.Address, name, uid, parentPath, parentPath.Depth + 1);

    /// <summary>The last name; "" for a root.</summary>
    public string Name { get; }

    public Address Address { get; }

    /// <summary>0 where it is not known.</summary>
    public long Uid { get; }

    /// <summary>The root is its own parent.</summary>
    public ActorPath Parent => _parent ?? this;

    /// <summary>Names from the root; 0 for a root.</summary>
    public int Depth { get; }

    public ActorPath Root => ParentOf(0);

    /// <summary>Names from the root, without its empty one.</summary>
    public IReadOnlyList<string> Elements
    {
        get
        {
            var elements = new string[Depth];
            for (var at = this; at._parent is { } parent; at = parent) elements[at.Depth - 1] = at.Name;
            return elements;
        }
    }

    /// <summary>True for a name that <c>ActorOf</c> takes: not empty, no leading '$', ASCII and <see cref="ValidSymbols"/>, or %HH.</summary>
    public static bool IsValidPathElement(string s)
    {
        if (string.IsNullOrEmpty(s) || s[0] == '$') return false;
        for (var i = 0; i < s.Length; i++)
        {
            if (char.IsAsciiLetterOrDigit(s[i]) || ValidSymbols.Contains(s[i])) continue;
            if (s[i] != '%' || i + 2 >= s.Length || !char.IsAsciiHexDigit(s[i + 1]) || !char.IsAsciiHexDigit(s[i + 2])) return false;
            i += 2;
        }
        return true;
    }

    /// <summary>Reads "akka.tcp://system@host:port/user/name#uid".</summary>
    /// <exception cref="UriFormatException">Not a path.</exception>
    public static ActorPath Parse(string path) =>
        TryParse(path, out var parsed) ? parsed : throw new UriFormatException($"Can not parse an ActorPath: {path}");

    public static bool TryParse(string path, out ActorPath actorPath)
    {
        actorPath = null!;
        if (!Address.TryParse(path, out var address, out var rest)) return false;
        long uid = 0;
        var hash = rest.LastIndexOf('#');
        if (hash >= 0 && !long.TryParse(rest.AsSpan(hash + 1), out uid)) return false;
        actorPath = new RootActorPath(address);
        foreach (var name in (hash < 0 ? rest : rest[..hash]).Split('/', StringSplitOptions.RemoveEmptyEntries))
            actorPath = new ChildActorPath(actorPath, name, 0);
        if (uid != 0) actorPath = actorPath.WithUid(uid);
        return true;
    }

    public ActorPath Child(string childName) => this / childName;

    /// <summary>The ancestor at a depth; a negative one counts from the end.</summary>
    public ActorPath ParentOf(int depth)
    {
        var at = this;
        for (var wanted = depth < 0 ? Depth + depth : depth; at.Depth > wanted; at = at.Parent) { }
        return at;
    }

    public ActorPath WithUid(long uid) => _parent == null ? this : new ChildActorPath(_parent, Name, uid);

    /// <summary>"/user/name".</summary>
    public string ToStringWithoutAddress() => "/" + string.Join('/', Elements);

    public string ToStringWithAddress() => ToStringWithAddress(Address);

    /// <summary>With this path's own address, or with <paramref name="address"/> where its own has no host.</summary>
    public string ToStringWithAddress(Address address) =>
        (Address.HasLocalScope ? address : Address) + ToStringWithoutAddress();

    public string ToStringWithUid() => Uid == 0 ? ToStringWithAddress() : $"{ToStringWithAddress()}#{Uid}";

    public string ToSerializationFormat() => ToStringWithUid();

    /// <summary>What another system resolves to the same actor: a local path gets <paramref name="address"/>.</summary>
    public string ToSerializationFormatWithAddress(Address address) =>
        Uid == 0 ? ToStringWithAddress(address) : $"{ToStringWithAddress(address)}#{Uid}";

    public override string ToString() => ToStringWithAddress();

    public bool Equals(ActorPath? other)
    {
        if (other is null || Depth != other.Depth || Address != other.Address) return false;
        ActorPath a = this, b = other;
        while (a._parent is { } parentA && b._parent is { } parentB)
        {
            if (ReferenceEquals(a, b)) return true;
            if (a.Name != b.Name) return false;
            (a, b) = (parentA, parentB);
        }
        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    public override int GetHashCode() => HashCode.Combine(Address, Depth, Name);

    public int CompareTo(ActorPath? other) =>
        string.CompareOrdinal(ToStringWithAddress(), other?.ToStringWithAddress());

    public static ActorPath operator /(ActorPath path, string name)
    {
        var hash = name.LastIndexOf('#');
        return hash < 0 ? new ChildActorPath(path, name, 0) : new ChildActorPath(path, name[..hash], long.Parse(name.AsSpan(hash + 1)));
    }

    public static ActorPath operator /(ActorPath path, IEnumerable<string> name) =>
        name.Aggregate(path, (at, part) => part.Length == 0 ? at : at / part);

    public static bool operator ==(ActorPath? left, ActorPath? right) => Equals(left, right);

    public static bool operator !=(ActorPath? left, ActorPath? right) => !Equals(left, right);
}

/// <summary>The root of a system's actors.</summary>
public sealed class RootActorPath(Address address, string name = "") : ActorPath(address, name);

/// <summary>A place below another.</summary>
public sealed class ChildActorPath(ActorPath parentPath, string name, long uid) : ActorPath(parentPath, name, uid);
