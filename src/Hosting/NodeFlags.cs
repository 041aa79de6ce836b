using System.CommandLine;
using System.Net;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;

namespace MiniBatch.Hosting;

/// <summary>The flags that every node has: where it listens, what it calls itself, what it proves itself with.</summary>
public sealed class NodeFlags
{
    private readonly Option<string?> _host = Flag.Text("--host", "address to listen on [127.0.0.1: nobody from elsewhere; of a worker the one that reaches the coordinator]", "ADDRESS");
    private readonly Option<int?> _port;
    private readonly Option<string?> _publicHost = Flag.Text("--public-host", "name under which other nodes reach this one [--host, where that is an address of this machine; of a worker the one that reaches the coordinator]", "NAME");
    private readonly Option<string?> _secretFile = Flag.Path("--secret-file", $"file with the cluster's shared secret [the variable {SharedSecret.Variable}, which no listing of processes shows]", "FILE");
    private readonly Option<bool> _insecure = Flag.Switch("--insecure", "allow an address other than loopback without a secret [off: whoever reaches the port could send gradients]");
    private readonly Option<bool> _stay = Flag.Switch("--stay", "when the run is complete, stay until SIGTERM and end with 0 then [off: end with the run; whoever restarts what ends, as Kubernetes does, needs it on]");
    private readonly Option<int?> _httpPort = Flag.Port("--http-port", "port for health and metrics over HTTP, on --host or else 127.0.0.1, 0 for any that is free [none: they are not served]");
    private readonly TlsFlags _tls = new();
    private readonly Option<bool> _supervised = new("--supervised") { Hidden = true };

    /// <summary>The flags, with what the port defaults to.</summary>
    public NodeFlags(int defaultPort)
    {
        DefaultPort = defaultPort;
        _port = Flag.Port("--port", $"port for messages between nodes, 0 for any that is free [{defaultPort}: {(defaultPort == 0 ? "nobody needs to know it before" : "one that workers can know before")}]");
    }

    /// <summary>The coordinator's port, unless told otherwise.</summary>
    public const int CoordinatorPort = 4053;

    /// <summary>What <c>--port</c> is where it is not given.</summary>
    public int DefaultPort { get; }

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        command.AddFlags(HelpHeading.Place, _host, _port, _publicHost, _httpPort, _secretFile, _insecure, _stay, _supervised);
        _tls.AddTo(command);
        command.AddFlags(HelpHeading.Kept, TerminationLog.File);
    }

    /// <summary>Whether a parent holds this process's standard input.</summary>
    public bool IsSupervised(ParseResult parsed) => parsed.GetValue(_supervised);

    /// <summary>Whether a node outlives its run.</summary>
    public bool Stays(ParseResult parsed) => parsed.GetValue(_stay);

    /// <summary>Where health and metrics are served; null for nowhere.</summary>
    /// <remarks>A worker serves them before it knows which address reaches the coordinator, so without --host nobody from elsewhere sees them.</remarks>
    public IPEndPoint? Http(ParseResult parsed) => parsed.GetValue(_httpPort) is { } port
        ? new IPEndPoint(Host(parsed, _host) is { } host ? Resolve(host) : IPAddress.Loopback, port)
        : null;

    /// <summary>This node's TLS; null where it is to have none.</summary>
    /// <exception cref="UserErrorException">The files can't be used.</exception>
    public NodeCertificates? Certificates(ParseResult parsed) => _tls.Read(parsed) is { } files ? new NodeCertificates(files) : null;

    /// <summary>Reads the flags and checks that they go together.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="certificates">This process's; null for none.</param>
    /// <param name="defaultHost">The address where <c>--host</c> is not given; where that is every address and this no loopback, also
    /// the name that others are told.</param>
    /// <exception cref="UserErrorException">They don't.</exception>
    public NodeOptions Read(ParseResult parsed, NodeCertificates? certificates, string defaultHost)
    {
        var host = Host(parsed, _host) ?? defaultHost;
        var address = Resolve(host);
        var listensEverywhere = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        var publicHost = Host(parsed, _publicHost) ?? (listensEverywhere && !IPAddress.IsLoopback(IPAddress.Parse(defaultHost)) ? defaultHost : host);
        if (listensEverywhere && publicHost == host)
            throw Usage($"--host {host} listens everywhere; say with --public-host under which name other nodes reach this one");
        // Everywhere is also where others will dial.
        if (address.Equals(IPAddress.Any) && HostName.IsIPv6Only(publicHost)) address = IPAddress.IPv6Any;
        var secret = Secret(parsed);
        if (secret is null && !IPAddress.IsLoopback(address) && !parsed.GetValue(_insecure))
            throw Usage($"--host {host} can be reached from elsewhere and there is no secret; set {SharedSecret.Variable} or --secret-file on every node, or say --insecure");
        return new NodeOptions(
            address, parsed.GetValue(_port) ?? DefaultPort, publicHost, SharedSecret.Key(secret), parsed.GetValue(_supervised))
        {
            Certificates = certificates,
        };
    }

    private string? Secret(ParseResult parsed)
    {
        if (parsed.GetValue(_secretFile) is not { } path) return Environment.GetEnvironmentVariable(SharedSecret.Variable) is { Length: > 0 } text ? text : null;
        if (!File.Exists(path)) throw Usage($"--secret-file {path}: there is no such file");
        var secret = Content(path).Trim();
        return secret.Length > 0 ? secret : throw Usage($"--secret-file {path}: the file is empty");
    }

    private static string Content(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Usage($"--secret-file {path} can't be read ({e.Message}); let this user read it");
        }
    }

    private static string? Host(ParseResult parsed, Option<string?> flag)
    {
        if (parsed.GetValue(flag) is not { } text) return null;
        try
        {
            return HostName.Parse(text);
        }
        catch (FormatException e)
        {
            throw Usage($"{flag.Name} {text}: {e.Message}");
        }
    }

    private static IPAddress Resolve(string host) =>
        HostName.Resolve(host) ?? throw Usage($"--host {host}: this name stands for no address");

    private static UserErrorException Usage(string message) => new(message, UserErrorException.Usage);
}

/// <summary>Where a node listens and what it proves itself with.</summary>
/// <param name="BindAddress">Address to listen on.</param>
/// <param name="Port">Port of the control plane; 0 for any.</param>
/// <param name="PublicHost">Name under which others reach it.</param>
/// <param name="SecretKey">The cluster's key.</param>
/// <param name="Supervised">Whether a parent holds this process's standard input, and decides about Ctrl+C.</param>
public sealed record NodeOptions(IPAddress BindAddress, int Port, string PublicHost, byte[] SecretKey, bool Supervised)
{
    /// <summary>Its TLS; null for none.</summary>
    public NodeCertificates? Certificates { get; init; }

    /// <summary>Says so where other machines are talked to in the open.</summary>
    public void WarnWithoutTls()
    {
        if (Certificates is null && !IPAddress.IsLoopback(BindAddress))
        {
            NodeEvents.TrafficNotEncrypted.Write(
                "listening on {address:l} without TLS: whoever is on the way can read parameters and gradients, and change them; give --tls-certificate, --tls-key and --tls-ca",
                BindAddress.ToString());
        }
    }
}
