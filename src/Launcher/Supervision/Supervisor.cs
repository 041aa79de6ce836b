using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using MiniBatch.Supervision;
using static MiniBatch.Supervision.SupervisorDecision;
using static MiniBatch.Supervision.SupervisorEvent;

namespace MiniBatch.Launcher.Supervision;

/// <summary>
/// Carries out what <see cref="SupervisorCore"/> decides: one loop on the caller's thread, which processes' ends, signals
/// and deadlines reach as events.
/// </summary>
/// <param name="cluster">What to start.</param>
/// <param name="options">The limits.</param>
public sealed class Supervisor(LocalCluster cluster, SupervisorOptions options)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly BlockingCollection<SupervisorEvent> _inbox = [];
    private readonly ChildProcess?[] _workers = new ChildProcess?[cluster.WorkerCount];
    private ChildProcess? _coordinator;

    /// <summary>Runs the cluster to its end. When this returns, or throws, none of its processes is left.</summary>
    /// <returns>The launcher's exit code: the coordinator's, or 128 + n where signal n asked for the end.</returns>
    /// <exception cref="UserErrorException">A process can't be started.</exception>
    public int Run()
    {
        using var interrupt = Listen(PosixSignal.SIGINT);
        using var terminate = Listen(PosixSignal.SIGTERM);
        using var hangUp = Listen(PosixSignal.SIGHUP);
        var core = new SupervisorCore([.. Enumerable.Range(0, cluster.WorkerCount).Select(LocalCluster.NameOf)], options);
        try
        {
            var decisions = core.Start(_clock.Elapsed);
            while (true)
            {
                foreach (var decision in decisions)
                {
                    if (decision is Finish finish)
                    {
                        finish.Event.Write("exit code {exitCode}: {reason:l}", finish.ExitCode, finish.Reason);
                        return finish.ExitCode;
                    }
                    Carry(decision);
                }
                decisions = core.Handle(Next(core.NextDeadline), _clock.Elapsed);
            }
        }
        finally
        {
            foreach (var child in Everybody) child.Dispose();
        }
    }

    private IEnumerable<ChildProcess> Everybody => _workers.Append(_coordinator).OfType<ChildProcess>();

    private SupervisorEvent Next(TimeSpan? deadline)
    {
        var wait = deadline is { } at ? at - _clock.Elapsed : Timeout.InfiniteTimeSpan;
        if (wait < TimeSpan.Zero && wait != Timeout.InfiniteTimeSpan) wait = TimeSpan.Zero;
        return _inbox.TryTake(out var e, wait) ? e : new TimePassed();
    }

    private void Carry(SupervisorDecision decision)
    {
        if (decision is StartWorker started)
            decision.Event.Write("StartWorker {worker:l}: {reason:l}", LocalCluster.NameOf(started.Worker), decision.Reason);
        else if (decision is Tell) decision.Event.Write("{reason:l}", decision.Reason);
        else decision.Event.Write("{decision:l}: {reason:l}", decision.GetType().Name, decision.Reason);
        switch (decision)
        {
            case StartCoordinator start:
                _coordinator?.Dispose();
                _coordinator = ChildProcess.Start(
                    "coordinator", cluster.Coordinator(start.Workers),
                    (status, _) => _inbox.Add(new CoordinatorExited(status, cluster.Directory.IsComplete())));
                break;
            case ForgetAddress:
                File.Delete(cluster.Directory.CoordinatorAddress);
                break;
            case StartWorker start:
                _workers[start.Worker]?.Dispose();
                _workers[start.Worker] = ChildProcess.Start(
                    LocalCluster.NameOf(start.Worker), cluster.Worker(start.Worker),
                    (status, lastError) => _inbox.Add(new WorkerExited(start.Worker, status, lastError, cluster.Directory.IsComplete())));
                break;
            case TerminateCoordinator:
                _coordinator?.Terminate();
                break;
            case TerminateWorkers:
                foreach (var worker in _workers) worker?.Terminate();
                break;
            case KillAll:
                foreach (var child in Everybody) child.Kill();
                break;
        }
    }

    private PosixSignalRegistration Listen(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        // Not yet: the children first.
        context.Cancel = true;
        _inbox.Add(new StopAsked(context.Signal));
    });
}
