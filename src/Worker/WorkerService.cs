using System.Diagnostics;
using System.Security.Cryptography;
using Akka.Actor;
using Microsoft.Extensions.Hosting;
using MiniBatch.Hosting;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;
using MiniBatch.Worker.Computation;
using MiniBatch.Worker.Membership;
using MiniBatch.Worker.Monitoring;
using Serilog;

namespace MiniBatch.Worker;

/// <summary>
/// A worker's work: joins the coordinator's cluster and takes part until the run is over. When the data connection breaks it joins
/// anew with another actor system, because a coordinator that was started again is another cluster, and a node that was removed
/// can't come back.
/// </summary>
public sealed class WorkerService(
    WorkerOptions options, WorkerMonitor monitor, ComputeThread thread, StopSignals signals, IHostApplicationLifetime lifetime) : NodeService(lifetime)
{
    private readonly ILogger _log = Log.Logger;   // each session puts its run's name to the lines
    private readonly WorkerId _self = new(options.Name, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    /// <inheritdoc />
    protected override async Task<int> RunAsync(CancellationToken stopping)
    {
        var device = ComputeDevice.Describe(options.Device, () => CudaDriver.Find());
        NodeEvents.DeviceChosen.Write("device: {device:l}", device.ToString());
        monitor.Node.Healthy("looks for a coordinator, or has one");
        using var stop = stopping.Register(() => monitor.Health.Stops($"leaving, stopped by {signals.Cause}"));

        var clock = Stopwatch.StartNew();
        var rejoins = new RejoinBackOff(options.Limits.JoinLimit, clock.Elapsed);
        for (var isFirst = true; ; isFirst = false)
        {
            var joined = clock.Elapsed;
            var outcome = await TakePartAsync(device, isFirst, stopping);
            monitor.Left(outcome.Reason);
            if (stopping.IsCancellationRequested)
            {
                NodeEvents.WorkerStopped.Write("stopped by {cause:l}", signals.Cause);
                TerminationLog.Leave(options.TerminationLog, $"stopped by {signals.Cause} before the run was over");
                // Not 0: a Job would count an evicted worker as done, and start no other.
                return signals.ExitCode;
            }
            if (outcome.Succeeded)
            {
                NodeEvents.WorkerDone.Write("{reason:l}", outcome.Reason);
                monitor.Health.RunIsOver($"the run is over: {outcome.Reason}");
                TerminationLog.Leave(options.TerminationLog, $"the run is over: {outcome.Reason}");
                if (options.Stay)
                {
                    NodeEvents.Staying.Write("staying until SIGTERM (--stay)");
                    await Until(stopping);
                }
                return 0;
            }
            if (!outcome.Rejoin) throw new UserErrorException(outcome.Reason);
            if (rejoins.Take(joined, clock.Elapsed) is not { } backOff)
                throw new UserErrorException($"could not join anew within {options.Limits.JoinLimit.TotalSeconds:0} s: {outcome.Reason}");
            NodeEvents.JoiningAnew.Write("joining anew in {milliseconds} ms: {reason:l}", backOff.TotalMilliseconds, outcome.Reason);
            await Task.WhenAny(Until(stopping), Task.Delay(backOff, CancellationToken.None));
            monitor.Rejoins();
        }
    }

    /// <summary>Joins once, with a node of its own, and takes part until that ends.</summary>
    private async Task<WorkerOutcome> TakePartAsync(ComputeDevice device, bool isFirst, CancellationToken stopping)
    {
        if (options.Target.Find(options.Limits.JoinLimit, stopping, line => NodeEvents.AddressUnknown.Write("{line:l}", line)) is not { } coordinator)
            return new WorkerOutcome(false, options.Target.NotFound(options.Limits.JoinLimit));
        var ended = new TaskCompletionSource<WorkerOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var refusals = new Refusals(options.Certificates, (peer, problem) =>
        {
            // Later it may be a renewal that has not come everywhere yet: another try.
            if (isFirst && peer.EndsWith($"@{coordinator.Host}:{coordinator.Port}", StringComparison.Ordinal))
                ended.TrySetResult(new WorkerOutcome(false, $"the coordinator at {coordinator.Host}:{coordinator.Port} is not trusted: {problem}"));
        });
        ClusterNode node;
        try
        {
            var where = options.Node(coordinator.Host);
            if (isFirst) where.WarnWithoutTls();
            var compute = new ComputeSettings(_self, coordinator.Host, where.SecretKey, options.DataDirectory, options.Device)
            {
                Monitor = monitor, SharesMemory = options.SharesMemory, Certificates = where.Certificates, Log = _log,
            };
            node = await ClusterNode.JoinAsync(
                where, AkkaNode.AddressOf(where, coordinator.Host, coordinator.Port),
                new WorkerSettings(_self, device, options.Limits, (admitted, report) => thread.Start(new ComputeSession(admitted, compute, report)), ended) { Monitor = monitor });
        }
        catch (Exception e) when (!isFirst)
        {
            // The network may be away as well: another try.
            return new WorkerOutcome(false, e.Message, Rejoin: true);
        }
        NodeEvents.Joining.Write("engine: {akka:l}; joining {host:l}:{port}", ProgramVersion.Akka, coordinator.Host, coordinator.Port);
        monitor.Inner.Follow(node.Services);

        using var stop = stopping.Register(() => node.Worker.Tell(new WorkerActor.Leave($"stopped by {signals.Cause}")));
        using var moved = options.Target.WatchForAnother(
            coordinator, () => ended.TrySetResult(new WorkerOutcome(false, "the coordinator is at another address now", Rejoin: true)));
        // A node that the others took for dead ends its system by itself.
        _ = node.System.WhenTerminated.ContinueWith(
            _ => ended.TrySetResult(new WorkerOutcome(false, "this node was removed from the cluster", Rejoin: true)), TaskScheduler.Default);
        var outcome = await ended.Task;

        monitor.Inner.Follow(null);
        await (stopping.IsCancellationRequested ? node.LeaveAsync() : outcome.Rejoin ? node.DownAsync() : node.EndAsync());
        return outcome;
    }

    /// <summary>Hears of certificates that are refused, for a while.</summary>
    private sealed class Refusals : IDisposable
    {
        private readonly NodeCertificates? _certificates;
        private readonly Action<string, string> _refused;

        public Refusals(NodeCertificates? certificates, Action<string, string> refused)
        {
            (_certificates, _refused) = (certificates, refused);
            if (certificates is not null) certificates.PeerRefused += refused;
        }

        public void Dispose()
        {
            if (_certificates is not null) _certificates.PeerRefused -= _refused;
        }
    }
}
