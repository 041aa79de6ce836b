using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

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

    private const string FarAddress = "10.0.0.2";
    private const string FarIPv6Address = "fd00:aa::2";
    private const string Interface = "wire";
    private const string NamePrefix = "minibatch-test-";
    private const string Namespaces = "/run/netns";

    private static int _count;

    private readonly string _near;
    private readonly string _far;
    private readonly string _sockets;
    private string? _hosts;

    private Wire(string home)
    {
        // A wire a process and a number: tests of several checkouts run side by side.
        var name = $"{NamePrefix}{Environment.ProcessId}-{Interlocked.Increment(ref _count)}";
        (_near, _far) = ($"{name}-near", $"{name}-far");
        _sockets = Directory.CreateDirectory(Path.Combine(home, "sockets")).FullName;
    }

    /// <summary>What a program at the near end is started by. Its Unix sockets lie where only this end sees them.</summary>
    public IReadOnlyList<string> Near => ["ip", "netns", "exec", _near, "env", $"TMPDIR={_sockets}", .. Names];

    /// <summary>What a program at the far end is started by. As another machine it does not see the near end's sockets.</summary>
    public IReadOnlyList<string> Far => ["ip", "netns", "exec", _far, "sh", "-c", "mount -t tmpfs tmpfs \"$0\" && exec \"$@\"", _sockets, .. Names];

    private IEnumerable<string> Names => _hosts is null ? [] : ["sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"", _hosts];

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
        wire._hosts = Path.Combine(home, "hosts");
        File.WriteAllText(wire._hosts, $"::1 localhost\n{NearIPv6Address} {NearName}\n");
        return wire;
    }

    private static Wire? Lay(string home, string near, string far, out string problem)
    {
        RemoveLeftovers();
        var wire = new Wire(home);
        try
        {
            Ip($"netns add {wire._near}");
            Ip($"netns add {wire._far}");
            Ip($"link add {Interface} netns {wire._near} type veth peer name {Interface} netns {wire._far}");
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

    /// <summary>Takes the far end's interface down: what either end sends is lost, and neither is told.</summary>
    public void Cut() => Ip($"-n {_far} link set {Interface} down");

    /// <summary>Brings it up again.</summary>
    public void Mend() => Ip($"-n {_far} link set {Interface} up");

    /// <summary>Removes both places; programs that are still there keep theirs until they end.</summary>
    public void Dispose()
    {
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
