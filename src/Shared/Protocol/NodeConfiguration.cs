using Akka.Configuration;
using MiniBatch.Shared.Hosting;

namespace MiniBatch.Shared.Protocol;

/// <summary>The Akka configuration of a node; each value that differs from Akka's default says why.</summary>
public static class NodeConfiguration
{
    /// <summary>Name of every node's actor system; part of every address.</summary>
    public const string SystemName = "minibatch";

    /// <summary>Role and actor name of the coordinator; it is found as /user/coordinator.</summary>
    public const string CoordinatorRole = "coordinator";

    /// <summary>Role and actor name of workers.</summary>
    public const string WorkerRole = "worker";

    /// <summary>
    /// Akka's serializers but those that a cluster speaks: <c>akka-cluster</c>, and <c>akka-containers</c> that carries a selection.
    /// These make what the sender names: an object, an exception or a protobuf message of any type (json, proto, akka-misc,
    /// akka-system-msg), an actor of any type (daemon-create); or they carry what no actor here waits for.
    /// </summary>
    /// <remarks>Without them no actor can be watched, looked up, stopped or made from another node; the program does none of it.</remarks>
    private static readonly string[] RefusedSerializers =
        ["json", "bytes", "primitive", "proto", "akka-misc", "akka-system-msg", "daemon-create", "reliable-delivery"];

    /// <summary>The configuration of a node.</summary>
    /// <param name="role"><see cref="CoordinatorRole"/> or <see cref="WorkerRole"/>.</param>
    /// <param name="bindHost">Address to listen on.</param>
    /// <param name="port">Port to listen on; 0 takes any that is free.</param>
    /// <param name="publicHost">Name under which other nodes reach this one; must equal exactly what they dial.</param>
    /// <param name="dialled">The host that this node dials; a coordinator, which dials whoever comes, gives its own.</param>
    public static Config Of(string role, string bindHost, int port, string publicHost, string dialled) => ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = INFO
          stdout-loglevel = OFF
          loggers = ["{{TypeName<Logging.AkkaToSerilog>()}}"]
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          actor {
            provider = cluster
            # A crashed coordinator or worker actor has lost its state: the node ends with the reason, and is restarted.
            guardian-supervisor-strategy = "Akka.Actor.StoppingSupervisorStrategy"
            serializers {
              control = "{{TypeName<ControlSerializer>()}}"
              {{string.Join('\n', RefusedSerializers.Select(name => $"{name} = \"{TypeName<RefusingSerializer>()}\""))}}
            }
            serialization-bindings {
              "{{TypeName<IControlMessage>()}}" = control
              "System.Object" = json
            }
            serialization-identifiers {
              "{{TypeName<ControlSerializer>()}}" = {{ControlSerializer.WireIdentifier}}
              "{{TypeName<RefusingSerializer>()}}" = 1
            }
          }
          remote {
            dot-netty.tcp {
              hostname = "{{bindHost}}"
              port = {{port}}
              public-hostname = "{{publicHost}}"
              # Akka looks up a name's addresses of one family alone.
              dns-use-ipv6 = {{(HostName.IsIPv6Only(dialled) ? "on" : "off")}}
            }
          }
          coordinated-shutdown {
            # The program alone hears SIGTERM: it writes a checkpoint, or hands slots back, before its node leaves.
            run-by-clr-shutdown-hook = off
            # Terminating is at once. Leaving in order waits for the others, who are ending as well when a run is over.
            run-by-actor-system-terminate = off
          }
          cluster {
            roles = ["{{role}}"]
            # A member goes through joining, up, leaving and exiting, a round of gossip each: a second a round would be felt.
            gossip-interval = 200ms
            leader-actions-interval = 200ms
            periodic-tasks-initial-delay = 200ms
            # The coordinator is usually up within a second; waiting ten for a second try would be felt.
            retry-unsuccessful-join-after = 2s
            failure-detector {
              heartbeat-interval = 1s
              acceptable-heartbeat-pause = 3s
            }
            downing-provider-class = "{{TypeName<CoordinatorDowning>()}}"
          }
        }
        """);

    private static string TypeName<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";
}
