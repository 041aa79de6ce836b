using Akka.Configuration;

namespace Akka.Remote;

/// <summary>How a system listens and sends: <c>akka.remote.dot-netty.tcp</c> and the fixed limits of this engine.</summary>
internal sealed record RemotingOptions
{
    /// <summary>Messages that wait for one remote address; what comes beyond goes to the dead letters.</summary>
    public const int OutboundMessagesMax = 10_000;

    /// <summary>Strangers that may stand at the door, and peers inside; each has a thread.</summary>
    public const int InboundConnectionsMax = 256;

    /// <summary>A hello is short; a longer first frame comes from a stranger.</summary>
    public const int HandshakeBytesMax = 4096;

    /// <summary>From a connection's start until both sides have said who they are.</summary>
    public static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Between attempts to connect, doubling from the first to the second.</summary>
    public static readonly TimeSpan RetryMin = TimeSpan.FromMilliseconds(50), RetryMax = TimeSpan.FromSeconds(1);

    /// <summary>A writer with nothing to write looks this often whether the other side still is there.</summary>
    public static readonly TimeSpan IdleCheck = TimeSpan.FromSeconds(10);

    /// <summary>What a stopping system gives its writers to send what they have.</summary>
    public static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The interface to listen on; empty for all.</summary>
    public required string Hostname { get; init; }

    /// <summary>0 takes any free one.</summary>
    public required int Port { get; init; }

    /// <summary>What others call this host; default: <see cref="Hostname"/>.</summary>
    public required string PublicHostname { get; init; }

    /// <summary>What others call this port; 0: the one listened on.</summary>
    public required int PublicPort { get; init; }

    /// <summary>A larger message is not sent, and ends the connection that it comes in by.</summary>
    public required int FrameBytesMax { get; init; }

    /// <exception cref="ConfigurationException">A value is out of its range.</exception>
    public static RemotingOptions Read(Config config)
    {
        const string at = "akka.remote.dot-netty.tcp.";
        var hostname = config.GetString(at + "hostname", "");
        var publicHostname = config.GetString(at + "public-hostname", "");
        return new RemotingOptions
        {
            Hostname = hostname,
            Port = Port(at + "port", 2552),
            PublicHostname = publicHostname.Length > 0 ? publicHostname : hostname.Length > 0 ? hostname : System.Net.Dns.GetHostName(),
            PublicPort = Port(at + "public-port", 0),
            FrameBytesMax = config.GetByteSize(at + "maximum-frame-size", 128_000) is >= 32_000 and <= 64 << 20 and var size ? (int)size
                : throw new ConfigurationException($"Configuration '{at}maximum-frame-size' must be 32000 bytes to 64 MiB."),
        };

        int Port(string path, int fallback) => config.GetInt(path, fallback) is >= 0 and <= 65535 and var port ? port
            : throw new ConfigurationException($"Configuration '{path}' must be 0 to 65535.");
    }
}
