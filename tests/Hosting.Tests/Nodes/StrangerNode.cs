using System.Collections.Immutable;
using System.Reflection;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Remote.Transport.DotNetty;
using Akka.Util;
using MiniBatch.Shared.Protocol;
using Cluster = Akka.Cluster.Cluster;

namespace MiniBatch.Hosting.Tests.Nodes;

/// <summary>
/// A node that speaks Akka's own protocol and the control plane's language, with a worker's name and role, and a secret of its own: what
/// whoever has our source can start.
/// </summary>
internal sealed class StrangerNode : IDisposable
{
    /// <param name="key">What it takes for the cluster's.</param>
    /// <param name="tls">What it shows; null to speak no TLS.</param>
    public StrangerNode(byte[] key, DotNettySslSetup? tls = null)
    {
        var config = ConfigurationFactory.ParseString($$"""
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              actor {
                provider = cluster
                serializers {
                  control = "{{typeof(ControlSerializer).AssemblyQualifiedName}}"
                  akka-cluster = "{{typeof(SealedClusterSerializer).AssemblyQualifiedName}}"
                }
                serialization-bindings."{{typeof(IControlMessage).AssemblyQualifiedName}}" = control
              }
              cluster.roles = [{{NodeRole.Worker}}]
              coordinated-shutdown.run-by-clr-shutdown-hook = off
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0, enable-ssl = {{(tls is null ? "off" : "on")}} }
              remote.retry-gate-closed-for = 50ms
            }
            """);
        Setup[] setups = [BootstrapSetup.Create().WithConfig(config), new ClusterKeySetup(key), .. tls is null ? (Setup[])[] : [tls]];
        System = ActorSystem.Create(AkkaNode.SystemName, ActorSystemSetup.Create(setups));
        Cluster = Cluster.Get(System);
    }

    public ActorSystem System { get; }

    public Cluster Cluster { get; }

    /// <summary>Says so to the daemon of a node's cluster, as a member would of another.</summary>
    public void Down(Address daemonOf, Address other) => Daemon(daemonOf).Tell(Make("Akka.Cluster.ClusterUserAction+Down", other));

    /// <inheritdoc cref="Down" />
    public void Leave(Address daemonOf, Address other) => Daemon(daemonOf).Tell(Make("Akka.Cluster.ClusterUserAction+Leave", other));

    /// <summary>Asks for many nodes that there are not to be taken in.</summary>
    public void JoinAsMany(Address daemonOf, int count)
    {
        for (var node = 0; node < count; node++)
        {
            var unique = new UniqueAddress(new Address(daemonOf.Protocol, daemonOf.System, "10.0.0.1", 1 + node), node);
            Daemon(daemonOf).Tell(Make("Akka.Cluster.InternalClusterAction+Join", unique, ImmutableHashSet.Create(NodeRole.Worker), AppVersion.Zero));
        }
    }

    /// <summary>To an actor of a node.</summary>
    public void Tell(ActorPath path, object message) => System.ActorSelection(path).Tell(message);

    public void Dispose() => Assert.True(System.Terminate().Wait(TestNode.Limit));

    private ActorSelection Daemon(Address of) => System.ActorSelection(new RootActorPath(of) / "system" / "cluster" / "core" / "daemon");

    /// <summary>A message of Akka's, which makes these for itself alone.</summary>
    private static object Make(string type, params object[] arguments) => Activator.CreateInstance(
        typeof(Cluster).Assembly.GetType(type, throwOnError: true)!, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, null, arguments, null)!;
}
