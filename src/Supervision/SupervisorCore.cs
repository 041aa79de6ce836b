using System.Runtime.InteropServices;
using MiniBatch.Shared.Logging;
using static MiniBatch.Supervision.SupervisorDecision;
using static MiniBatch.Supervision.SupervisorEvent;

namespace MiniBatch.Supervision;

/// <summary>
/// Decides what a local run's supervisor does: starts a coordinator and workers, restarts those that die, and brings
/// everything to an end in order. Pure: no process, no clock; events and times come in, decisions go out, each with its reason.
/// </summary>
/// <param name="workerNames">A name a worker.</param>
/// <param name="options">The limits.</param>
public sealed class SupervisorCore(IReadOnlyList<string> workerNames, SupervisorOptions options)
{
    private const string BackOffOver = "its back-off is over";

    private readonly List<WorkerState> _workers = [.. workerNames.Select(name => new WorkerState(name, options))];

    private readonly RestartBudget _coordinatorRestarts = new(options);
    private readonly List<SupervisorDecision> _decisions = [];
    private Phase _phase = Phase.Running;
    private bool _coordinatorRuns;
    private bool _coordinatorKillAsked;
    private TimeSpan _coordinatorStarted;
    private TimeSpan? _coordinatorRestartAt;
    private TimeSpan? _terminateWorkersAt;
    private TimeSpan? _killAt;
    private TimeSpan _stopAskedAt;
    private TimeSpan? _abandonAt;
    private int _exitCode;
    private string _end = "";

    private enum Phase
    {
        /// <summary>The run goes on; who dies is restarted.</summary>
        Running,

        /// <summary>Nothing is restarted any more; what runs is on its way out.</summary>
        Ending,

        /// <summary>Nothing runs.</summary>
        Finished,
    }

    /// <summary>When <see cref="TimePassed"/> is due at the latest; null where only events matter.</summary>
    public TimeSpan? NextDeadline =>
        _workers.Select(worker => worker.NextDeadline).Concat([_coordinatorRestartAt, _terminateWorkersAt, _killAt, _abandonAt]).Min();

    /// <summary>The first decisions.</summary>
    public IReadOnlyList<SupervisorDecision> Start(TimeSpan now)
    {
        StartCoordinatorFor(_workers.Count, now, "the run begins");
        for (var worker = 0; worker < _workers.Count; worker++) StartWorkerAt(worker, now, "the run begins");
        return Decided();
    }

    /// <summary>Takes one event in.</summary>
    /// <param name="e">What happened.</param>
    /// <param name="now">When, on any clock that does not go back.</param>
    /// <returns>What to do, in this order.</returns>
    public IReadOnlyList<SupervisorDecision> Handle(SupervisorEvent e, TimeSpan now)
    {
        switch (e)
        {
            case CoordinatorExited exited:
                OnCoordinatorExited(exited, now);
                break;
            case WorkerExited exited:
                OnWorkerExited(exited, now);
                break;
            case FaultAsked asked when _phase == Phase.Running:
                OnFaultAsked(asked.Fault, asked.Worker, now);
                break;
            case StopAsked asked:
                OnStopAsked(asked.Signal, now);
                break;
        }
        RunDeadlines(now);
        if (_phase == Phase.Ending && (!SomethingRuns || _abandonAt <= now)) End();
        return Decided();
    }

    private void OnCoordinatorExited(CoordinatorExited exited, TimeSpan now)
    {
        _coordinatorRuns = false;
        var isToComeBack = exited.Status.IsCrash || options.RestartsTerminated && exited.Status.Signal == "SIGTERM";
        if (isToComeBack) Decide(new ForgetAddress("nobody listens there any more"));
        if (_phase == Phase.Ending)
        {
            // It was told to stop and has taken leave of its workers.
            _terminateWorkersAt = _terminateWorkersAt is null ? null : now;
            return;
        }
        if (isToComeBack) OnCoordinatorCrashed(exited, now);
        // Stopped by somebody else, it has told its workers to look for the next one: none comes here.
        else EndAfterCoordinator(exited.Status.Code, $"the coordinator {exited.Status}", exited.Status.Signal is null ? now + options.WorkersEndLimit : now);
    }

    private void OnCoordinatorCrashed(CoordinatorExited exited, TimeSpan now)
    {
        var what = $"the coordinator {exited.Status}";
        if (exited.RunIsComplete)
        {
            what += " when the run was complete and written down";
            Decide(new Tell(NodeEvents.CoordinatorDied, what));
            EndAfterCoordinator(0, what, now);
        }
        else if (_coordinatorKillAsked)
        {
            // A fault that was asked for does not count against the restart limit.
            _coordinatorRestartAt = now + options.FirstBackOff;
            Decide(new Tell(NodeEvents.CoordinatorDied, $"{what}, as somebody asked; starting it again, to go on from the last checkpoint"));
        }
        else if (_coordinatorRestarts.Take(now - _coordinatorStarted, exited.Step) is { } backOff)
        {
            // Its workers look for the next one by themselves.
            _coordinatorRestartAt = now + backOff;
            Decide(new Tell(NodeEvents.CoordinatorDied, $"{what}; {_coordinatorRestarts.Describe(backOff)}, to go on from the last checkpoint"));
        }
        else
        {
            what += $", {_coordinatorRestarts.DescribeEnd()}";
            Decide(new Tell(NodeEvents.CoordinatorDied, $"{what}; go on later with --resume"));
            EndAfterCoordinator(1, what, now);
        }
    }

    /// <param name="exitCode">The launcher's.</param>
    /// <param name="reason">Why the run is over.</param>
    /// <param name="workersUntil">Workers that were told that the run is over end by themselves until then; those whose
    /// coordinator crashed or was stopped would look for it, and have no time.</param>
    private void EndAfterCoordinator(int exitCode, string reason, TimeSpan workersUntil)
    {
        BeginToEnd(exitCode, reason);
        _terminateWorkersAt = workersUntil;
        _killAt = workersUntil + options.TerminateLimit;
    }

    private void OnWorkerExited(WorkerExited exited, TimeSpan now)
    {
        var worker = _workers[exited.Worker];
        worker.Runs = false;
        worker.EndFault();
        if (_phase != Phase.Running)
        {
            // Its end was wanted, this way of it was not.
            if (exited.Status.IsCrash) Decide(new Note($"{worker.Name} {exited.Status}, when all was ending"));
            return;
        }
        if (exited.RunIsComplete)
        {
            Decide(new Note($"{worker.Name} {exited.Status}, when the run was complete"));
            return;
        }

        if (worker.KillAsked)
        {
            worker.KillAsked = false;
            worker.RestartAt = now + options.FirstBackOff;
            Decide(new Tell(NodeEvents.WorkerDied, $"{worker.Name} {exited.Status}, as somebody asked; starting it again"));
            return;
        }

        var verdict = worker.Restarts.Ended(exited.Status, exited.LastError, worker.Started, now, exited.Step);
        worker.RestartAt = now + verdict.BackOff;
        // Those that left in order are no failure: the coordinator waits for others, and has a limit for it.
        if (verdict is { BackOff: null, GivenUp: false }) Decide(new Note(verdict.Reason));
        else Decide(new Tell(NodeEvents.WorkerDied, verdict.Reason));
        if (!verdict.GivenUp || _workers.Any(other => other.Runs || other.RestartAt is not null)) return;

        const string NobodyLeft = "no worker is left; stopping the run";
        Decide(new Tell(NodeEvents.NoWorkerLeft, NobodyLeft));
        StopCoordinator(1, NobodyLeft, now);
    }

    private void OnFaultAsked(ClusterFault fault, int index, TimeSpan now)
    {
        const string Asked = "as somebody asked";
        switch (fault)
        {
            case ClusterFault.AddWorker when _workers.Count >= options.WorkersMax:
                Tell($"there are {options.WorkersMax} workers, and no more are started");
                return;
            case ClusterFault.AddWorker:
                _workers.Add(new WorkerState(WorkerNames.Of(_workers.Count), options));
                Tell($"one more worker, {_workers[^1].Name}, {Asked}");
                StartWorkerAt(_workers.Count - 1, now, Asked);
                return;
            case ClusterFault.KillCoordinator when _coordinatorRuns:
                _coordinatorKillAsked = true;
                Decide(new KillCoordinator($"the coordinator is killed (SIGKILL), {Asked}"));
                return;
            case ClusterFault.KillCoordinator:
                Tell("there is no coordinator to kill: it is being started");
                return;
        }
        if (index < 0 || index >= _workers.Count) return;
        var worker = _workers[index];
        if (!worker.Runs)
        {
            Tell($"{worker.Name} does not run: there is nothing to do that to");
            return;
        }
        switch (fault)
        {
            case ClusterFault.KillWorker:
                worker.KillAsked = true;
                Decide(new KillWorker(index, $"{worker.Name} is killed (SIGKILL), {Asked}"));
                break;
            case ClusterFault.StopWorker:
                worker.EndFault();
                worker.IsStopped = true;
                worker.FaultUntil = now + options.FaultLength;
                Tell($"{worker.Name} is stopped for {options.FaultLength.TotalSeconds:0} s (SIGSTOP), {Asked}");
                Decide(new StopWorker(index, Asked));
                break;
            case ClusterFault.SlowWorker:
                worker.FaultUntil = now + options.SlowLength;
                worker.ToggleAt = now;
                Tell($"{worker.Name} is slowed down for {options.SlowLength.TotalSeconds:0} s: it runs {options.SlowRuns / (options.SlowRuns + options.SlowStops):P0} of the time, {Asked}");
                break;
            case ClusterFault.CutOffWorker:
                Decide(new CutOffWorker(index, options.FaultLength, $"{worker.Name} is cut off for {options.FaultLength.TotalSeconds:0} s: its data connection breaks, and none is accepted, {Asked}"));
                break;
        }
    }

    /// <summary>Ends a worker's fault, or lets one that is slowed run and stop in turn.</summary>
    private void RunFault(int index, TimeSpan now)
    {
        var worker = _workers[index];
        if (worker.FaultUntil <= now)
        {
            if (worker.IsStopped) Decide(new ContinueWorker(index, "its time is over"));
            worker.EndFault();
            Tell($"{worker.Name} goes on (SIGCONT)");
        }
        else if (worker.ToggleAt <= now)
        {
            worker.IsStopped = !worker.IsStopped;
            worker.ToggleAt = now + (worker.IsStopped ? options.SlowStops : options.SlowRuns);
            Decide(worker.IsStopped ? new StopWorker(index, "it is slowed down") : new ContinueWorker(index, "it is slowed down"));
        }
    }

    private void Tell(string what) => Decide(new Tell(NodeEvents.FaultAsked, what));

    /// <summary>The processes, for people.</summary>
    public ClusterState State => new(
        [.. _workers.Select(worker => new ProcessState(
            worker.Name, !worker.Runs ? "gone" : worker.ToggleAt is not null ? "slowed" : worker.IsStopped ? "stopped" : "runs"))],
        _coordinatorRuns, _phase != Phase.Running);

    private void OnStopAsked(PosixSignal signal, TimeSpan now)
    {
        if (_phase == Phase.Running)
        {
            _stopAskedAt = now;
            var (name, number) = Describe(signal);
            Decide(new Tell(NodeEvents.StopAsked, $"{name}: stopping"));
            StopCoordinator(128 + number, $"{name} asked for it", now);
            return;
        }
        // Whoever asks twice does not want to wait; but timeout(1) and others send one request twice, to the process and to its group.
        if (_phase == Phase.Ending && now - _stopAskedAt >= options.SecondStopAfter) _killAt = now;
    }

    private void StopCoordinator(int exitCode, string reason, TimeSpan now)
    {
        if (!_coordinatorRuns)
        {
            EndAfterCoordinator(exitCode, reason, now);
            return;
        }
        BeginToEnd(exitCode, reason);
        Decide(new TerminateCoordinator(reason));
        _terminateWorkersAt = now + options.CoordinatorFirst;
        _killAt = now + options.StopLimit;
    }

    private void BeginToEnd(int exitCode, string reason)
    {
        _phase = Phase.Ending;
        _exitCode = exitCode;
        _end = reason;
        _coordinatorRestartAt = null;
        for (var worker = 0; worker < _workers.Count; worker++)
        {
            _workers[worker].RestartAt = null;
            // One that is stopped could not end.
            if (_workers[worker].IsStopped) Decide(new ContinueWorker(worker, reason));
            _workers[worker].EndFault();
        }
    }

    private void RunDeadlines(TimeSpan now)
    {
        if (_coordinatorRestartAt <= now)
        {
            // Those that were given up are not to be waited for.
            StartCoordinatorFor(Math.Max(1, _workers.Count(worker => worker.Runs || worker.RestartAt is not null)), now, BackOffOver);
        }
        for (var worker = 0; worker < _workers.Count; worker++)
        {
            if (_workers[worker].RestartAt <= now) StartWorkerAt(worker, now, BackOffOver);
            RunFault(worker, now);
        }
        if (_terminateWorkersAt <= now)
        {
            _terminateWorkersAt = null;
            if (_workers.Any(worker => worker.Runs)) Decide(new TerminateWorkers(_end));
        }
        if (_killAt <= now)
        {
            _killAt = null;
            _abandonAt = now + options.KillLimit;
            if (SomethingRuns) Decide(new KillAll($"{_end}, and the time to end in order is over"));
        }
    }

    private bool SomethingRuns => _coordinatorRuns || _workers.Any(worker => worker.Runs);

    private void End()
    {
        _phase = Phase.Finished;
        _terminateWorkersAt = _killAt = _abandonAt = null;
        if (SomethingRuns) Decide(new Tell(NodeEvents.ProcessLeft, "a process that was killed is still there, which is the operating system's matter now"));
        Decide(new Finish(_exitCode, _end));
    }

    private void StartCoordinatorFor(int workers, TimeSpan now, string reason)
    {
        _coordinatorRuns = true;
        _coordinatorStarted = now;
        _coordinatorKillAsked = false;
        _coordinatorRestartAt = null;
        Decide(new StartCoordinator(workers, reason));
    }

    private void StartWorkerAt(int index, TimeSpan now, string reason)
    {
        var worker = _workers[index];
        worker.Runs = true;
        worker.Started = now;
        worker.RestartAt = null;
        Decide(new StartWorker(index, reason));
    }

    private void Decide(SupervisorDecision decision) => _decisions.Add(decision);

    private IReadOnlyList<SupervisorDecision> Decided()
    {
        SupervisorDecision[] decided = [.. _decisions];
        _decisions.Clear();
        return decided;
    }

    private static (string Name, int Number) Describe(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGINT => ("Ctrl+C", 2),
        PosixSignal.SIGHUP => ("the terminal has gone", 1),
        _ => ("SIGTERM", 15),
    };

    private sealed class WorkerState(string name, SupervisorOptions options)
    {
        public string Name => name;

        public WorkerRestarts Restarts { get; } = new(name, options);

        /// <summary>Its next end is no crash.</summary>
        public bool KillAsked { get; set; }

        /// <summary>By SIGSTOP.</summary>
        public bool IsStopped { get; set; }

        /// <summary>When it is stopped or slow no more; null where it is neither.</summary>
        public TimeSpan? FaultUntil { get; set; }

        /// <summary>Where it is slowed: when it is next stopped, or let go on.</summary>
        public TimeSpan? ToggleAt { get; set; }

        public TimeSpan? NextDeadline => new[] { RestartAt, FaultUntil, ToggleAt }.Min();

        public void EndFault()
        {
            IsStopped = false;
            FaultUntil = ToggleAt = null;
        }

        public bool Runs { get; set; }

        public TimeSpan Started { get; set; }

        public TimeSpan? RestartAt { get; set; }
    }
}
