namespace Akka.Actor;

/// <summary>
/// Where an actor system is reached: "akka.tcp://system@host:port", or "akka://system" for what is local.
/// Two addresses are the same only if they are written the same: 127.0.0.1 is not localhost.
/// </summary>
public sealed class Address : IEquatable<Address>, IComparable<Address>
{
    /// <summary>Orders by host, port, protocol and system.</summary>
    public static readonly IComparer<Address> Comparer = Comparer<Address>.Create((a, b) => a.CompareTo(b));

    public Address(string protocol, string system, string? host = null, int? port = null) =>
        (Protocol, System, Host, Port) = (protocol, system, host!, port);

    /// <summary>"akka.tcp", or "akka" for a local one.</summary>
    public string Protocol { get; }

    /// <summary>The actor system's name.</summary>
    public string System { get; }

    /// <summary>Null where the address is local.</summary>
    public string Host { get; }

    /// <summary>Null where the address is local.</summary>
    public int? Port { get; }

    /// <summary>No host: it means the same system to everyone who says it.</summary>
    public bool HasLocalScope => string.IsNullOrEmpty(Host);

    /// <summary>A host: it can be reached from elsewhere.</summary>
    public bool HasGlobalScope => !HasLocalScope;

    /// <summary>Reads an address.</summary>
    /// <exception cref="UriFormatException">Not an address.</exception>
    public static Address Parse(string address) =>
        TryParse(address, out var parsed) ? parsed : throw new UriFormatException($"Cannot parse address [{address}]");

    /// <summary>Reads an address, or the address part of an actor's path.</summary>
    public static bool TryParse(string path, out Address address) => TryParse(path, out address, out _);

    /// <summary>Reads the address part of an actor's path and gives the rest, from its first '/'.</summary>
    public static bool TryParse(string path, out Address address, out string absolutUri)
    {
        (address, absolutUri) = (null!, "");
        var scheme = path?.IndexOf("://", StringComparison.Ordinal) ?? -1;
        if (scheme < 0 || !path!.StartsWith("akka", StringComparison.Ordinal)) return false;
        var slash = path.IndexOf('/', scheme + 3);
        var authority = slash < 0 ? path[(scheme + 3)..] : path[(scheme + 3)..slash];
        absolutUri = slash < 0 ? "/" : path[slash..];
        var (protocol, at) = (path[..scheme], authority.IndexOf('@'));
        if (at < 0)
        {
            if (authority.Length == 0 || authority.Contains(':')) return false;
            address = new Address(protocol, authority);
            return true;
        }
        var colon = authority.LastIndexOf(':');
        if (at == 0 || colon <= at + 1 || !ushort.TryParse(authority.AsSpan(colon + 1), out var port)) return false;
        address = new Address(protocol, authority[..at], authority[(at + 1)..colon], port);
        return true;
    }

    /// <summary>"system@host:port".</summary>
    public string HostPort() => HasLocalScope ? System : $"{System}@{Host}:{Port}";

    public Address WithHost(string? host = null) => new(Protocol, System, host, Port);

    public Address WithPort(int? port = null) => new(Protocol, System, Host, port);

    public Address WithProtocol(string protocol) => new(protocol, System, Host, Port);

    public Address WithSystem(string system) => new(Protocol, system, Host, Port);

    public int CompareTo(Address? other)
    {
        if (other is null) return 1;
        var byHost = string.CompareOrdinal(Host, other.Host);
        if (byHost != 0) return byHost;
        var byPort = (Port ?? 0).CompareTo(other.Port ?? 0);
        if (byPort != 0) return byPort;
        var byProtocol = string.CompareOrdinal(Protocol, other.Protocol);
        return byProtocol != 0 ? byProtocol : string.CompareOrdinal(System, other.System);
    }

    public bool Equals(Address? other) =>
        other is not null && Port == other.Port && Host == other.Host && System == other.System && Protocol == other.Protocol;

    public override bool Equals(object? obj) => Equals(obj as Address);

    public override int GetHashCode() => HashCode.Combine(Protocol, System, Host, Port);

    public override string ToString() => $"{Protocol}://{HostPort()}";

    public static bool operator ==(Address? left, Address? right) => Equals(left, right);

    public static bool operator !=(Address? left, Address? right) => !Equals(left, right);
}
