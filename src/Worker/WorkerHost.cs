using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Akka.Actor;
using MiniBatch.Monitoring;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Hosting;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;
using MiniBatch.Worker.Membership;
using MiniBatch.Worker.Monitoring;

namespace MiniBatch.Worker;

/// <summary>Everything a worker process was told.</summary>
/// <param name="Target">Where to look for the coordinator.</param>
/// <param name="Node">Where to listen, once the coordinator's host is known.</param>
/// <param name="Supervised">Whether a parent holds this process's standard input.</param>
/// <param name="Device">What it computes on.</param>
/// <param name="Name">For people.</param>
/// <param name="DataDirectory">Where the datasets are; null for the usual places.</param>
/// <param name="LogDirectory">Where JSON lines go; null for nowhere.</param>
/// <param name="Limits">How long to look for a coordinator.</param>
/// <param name="Stay">Whether it stays when the run is complete, until SIGTERM.</param>
/// <param name="Http">Where to serve health and metrics; null for nowhere.</param>
/// <param name="Log">What standard output has of the log.</param>
public sealed record WorkerOptions(
    JoinTarget Target, Func<string, NodeOptions> Node, bool Supervised, DeviceRequest Device, string Name, string? DataDirectory,
    string? LogDirectory, WorkerLimits Limits, bool Stay, IPEndPoint? Http, LogOptions Log);

/// <summary>
/// A worker process. It outlives its actor system: when the data connection breaks it joins anew with another one, because a
/// coordinator that was started again is another cluster, and a node that was removed can't come back.
/// </summary>
public sealed class WorkerHost(WorkerOptions options)
{
    /// <summary>A run's end does not wait longer for a slow goodbye.</summary>
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(1);

    /// <summary>From the hand-over of its slots until a worker that was asked to stop has left the cluster.</summary>
    public static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan BackOffMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BackOffMax = TimeSpan.FromSeconds(2);

    /// <summary>Runs until the run is over, or the worker can't go on.</summary>
    /// <returns>0 where the run was trained to its end or SIGTERM asked to stop, 130 for Ctrl+C.</returns>
    /// <exception cref="UserErrorException">Anything else, with the reason.</exception>
    public int Run()
    {
        // Before anything else: a supervisor may die at any moment.
        using var signals = new StopSignals(options.Supervised);
        using var log = NodeLog.Open("worker", options.Name, run: null, options.LogDirectory, options.Log);
        NodeLog.SayConfiguration(new
        {
            options.Name, Target = options.Target.ToString(), options.DataDirectory, options.LogDirectory, options.Limits, Log = options.Log.ToString(),
        });
        return NodeLog.Guard(() => TakePartUntilTheEnd(signals));
    }

    private int TakePartUntilTheEnd(StopSignals signals)
    {
        var device = ComputeDevice.Describe(options.Device, () => CudaDriver.Find());
        NodeEvents.DeviceChosen.Write("device: {device:l}", device.ToString());
        var self = new WorkerId(options.Name, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

        using var monitor = new WorkerMonitor(options.Name);
        using var http = options.Http is { } at ? MonitoringEndpoint.Open(at, monitor.Health, monitor.Meter) : null;
        using var thread = new ComputeThread();
        monitor.Node.Holds("looks for a coordinator, or has one");
        using var stopping = signals.Token.Register(() => monitor.Health.Stops($"leaving, stopped by {signals.Cause}"));

        var backOff = BackOffMin;
        var alone = Stopwatch.StartNew();
        for (var isFirst = true; ; isFirst = false)
        {
            var joined = Stopwatch.StartNew();
            var outcome = TakePart(self, device, thread, signals, monitor, isFirst);
            monitor.Left(outcome.Reason);
            if (signals.Token.IsCancellationRequested)
            {
                NodeEvents.WorkerStopped.Write("stopped by {cause:l}", signals.Cause);
                return signals.Cause == "SIGTERM" ? 0 : signals.ExitCode;
            }
            if (outcome.Succeeded)
            {
                NodeEvents.WorkerDone.Write("{reason:l}", outcome.Reason);
                monitor.Health.RunIsOver($"the run is over: {outcome.Reason}");
                if (options.Stay)
                {
                    NodeEvents.Staying.Write("staying until SIGTERM (--stay)");
                    signals.Token.WaitHandle.WaitOne();
                }
                return 0;
            }
            if (!outcome.Rejoin) throw new UserErrorException(outcome.Reason);
            if (joined.Elapsed > BackOffMax) alone.Restart();
            if (alone.Elapsed > options.Limits.JoinLimit)
                throw new UserErrorException($"could not join anew within {options.Limits.JoinLimit.TotalSeconds:0} s: {outcome.Reason}");
            backOff = joined.Elapsed > BackOffMax ? BackOffMin : TimeSpan.FromTicks(Math.Min(2 * backOff.Ticks, BackOffMax.Ticks));
            NodeEvents.JoiningAnew.Write("joining anew in {milliseconds} ms: {reason:l}", backOff.TotalMilliseconds, outcome.Reason);
            signals.Token.WaitHandle.WaitOne(backOff);
            monitor.Rejoins();
        }
    }

    /// <summary>Joins once, with an actor system of its own, and takes part until that ends.</summary>
    private WorkerOutcome TakePart(WorkerId self, ComputeDevice device, ComputeThread thread, StopSignals signals, WorkerMonitor monitor, bool isFirst)
    {
        if (options.Target.Find(options.Limits.JoinLimit, signals.Token, line => NodeEvents.AddressUnknown.Write("{line:l}", line)) is not { } coordinator)
            return new WorkerOutcome(false, options.Target.NotFound(options.Limits.JoinLimit));
        NodeOptions node;
        ActorSystem system;
        try
        {
            node = options.Node(coordinator.Host);
            system = ActorSystem.Create(NodeConfiguration.SystemName, NodeConfiguration.Of(
                NodeConfiguration.WorkerRole, node.BindAddress.ToString(), node.Port, node.PublicHost, dialled: coordinator.Host));
        }
        catch (Exception e) when (!isFirst)
        {
            // The network may be away as well: another try.
            return new WorkerOutcome(false, e.Message, Rejoin: true);
        }
        NodeEvents.Joining.Write("engine: {akka:l}; joining {host:l}:{port}", ProgramVersion.Akka, coordinator.Host, coordinator.Port);

        var compute = new ComputeSettings(self, coordinator.Host, node.SecretKey, options.DataDirectory, options.Device) { Monitor = monitor };
        var ended = new TaskCompletionSource<WorkerOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var settings = new WorkerSettings(
            self, device, options.Limits, (admitted, report) => thread.Start(new ComputeSession(admitted, compute, report)), ended) { Monitor = monitor };
        var worker = system.ActorOf(Props.Create(() => new WorkerActor(settings)), NodeConfiguration.WorkerRole);
        var cluster = Akka.Cluster.Cluster.Get(system);
        cluster.Join(new Address("akka.tcp", NodeConfiguration.SystemName, coordinator.Host, coordinator.Port));

        using var stopping = signals.Token.Register(() =>
        {
            worker.Tell(new WorkerActor.Leave($"stopped by {signals.Cause}"));
        });
        using var moved = options.Target.WatchForAnother(
            coordinator, () => ended.TrySetResult(new WorkerOutcome(false, "the coordinator is at another address now", Rejoin: true)));
        // A node that the others took for dead ends its system by itself.
        _ = system.WhenTerminated.ContinueWith(
            _ => ended.TrySetResult(new WorkerOutcome(false, "this node was removed from the cluster", Rejoin: true)), TaskScheduler.Default);
        var outcome = ended.Task.GetAwaiter().GetResult();

        system.Stop(worker);
        if (signals.Token.IsCancellationRequested)
        {
            CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClusterLeavingReason.Instance).Wait(LeaveLimit);
            return outcome;
        }
        // Leaving in order would wait for a coordinator that may be dead, or is ending as well.
        if (outcome.Rejoin) cluster.Down(cluster.SelfAddress);
        var terminated = system.Terminate();
        if (!outcome.Rejoin) terminated.Wait(ShutdownLimit);
        return outcome;
    }
}
