using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace MiniBatch.Processes.Harness;

/// <summary>
/// Two places with a network of their own and one wire between them, to be cut: what two machines are. Nothing of it touches this
/// machine's network, so every wire has the same addresses.
/// </summary>
internal sealed class Wire : IDisposable
{
    /// <summary>The near place's address.</summary>
    public const string NearAddress = "10.0.0.1";

    /// <summary>The near place's name where <see cref="LayIPv6"/> laid the wire; it stands for an IPv6 address alone.</summary>
    public const string NearName = "near.test";

    /// <summary>That address.</summary>
    public const string NearIPv6Address = "fd00:aa::1";

    /// <summary>The near place's address as the far place knows it, where the wire translates (RFC 5737 keeps it for such).</summary>
    public const string OuterAddress = "192.0.2.1";

    private const string FarAddress = "10.0.0.2";
    private const string FarIPv6Address = "fd00:aa::2";
    private const string Interface = "wire";
    private const string NamePrefix = "minibatch-test-";
    private const string Namespaces = "/run/netns";

    private static int _count;

    private readonly string _near;
    private readonly string _far;
    private readonly string _sockets;
    private readonly List<TunDevice> _ends = [];
    private string? _nearHosts;
    private string? _farHosts;

    private Wire(string home)
    {
        // A wire a process and a number: tests of several checkouts run side by side.
        var name = $"{NamePrefix}{Environment.ProcessId}-{Interlocked.Increment(ref _count)}";
        (_near, _far) = ($"{name}-near", $"{name}-far");
        _sockets = Directory.CreateDirectory(Path.Combine(home, "sockets")).FullName;
    }

    /// <summary>What a program at the near end is started by. Its Unix sockets lie where only this end sees them.</summary>
    public IReadOnlyList<string> Near => ["ip", "netns", "exec", _near, "env", $"TMPDIR={_sockets}", .. Names(_nearHosts)];

    /// <summary>What a program at the far end is started by. As another machine it does not see the near end's sockets.</summary>
    public IReadOnlyList<string> Far => ["ip", "netns", "exec", _far, "sh", "-c", "mount -t tmpfs tmpfs \"$0\" && exec \"$@\"", _sockets, .. Names(_farHosts)];

    /// <summary>What carries packets to the far end where <see cref="LayBad"/> laid the wire.</summary>
    public PacketRelay? ToFar { get; private set; }

    /// <summary>What carries packets to the near end where <see cref="LayBad"/> laid the wire.</summary>
    public PacketRelay? ToNear { get; private set; }

    private static IEnumerable<string> Names(string? hosts) =>
        hosts is null ? [] : ["sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"", hosts];

    /// <summary>Lays a wire.</summary>
    /// <param name="home">A directory of the test's, for the near end's sockets.</param>
    /// <param name="problem">Why this user or system can't; empty where it could.</param>
    public static Wire? Lay(string home, out string problem) => Lay(home, $"{NearAddress}/30", $"{FarAddress}/30", out problem);

    /// <summary>Lays a wire between places that have no IPv4 but their loopback.</summary>
    /// <inheritdoc cref="Lay(string, out string)" />
    public static Wire? LayIPv6(string home, out string problem)
    {
        // "nodad": an address that is still looked for on the wire can't be listened on.
        var wire = Lay(home, $"{NearIPv6Address}/64 nodad", $"{FarIPv6Address}/64 nodad", out problem);
        if (wire is null) return null;
        wire._nearHosts = wire._farHosts = Hosts(home, "hosts", NearIPv6Address, "::1");
        return wire;
    }

    /// <summary>
    /// Lays a wire that is as good as it is said to be, both ways. It translates: by the near place's name the far place reaches
    /// <see cref="OuterAddress"/>, which nobody in the near place has.
    /// </summary>
    /// <inheritdoc cref="Lay(string, out string)" />
    public static Wire? LayBad(string home, NetworkQuality quality, out string problem)
    {
        var wire = Lay(home, $"{NearAddress}/30", $"{FarAddress}/30", out problem, wire => wire.Relay(quality));
        if (wire is null) return null;
        Ip($"-n {wire._far} route add {OuterAddress} dev {Interface}");
        wire._nearHosts = Hosts(home, "near-hosts", NearAddress, "127.0.0.1");
        wire._farHosts = Hosts(home, "far-hosts", OuterAddress, "127.0.0.1");
        return wire;
    }

    private static string Hosts(string home, string file, string nearAddress, string loopback)
    {
        var path = Path.Combine(home, file);
        File.WriteAllText(path, $"{loopback} localhost\n{nearAddress} {NearName}\n");
        return path;
    }

    private static Wire? Lay(string home, string near, string far, out string problem, Action<Wire>? lay = null)
    {
        RemoveLeftovers();
        var wire = new Wire(home);
        try
        {
            Ip($"netns add {wire._near}");
            Ip($"netns add {wire._far}");
            if (lay is null) Ip($"link add {Interface} netns {wire._near} type veth peer name {Interface} netns {wire._far}");
            else lay(wire);
            foreach (var (place, address) in new[] { (wire._near, near), (wire._far, far) })
            {
                Ip($"-n {place} address add {address} dev {Interface}");
                Ip($"-n {place} link set lo up");
                Ip($"-n {place} link set {Interface} up");
            }
            problem = "";
            return wire;
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            wire.Dispose();
            problem = $"network namespaces need root and ip: {e.Message}";
            return null;
        }
    }

    private void Relay(NetworkQuality quality)
    {
        foreach (var place in new[] { _near, _far })
        {
            var name = $"mb{Environment.ProcessId}-{_ends.Count}";   // for a moment, among this machine's own
            _ends.Add(new TunDevice(name));
            Ip($"link set {name} netns {place} name {Interface}");
        }
        var (inside, outside) = (IPAddress.Parse(NearAddress), IPAddress.Parse(OuterAddress));
        ToFar = new PacketRelay(_ends[0], _ends[1], quality, new Translation(Translation.Field.Source, inside, outside));
        ToNear = new PacketRelay(_ends[1], _ends[0], quality, new Translation(Translation.Field.Destination, outside, inside));
    }

    /// <summary>Takes the far end's interface down: what either end sends is lost, and neither is told.</summary>
    public void Cut() => Ip($"-n {_far} link set {Interface} down");

    /// <summary>Brings it up again.</summary>
    public void Mend() => Ip($"-n {_far} link set {Interface} up");

    /// <summary>Removes both places; programs that are still there keep theirs until they end.</summary>
    public void Dispose()
    {
        ToFar?.Dispose();
        ToNear?.Dispose();
        foreach (var end in _ends) end.Dispose();
        foreach (var place in new[] { _near, _far }) Remove(place);
    }

    /// <summary>Test processes that were killed could not clean up.</summary>
    private static void RemoveLeftovers()
    {
        if (!Directory.Exists(Namespaces)) return;
        foreach (var place in Directory.GetFiles(Namespaces, $"{NamePrefix}*").Select(path => Path.GetFileName(path)!))
        {
            if (int.TryParse(place[NamePrefix.Length..].Split('-')[0], CultureInfo.InvariantCulture, out var process) && !Directory.Exists($"/proc/{process}"))
                Remove(place);
        }
    }

    private static void Remove(string place)
    {
        try
        {
            if (File.Exists(Path.Combine(Namespaces, place))) Ip($"netns delete {place}");
        }
        catch (InvalidOperationException)
        {
            // Another test process was faster.
        }
    }

    private static void Ip(string arguments)
    {
        using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        var error = ip.StandardError.ReadToEnd();
        ip.WaitForExit();
        if (ip.ExitCode != 0) throw new InvalidOperationException($"ip {arguments}: {error.Trim()}");
    }
}
