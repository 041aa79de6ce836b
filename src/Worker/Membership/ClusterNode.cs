using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MiniBatch.Hosting;
using MiniBatch.Shared.Protocol;
using Serilog;
using Cluster = Akka.Cluster.Cluster;

namespace MiniBatch.Worker.Membership;

/// <summary>A worker's node in one cluster: a host within the process's host, with an actor system and the worker actor. It hears no signals.</summary>
public sealed class ClusterNode
{
    /// <summary>
    /// From the hand-over of its slots until a worker that was asked to stop has left the cluster. That takes about a second; a coordinator
    /// that has died meanwhile would never confirm it, and what the others see then is a connection that closes.
    /// </summary>
    public static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(3);

    /// <summary>A run's end does not wait longer for a slow goodbye.</summary>
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(1);

    private readonly IHost _host;

    private ClusterNode(IHost host)
    {
        _host = host;
        System = host.Services.GetRequiredService<ActorSystem>();
        Worker = host.Services.GetRequiredService<IRequiredActor<WorkerActor>>().ActorRef;
    }

    /// <summary>Its actor system.</summary>
    public ActorSystem System { get; }

    /// <summary>The worker actor.</summary>
    public IActorRef Worker { get; }

    /// <summary>What Akka.Hosting's health checks are asked through.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Starts a node that joins a coordinator's cluster.</summary>
    /// <param name="node">Where it listens.</param>
    /// <param name="coordinator">The coordinator's node.</param>
    /// <param name="worker">The worker actor's.</param>
    public static async Task<ClusterNode> JoinAsync(NodeOptions node, Address coordinator, WorkerSettings worker)
    {
        var host = new HostBuilder()
            .UseSerilog()
            .ConfigureServices(services =>
            {
                services.AddHealthChecks();   // Akka.Hosting adds its own, and the process's host asks after them
                services.AddSingleton<IHostLifetime, NoSignals>().AddSingleton(node).AddSingleton(worker).AddHostedService<ActorSystemStart<WorkerSettings>>();
                services.AddAkka(AkkaNode.SystemName, akka => akka
                    .WithNode(NodeRole.Worker, node, seed: coordinator)
                    .WithActors((system, registry, services) =>
                        registry.Register<WorkerActor>(system.ActorOf(services.Props<WorkerActor>(), NodeRole.Worker))));
            })
            .Build();
        try
        {
            await host.StartAsync();
            return new ClusterNode(host);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Leaves the cluster in order, as a node that was asked to stop.</summary>
    public async Task LeaveAsync()
    {
        System.Stop(Worker);
        await Task.WhenAny(_host.StopAsync(), Task.Delay(LeaveLimit));
        _host.Dispose();
    }

    /// <summary>Ends at once: leaving in order would wait for a coordinator that is ending as well.</summary>
    public async Task EndAsync()
    {
        System.Stop(Worker);
        await Task.WhenAny(System.Terminate(), Task.Delay(ShutdownLimit));
        _host.Dispose();
    }

    /// <summary>Takes itself out of a cluster whose coordinator may be dead. The next can be joined while this one ends.</summary>
    public Task DownAsync()
    {
        System.Stop(Worker);
        var cluster = Cluster.Get(System);
        cluster.Down(cluster.SelfAddress);
        _ = System.Terminate().ContinueWith(_ => _host.Dispose(), TaskScheduler.Default);
        return Task.CompletedTask;
    }
}
