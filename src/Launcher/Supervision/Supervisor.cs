using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.LivePage.Live;
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
/// <param name="live">What can be asked of the run itself; null where nobody asks.</param>
public sealed class Supervisor(LocalCluster cluster, SupervisorOptions options, ILiveRun? live = null)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly BlockingCollection<SupervisorEvent> _inbox = [];
    private readonly LedgerProgress _progress = new(cluster.Directory);
    private readonly List<ChildProcess?> _workers = [.. new ChildProcess?[cluster.WorkerCount]];
    private ChildProcess? _coordinator;

    /// <summary>Told how the processes are, at every change, on the thread that <see cref="Run"/> is called on.</summary>
    public Action<ClusterState> Changed { private get; init; } = _ => { };

    /// <summary>Somebody wants to see what the cluster makes of a fault; from any thread, also after the end.</summary>
    public void Ask(FaultAsked fault) => _inbox.Add(fault);

    /// <summary>Runs the cluster to its end. When this returns, or throws, none of its processes is left.</summary>
    /// <returns>The launcher's exit code: the coordinator's, or 128 + n where signal n asked for the end.</returns>
    /// <exception cref="UserErrorException">A process can't be started.</exception>
    public int Run()
    {
        using var interrupt = Listen(PosixSignal.SIGINT);
        using var terminate = Listen(PosixSignal.SIGTERM);
        using var hangUp = Listen(PosixSignal.SIGHUP);
        var core = new SupervisorCore([.. Enumerable.Range(0, cluster.WorkerCount).Select(WorkerNames.Of)], options);
        try
        {
            var decisions = core.Start(_clock.Elapsed);
            while (true)
            {
                foreach (var decision in decisions)
                {
                    if (decision is Finish finish)
                    {
                        Changed(core.State);
                        finish.Event.Write("exit code {exitCode}: {reason:l}", finish.ExitCode, finish.Reason);
                        return finish.ExitCode;
                    }
                    Carry(decision);
                }
                if (decisions.Count > 0) Changed(core.State);
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
        if (decision is StopWorker or ContinueWorker)
        {
            // Several times a second where a worker is slowed; a line has said so.
        }
        else if (decision is StartWorker started)
            decision.Event.Write("StartWorker {worker:l}: {reason:l}", WorkerNames.Of(started.Worker), decision.Reason);
        else if (decision is Tell or KillWorker or CutOffWorker or KillCoordinator) decision.Event.Write("{reason:l}", decision.Reason);
        else decision.Event.Write("{decision:l}: {reason:l}", decision.GetType().Name, decision.Reason);
        switch (decision)
        {
            case StartCoordinator start:
                _coordinator?.Dispose();
                _coordinator = ChildProcess.Start(
                    "coordinator", cluster.Coordinator(start.Workers),
                    (status, _) => _inbox.Add(new CoordinatorExited(status, cluster.Directory.IsComplete(), _progress.Step)));
                break;
            case ForgetAddress:
                File.Delete(cluster.Directory.CoordinatorAddress);
                break;
            case StartWorker start:
                while (_workers.Count <= start.Worker) _workers.Add(null);
                _workers[start.Worker]?.Dispose();
                _workers[start.Worker] = ChildProcess.Start(
                    WorkerNames.Of(start.Worker), cluster.Worker(start.Worker),
                    (status, lastError) => _inbox.Add(new WorkerExited(
                        start.Worker, status, lastError, cluster.Directory.IsComplete(), _progress.StepOf(WorkerNames.Of(start.Worker)))));
                break;
            case KillWorker kill:
                _workers[kill.Worker]?.Kill();
                break;
            case StopWorker stop:
                _workers[stop.Worker]?.Stop();
                break;
            case ContinueWorker go:
                _workers[go.Worker]?.Continue();
                break;
            case CutOffWorker cut:
                live?.CutOff(WorkerNames.Of(cut.Worker), cut.Length);
                break;
            case KillCoordinator:
                _coordinator?.Kill();
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
