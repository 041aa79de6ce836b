using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Protocol;

/// <summary>
/// Hosts in the one form that flags are read to and that addresses and printed commands have: a name in lower case, an IPv4
/// address, or an IPv6 address in brackets. Nodes compare addresses as text, so two forms would be two nodes.
/// </summary>
public static class HostName
{
    /// <summary>Reads a host.</summary>
    /// <exception cref="FormatException">It is none; the message goes after the flag.</exception>
    public static string Parse(string text)
    {
        if (IPAddress.TryParse(text, out var address)) return Of(address);
        if (text.Length == 0 || text.IndexOfAny(['[', ']', ':', '/', '@', '%', '"', '\\']) >= 0 || text.Any(char.IsWhiteSpace))
            throw new FormatException("give a name, an IPv4 address or an IPv6 address");
        return text.ToLowerInvariant();
    }

    /// <summary>Reads <c>HOST:PORT</c>.</summary>
    /// <exception cref="FormatException">It is none; the message goes after the flag.</exception>
    public static (string Host, int Port) ParseWithPort(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            throw new FormatException("give HOST:PORT, such as 127.0.0.1:4053 or [::1]:4053");
        var host = text[..colon];
        // Which of its colons would end the address?
        if (host.Contains(':') && !host.StartsWith('[')) throw new FormatException($"put an IPv6 address in brackets, such as [{host}]:{port}");
        return (Parse(host), port);
    }

    /// <summary>An address as a host.</summary>
    /// <exception cref="FormatException">It is one that only means something together with an interface.</exception>
    public static string Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.IsIPv6LinkLocal) throw new FormatException("a link-local address means something on one machine's interface only; give another");
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
    }

    /// <summary>The address to listen on for a host: that address itself; of a name its IPv4 address, or else its IPv6 address.</summary>
    /// <returns>Null where the name stands for no address.</returns>
    public static IPAddress? Resolve(string host) =>
        Addresses(host) is { Count: > 0 } found ? found.FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork, found[0]) : null;

    /// <summary>What a host stands for; nothing where it is a name that stands for no address.</summary>
    public static IReadOnlyList<IPAddress> Addresses(string host)
    {
        if (IPAddress.TryParse(host, out var address)) return [address];
        try
        {
            return Dns.GetHostAddresses(host);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return [];
        }
    }

    /// <summary>Whether a host can be reached over IPv6 alone.</summary>
    public static bool IsIPv6Only(string host) =>
        Addresses(host) is { Count: > 0 } found && found.All(address => address.AddressFamily == AddressFamily.InterNetworkV6);

    /// <summary>The address that packets to a host leave from, in this form; sends none.</summary>
    /// <exception cref="UserErrorException">The name stands for no address, or there is no way to any of them.</exception>
    public static string LocalTowards(string host)
    {
        var problem = "it stands for no address";
        foreach (var target in Addresses(host))
        {
            try
            {
                using var socket = new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
                socket.Connect(target, 9);
                return Of(((IPEndPoint)socket.LocalEndPoint!).Address);
            }
            catch (Exception e) when (e is SocketException or FormatException)
            {
                problem = e.Message;
            }
        }
        throw new UserErrorException($"--join: there is no way to {host} ({problem}); check the name");
    }
}
