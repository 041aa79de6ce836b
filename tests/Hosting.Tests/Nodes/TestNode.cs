using System.Net;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Hosting;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Tls;

namespace MiniBatch.Hosting.Tests.Nodes;

/// <summary>A node as the program configures it, within the test's process and on loopback; the test hears its cluster's events.</summary>
internal sealed class TestNode : IDisposable
{
    /// <summary>Far beyond what anything here takes; it ends a test that would hang.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly IHost _host;
    private readonly TestProbe _events;
    private readonly List<object> _told = [];
    private readonly NodeCertificates? _certificates;

    private TestNode(string role, int port, Address? seed, Config? changes, byte[]? secret, TlsFiles? tls)
    {
        _certificates = tls is null ? null : new NodeCertificates(tls);
        _host = new HostBuilder()
            .ConfigureServices(services => services
                .AddSingleton<IHostLifetime, NoSignals>()
                .AddAkka(AkkaNode.SystemName, akka => akka
                    .WithNode(role, new NodeOptions(IPAddress.Loopback, port, "127.0.0.1", secret ?? [], Supervised: true) { Certificates = _certificates }, seed)
                    .AddHocon(changes ?? Config.Empty, HoconAddMode.Prepend)))
            .Build();
        _host.Start();
        System = _host.Services.GetRequiredService<ActorSystem>();
        Cluster = Cluster.Get(System);
        _events = NewProbe();
        Cluster.Subscribe(
            _events, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
            typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.ReachabilityEvent));
    }

    public ActorSystem System { get; }

    public Cluster Cluster { get; }

    public NodeCertificates? Certificates => _certificates;

    public Address Address => Cluster.SelfAddress;

    public int Port => Address.Port!.Value;

    /// <summary>Joins itself, as the coordinator's program does.</summary>
    public static TestNode Coordinator(int port = 0, Config? changes = null, byte[]? secret = null, TlsFiles? tls = null)
    {
        var node = new TestNode(NodeRole.Coordinator, port, seed: null, changes, secret, tls);
        node.Cluster.Join(node.Address);
        return node;
    }

    /// <summary>Joins the coordinator, as the worker's program does.</summary>
    public static TestNode JoiningWorker(TestNode coordinator, int port = 0, Config? changes = null, byte[]? secret = null, TlsFiles? tls = null) =>
        new(NodeRole.Worker, port, coordinator.Address, changes, secret, tls);

    /// <summary>Joins the coordinator, and is up when this returns.</summary>
    public static TestNode Worker(TestNode coordinator, int port = 0, Config? changes = null, byte[]? secret = null, TlsFiles? tls = null)
    {
        var node = JoiningWorker(coordinator, port, changes, secret, tls);
        node.Sees<ClusterEvent.MemberUp>(node);
        return node;
    }

    public TestProbe NewProbe() => new(System, new XunitAssertions());

    /// <summary>Waits until this node was told that about the other, if it was not told before.</summary>
    public T Sees<T>(TestNode other)
        where T : class
    {
        while (true)
        {
            if (Told<T>(other) is { } told) return told;
            _told.Add(_events.ExpectMsg<object>(Limit, $"{typeof(T).Name} of {other.Cluster.SelfUniqueAddress}"));
        }
    }

    /// <summary>Whether that came before what this node saw last.</summary>
    public bool WasTold<T>(TestNode other)
        where T : class =>
        Told<T>(other) is not null;

    /// <summary>Ends without leaving the cluster: for the others, as if it had been killed.</summary>
    public void EndAbruptly() => Assert.True(System.Terminate().Wait(Limit));

    public void Dispose()
    {
        EndAbruptly();
        _host.Dispose();
        _certificates?.Dispose();
    }

    private T? Told<T>(TestNode other)
        where T : class =>
        _told.OfType<T>().FirstOrDefault(e => MemberOf(e).UniqueAddress == other.Cluster.SelfUniqueAddress);

    private static Member MemberOf(object? e) => e switch
    {
        ClusterEvent.IMemberEvent member => member.Member,
        ClusterEvent.ReachabilityEvent reachability => reachability.Member,
        _ => throw new ArgumentException($"{e} is about no member"),
    };
}
