using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Remote.Hosting;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Tls;

namespace MiniBatch.Hosting;

/// <summary>How every node configures Akka; each value that differs from Akka's default says why.</summary>
public static class AkkaNode
{
    /// <summary>Name of every node's actor system; part of every address.</summary>
    public const string SystemName = "minibatch";

    /// <summary>
    /// Akka's serializers but those that a cluster speaks: <c>akka-cluster</c>, and <c>akka-containers</c> that carries a selection.
    /// These make what the sender names: an object, an exception or a protobuf message of any type (json, proto, akka-misc,
    /// akka-system-msg), an actor of any type (daemon-create); or they carry what no actor here waits for: the second line are those
    /// that come with Akka.Cluster.Hosting.
    /// </summary>
    /// <remarks>Without them no actor can be watched, looked up, stopped or made from another node; the program does none of it.</remarks>
    private static readonly string[] RefusedSerializers =
    [
        "json", "bytes", "primitive", "proto", "akka-misc", "akka-system-msg", "daemon-create", "reliable-delivery",
        "akka-pubsub", "akka-cluster-client", "akka-singleton", "akka-sharding", "akka-data-replication", "akka-replicated-data", "akka-stream-ref",
    ];

    /// <summary>Configures a node of the cluster.</summary>
    /// <param name="akka">The node's.</param>
    /// <param name="role">One of <see cref="NodeRole"/>.</param>
    /// <param name="node">Where it listens. Its public name must equal exactly what others dial.</param>
    /// <param name="seed">The coordinator's node; null for the coordinator itself, which joins itself once it knows its port.</param>
    public static AkkaConfigurationBuilder WithNode(this AkkaConfigurationBuilder akka, string role, NodeOptions node, Address? seed) => akka
        .WithRemoting(new RemoteOptions
        {
            HostName = node.BindAddress.ToString(), Port = node.Port, PublicHostName = node.PublicHost,
            EnableSsl = node.Certificates is not null, Ssl = Tls(node.Certificates),
        })
        .AddSetup(new ClusterKeySetup(node.SecretKey))
        .WithClustering(new ClusterOptions
        {
            Roles = [role],
            SeedNodes = seed is null ? [] : [seed.ToString()],
            FailureDetector = new PhiAccrualFailureDetectorOptions
            {
                HeartbeatInterval = TimeSpan.FromSeconds(1),
                AcceptableHeartbeatPause = TimeSpan.FromSeconds(3),
            },
        })
        .AddStartup((system, _) =>
        {
            if (role == NodeRole.Coordinator && node.Certificates is not null) OutliveRefusedPeers(system);
        })
        .AddHocon(WithoutTypedOption(dialled: seed?.Host ?? node.PublicHost), HoconAddMode.Prepend)
        .WithActorSystemLivenessCheck(tags: [Health.Probe.Live])
        .WithAkkaClusterReadinessCheck(tags: [Health.Probe.Ready]);

    /// <summary>A node's address. Akka's scheme says whether it speaks TLS, and is part of what must be equal.</summary>
    public static Address AddressOf(NodeOptions node, string host, int port) =>
        new(node.Certificates is null ? "akka.tcp" : "akka.ssl.tcp", SystemName, host, port);

    /// <summary>As the files are now, for the life of one actor system.</summary>
    private static SslOptions Tls(NodeCertificates? certificates)
    {
        var options = new SslOptions { SuppressValidation = false, RequireMutualAuthentication = true };
        if (certificates is null) return options;
        var credentials = certificates.Read();
        options.X509Certificate = credentials.Own;
        // Instead of Akka's: the machine's own authorities have no say, and a name is not looked at.
        options.CustomValidator = (shown, sent, peer, _, _) =>
        {
            if (credentials.ProblemOf(shown, sent) is not { } problem) return true;
            certificates.Refused(peer, problem);
            return false;
        };
        return options;
    }

    /// <summary>
    /// Akka ends an actor system that dialled a node whose certificate it refuses. Of one bad worker that would be the run's end: here only
    /// the connection is not made. The first phase of such a shutdown waits until the system is ended for another reason.
    /// </summary>
    private static void OutliveRefusedPeers(ActorSystem system)
    {
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "outlive-refused-peers", async () =>
        {
            if (shutdown.ShutdownReason?.GetType().Name == "TlsHandshakeFailureReason") await system.WhenTerminated;
            return Akka.Done.Instance;
        });
    }

    private static string WithoutTypedOption(string dialled) => $$"""
        akka {
          loggers = ["{{TypeName<AkkaToSerilog>()}}"]
          stdout-loglevel = OFF   # Akka.Hosting's ConfigureLoggers turns it on
          # A system that ends takes this one for what is said after its loggers have stopped, whatever the level.
          stdout-logger-class = "{{TypeName<NoStandardOutput>()}}"
          # A node's timers are of 200 ms and more. Akka's usual 10 ms would take the core from what computes a hundred times a second.
          scheduler.tick-duration = 50ms
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          actor {
            # A crashed coordinator or worker actor has lost its state: the node ends with the reason, and is restarted.
            guardian-supervisor-strategy = "Akka.Actor.StoppingSupervisorStrategy"
            serializers {
              control = "{{TypeName<ControlSerializer>()}}"
              akka-cluster = "{{TypeName<SealedClusterSerializer>()}}"
              {{string.Join('\n', RefusedSerializers.Select(name => $"{name} = \"{TypeName<RefusingSerializer>()}\""))}}
            }
            serialization-bindings {
              "{{TypeName<IControlMessage>()}}" = control
              "System.Object" = json
            }
            serialization-identifiers {
              "{{TypeName<ControlSerializer>()}}" = {{ControlSerializer.WireIdentifier}}
              "{{TypeName<SealedClusterSerializer>()}}" = 5
              "{{TypeName<RefusingSerializer>()}}" = 1
            }
          }
          # Akka looks up a name's addresses of one family alone.
          remote.dot-netty.tcp.dns-use-ipv6 = {{(HostName.IsIPv6Only(dialled) ? "on" : "off")}}
          coordinated-shutdown {
            # The program alone hears SIGTERM: it writes a checkpoint, or hands slots back, before its node leaves.
            run-by-clr-shutdown-hook = off
            # Terminating is at once. Leaving in order waits for the others, who are ending as well when a run is over.
            run-by-actor-system-terminate = off
            phases.before-service-unbind.timeout = 10 d   # see OutliveRefusedPeers
          }
          cluster {
            # A member goes through joining, up, leaving and exiting, a round of gossip each: a second a round would be felt.
            gossip-interval = 200ms
            leader-actions-interval = 200ms
            periodic-tasks-initial-delay = 200ms
            # The coordinator is usually up within a second; waiting longer for a second try would be felt.
            seed-node-timeout = 1s
            retry-unsuccessful-join-after = 2s
            downing-provider-class = "{{TypeName<CoordinatorDowning>()}}"
          }
        }
        """;

    private static string TypeName<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";
}
