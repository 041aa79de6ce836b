using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster;

/// <summary><c>akka.cluster</c>. Times have Akka.NET's defaults.</summary>
internal sealed record ClusterOptions
{
    /// <summary>Whom to join on start; empty waits for <see cref="Cluster.Join"/>.</summary>
    public ImmutableList<Address> SeedNodes { get; init; } = [];

    public ImmutableHashSet<string> Roles { get; init; } = [];

    /// <summary>How long the first seed looks for the others before it forms a cluster itself.</summary>
    public TimeSpan SeedNodeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Between attempts to join; at most a second here, so that a seed that comes up is joined at once.</summary>
    public TimeSpan JoinInterval { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Silence beyond the interval after which a member is unreachable.</summary>
    public TimeSpan AcceptableHeartbeatPause { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Null: nobody is downed but by hand.</summary>
    public DowningStrategy? Downing { get; init; } = DowningStrategy.KeepMajority;

    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>For keep-oldest: an oldest that is alone on its side goes down, if there are three or more members.</summary>
    public bool DownIfAlone { get; init; } = true;

    /// <summary>A node that was removed ends its actor system.</summary>
    public bool TerminateWhenDown { get; init; } = true;

    /// <summary>How long a terminating system waits for its own leave.</summary>
    public TimeSpan LeaveTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <exception cref="ConfigurationException">A seed is no address, or a strategy is not known.</exception>
    public static ClusterOptions Read(Config config)
    {
        var defaults = new ClusterOptions();
        const string at = "akka.cluster.";
        return new ClusterOptions
        {
            SeedNodes = config.GetStringList(at + "seed-nodes").Select(Seed).ToImmutableList(),
            Roles = [.. config.GetStringList(at + "roles")],
            SeedNodeTimeout = config.GetTimeSpan(at + "seed-node-timeout", defaults.SeedNodeTimeout),
            JoinInterval = Shorter(config.GetTimeSpan(at + "retry-unsuccessful-join-after", TimeSpan.FromSeconds(10)), defaults.JoinInterval),
            HeartbeatInterval = config.GetTimeSpan(at + "failure-detector.heartbeat-interval", defaults.HeartbeatInterval),
            AcceptableHeartbeatPause = config.GetTimeSpan(at + "failure-detector.acceptable-heartbeat-pause", defaults.AcceptableHeartbeatPause),
            Downing = Strategy(config),
            StableAfter = config.GetTimeSpan(at + "split-brain-resolver.stable-after", defaults.StableAfter),
            DownIfAlone = config.GetBoolean(at + "split-brain-resolver.keep-oldest.down-if-alone", defaults.DownIfAlone),
            TerminateWhenDown = config.GetBoolean(at + "run-coordinated-shutdown-when-down", true),
            LeaveTimeout = config.GetTimeSpan("akka.coordinated-shutdown.phases.cluster-leave.timeout", defaults.LeaveTimeout),
        };

        static Address Seed(string text) => Address.TryParse(text, out var address) && address.HasGlobalScope ? address
            : throw new ConfigurationException($"Configuration 'akka.cluster.seed-nodes' holds '{text}', which is not like akka.tcp://system@host:port.");
    }

    private static DowningStrategy? Strategy(Config config)
    {
        var provider = config.GetString("akka.cluster.downing-provider-class", "");
        if (provider.StartsWith("Akka.Cluster.NoDowning", StringComparison.Ordinal)) return null;
        if (provider.Length > 0 && !provider.StartsWith("Akka.Cluster.SBR.SplitBrainResolverProvider", StringComparison.Ordinal))
            throw new ConfigurationException($"Configuration 'akka.cluster.downing-provider-class' names '{provider}', which is not supported.");
        return config.GetString("akka.cluster.split-brain-resolver.active-strategy", "keep-majority") switch
        {
            "keep-majority" => DowningStrategy.KeepMajority,
            "keep-oldest" => DowningStrategy.KeepOldest,
            "down-all" => DowningStrategy.DownAll,
            "off" => null,
            var other => throw new ConfigurationException($"Configuration 'akka.cluster.split-brain-resolver.active-strategy' is '{other}': keep-oldest, keep-majority and down-all are supported."),
        };
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a > TimeSpan.Zero && a < b ? a : b;
}
