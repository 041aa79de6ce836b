using System.Security.Cryptography;
using Akka.Actor;
using MiniBatch.Shared.Hosting;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;
using MiniBatch.Worker.Membership;
using Serilog;
using Serilog.Events;

namespace MiniBatch.Worker;

/// <summary>Everything a worker process was told.</summary>
/// <param name="Target">Where to look for the coordinator.</param>
/// <param name="Node">Where to listen, once the coordinator's host is known.</param>
/// <param name="Name">For people.</param>
/// <param name="DataDirectory">Where the datasets are; null for the usual places.</param>
/// <param name="LogDirectory">Where JSON lines go; null for nowhere.</param>
/// <param name="Limits">How long to look for a coordinator.</param>
/// <param name="Quiet">Only warnings on the console.</param>
/// <param name="Verbose">Whether debug events are kept.</param>
public sealed record WorkerOptions(
    JoinTarget Target, Func<string, NodeOptions> Node, string Name, string? DataDirectory, string? LogDirectory,
    WorkerLimits Limits, bool Quiet, bool Verbose);

/// <summary>A worker process: puts the parts together, waits for the end, takes them apart.</summary>
public sealed class WorkerHost(WorkerOptions options)
{
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(3);

    /// <summary>Runs until the run is over, or the worker can't go on.</summary>
    /// <returns>0 where the run was trained to its end or SIGTERM asked to stop, 130 for Ctrl+C.</returns>
    /// <exception cref="UserErrorException">Anything else, with the reason.</exception>
    public int Run()
    {
        using var log = NodeLog.Open(
            "worker", options.Name, run: null, options.LogDirectory,
            options.Quiet ? LogEventLevel.Error : LogEventLevel.Information, verbose: options.Verbose);
        if (options.Target.Find(options.Limits.JoinLimit, CancellationToken.None) is not { } coordinator)
            throw new UserErrorException($"no coordinator wrote its address to {options.Target} within {options.Limits.JoinLimit.TotalSeconds:0} s");

        var node = options.Node(coordinator.Host);
        using var signals = new StopSignals(node.Supervised);
        using var system = ActorSystem.Create(NodeConfiguration.SystemName, NodeConfiguration.Of(
            NodeConfiguration.WorkerRole, node.BindAddress.ToString(), node.Port, node.PublicHost));
        Log.Information("engine: {Akka:l}; joining {Host:l}:{Port}", ProgramVersion.Akka, coordinator.Host, coordinator.Port);

        var self = new WorkerId(options.Name, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
        var compute = new ComputeSettings(self, coordinator.Host, node.SecretKey, options.DataDirectory);
        var ended = new TaskCompletionSource<WorkerOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var settings = new WorkerSettings(
            self, "cpu", options.Limits, (admitted, report) => new ComputeThread(admitted, compute, report), ended);
        var worker = system.ActorOf(Props.Create(() => new WorkerActor(settings)), NodeConfiguration.WorkerRole);
        Akka.Cluster.Cluster.Get(system).Join(new Address("akka.tcp", NodeConfiguration.SystemName, coordinator.Host, coordinator.Port));

        using var stopping = signals.Token.Register(() => ended.TrySetResult(new WorkerOutcome(false, $"stopped by {signals.Cause}")));
        var outcome = ended.Task.GetAwaiter().GetResult();
        system.Stop(worker);
        system.Terminate().Wait(ShutdownLimit);

        if (signals.Token.IsCancellationRequested) return signals.Cause == "SIGTERM" ? 0 : signals.ExitCode;
        if (!outcome.Succeeded) throw new UserErrorException(outcome.Reason);
        Log.Information("{Reason:l}", outcome.Reason);
        return 0;
    }
}
