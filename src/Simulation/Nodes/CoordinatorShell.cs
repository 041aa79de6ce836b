using MiniBatch.Coordinator;
using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation.Nodes;

/// <summary>
/// Renders <see cref="CoordinatorActor"/> with <see cref="ParameterServerActor"/> as the way between it and the exchange thread: two
/// states, the real <see cref="CoordinatorCore"/>, the same order of what it does at the end.
/// </summary>
internal sealed class CoordinatorShell
{
    private static readonly TimeSpan HopMax = TimeSpan.FromMicroseconds(200);   // two mailboxes

    private readonly SimulatedCluster _cluster;
    private readonly World _world;
    private readonly CoordinatorCore _core;
    private readonly RecorderShell _recorder;
    private readonly Channel _toExchange;
    private readonly Channel _fromExchange;
    private readonly Incarnation _incarnation;
    private readonly Action<RunSummary?, string> _ended;
    private readonly Dictionary<WorkerId, WorkerSystem> _workers = [];
    private readonly WatchClock _watch = new();
    private (string Outcome, string Reason)? _ending;
    private RunSummary? _summary;
    private bool _hasModel;
    private int _snapshotWaits;
    private int _timer;
    private long _generation;

    /// <param name="cluster">Where it is.</param>
    /// <param name="thread">Of the actor.</param>
    /// <param name="start">What it starts from.</param>
    /// <param name="recorder">Its recorder, given whom to tell of failures.</param>
    /// <param name="exchangeThread">Of the exchange.</param>
    /// <param name="ended">Called once: with the summary, or null and what failed.</param>
    public CoordinatorShell(
        SimulatedCluster cluster, SimulatedThread thread, RunStart start, Func<Action<string>, RecorderShell> recorder, SimulatedThread exchangeThread,
        Action<RunSummary?, string> ended)
    {
        _cluster = cluster;
        _world = cluster.World;
        Thread = thread;
        _incarnation = start.Incarnation;
        _ended = ended;
        _core = new CoordinatorCore(
            cluster.Schedule.Spec, cluster.Schedule.Membership, Now, start.Resumed is { } checkpoint ? ResumePoint.After(checkpoint, cluster.Schedule.Spec) : null);
        _hasModel = start.Resumed is not null;
        _toExchange = new Channel(_world, exchangeThread);
        _fromExchange = new Channel(_world, thread);
        _recorder = recorder(problem => _world.Post(thread, _world.Delay(HopMax), () => WritingFailed(problem)));
        Exchange = new ExchangeShell(
            cluster, exchangeThread, start.Incarnation, start.Resumed, _recorder,
            report => _fromExchange.Send(_world.Delay(HopMax), () => Hear(report)));
        _world.Post(thread, CoordinatorActor.TickInterval, Tick);
    }

    public SimulatedThread Thread { get; }

    public ExchangeShell Exchange { get; }

    public Incarnation Incarnation => _incarnation;

    public CoordinatorCore Core => _core;

    private TimeSpan Now => _watch.Now;

    public void Register(RegisterWorker request, WorkerSystem sender)
    {
        if (_ending is { } ending)
        {
            Reply(sender, () => sender.Ended(new RunEnded(request.Worker, EndingOf(ending.Outcome), ending.Reason)));
            return;
        }
        _workers[request.Worker] = sender;
        _recorder.AddWorker(request.Worker, request.Device);
        Apply(_core.Register(request));
    }

    public void Prepared(WorkerPrepared message)
    {
        if (_ending is null && message.Incarnation == _incarnation) Apply(_core.Prepared(message, Now));
    }

    public void Failed(WorkerFailed message)
    {
        if (_ending is null) Apply(_core.Failed(message, Now));
    }

    public void Leaves(WorkerLeaving message)
    {
        if (_ending is null) Apply(_core.Leaves(message, Now));
    }

    /// <summary>SIGTERM.</summary>
    public void Stop(string reason)
    {
        if (_ending is null) BeginEnding("stopped", reason);
    }

    private void Tick()
    {
        if (_ending is not null) return;
        _watch.Look(Thread.Process.ClockAt(_world.Now));
        Apply(_core.Tick(Now));
        if (_ending is null) _world.Post(Thread, CoordinatorActor.TickInterval, Tick);
    }

    private void Hear(ExchangeReport report)
    {
        _cluster.Coverage.Count(report);
        if (_ending is { } ending)
        {
            if (report is ExchangeReport.Snapshot snapshot) WriteDown(snapshot.Model, ending.Outcome, ending.Reason);
            else if (report is ExchangeReport.Closed) End();
            return;
        }
        switch (report)
        {
            case ExchangeReport.Advanced or ExchangeReport.BackedUp or ExchangeReport.Skipped: return;
            case ExchangeReport.ModelReady: _hasModel = true; break;
        }
        Apply(_core.Exchange(report, Now));
    }

    private void WritingFailed(string problem)
    {
        if (_ending is null) Apply([new Decision.EndRun(false, problem)]);
        else Fail(problem);
    }

    private void Apply(IReadOnlyList<Decision> decisions)
    {
        _recorder.Count(_core.Counts);
        foreach (var decision in decisions)
        {
            _cluster.CoordinatorDecides(Thread.Process, decision, decision.Event);
            if (_world.Tell is not null) _world.Say(Thread.Process.Name, decision.Reason);
            switch (decision)
            {
                case Decision.Admit admit: Tell(admit.Worker, worker => worker.Admitted(new WorkerAdmitted(admit.Worker, _incarnation, "", 0, ""))); break;
                case Decision.Refuse refuse:
                    _cluster.Coverage.Count($"Refusal.{refuse.Message.Refusal}");
                    Tell(refuse.Message.Worker, worker => worker.Refused(refuse.Message));
                    break;
                case Decision.Dismiss dismiss: Command(new ExchangeCommand.Dismiss(dismiss.Worker, dismiss.Reason)); break;
                case Decision.Deal deal:
                    if (deal.Assignment.Generation.Value <= _generation)
                        throw new InvariantException($"generation {deal.Assignment.Generation} comes after {_generation}");
                    _generation = deal.Assignment.Generation.Value;
                    Command(new ExchangeCommand.Deal(deal.Assignment));
                    break;
                case Decision.StartInitialising: Command(new ExchangeCommand.Initialise()); break;
                case Decision.StartEpoch start: Command(new ExchangeCommand.Train(start.Epoch)); break;
                case Decision.StartEvaluation: Command(new ExchangeCommand.Evaluate()); break;
                case Decision.CompleteEpoch complete:
                    _cluster.Checks.EpochCompleted(Exchange.History, complete);
                    _recorder.Add(complete.Trained, complete.Evaluated);
                    if (complete.Evaluated is not null) Command(new ExchangeCommand.Save());
                    break;
                case Decision.RecordArithmetic record: _recorder.SetArithmetic(record.Arithmetic); break;
                case Decision.EndRun end: BeginEnding(end.Succeeded ? "completed" : "failed", end.Reason); return;
            }
        }
    }

    private void BeginEnding(string outcome, string reason)
    {
        _ending = (outcome, reason);
        if (_hasModel && outcome == "stopped")
        {
            Command(new ExchangeCommand.Halt());
            Command(new ExchangeCommand.Save());
        }
        if (_hasModel)
        {
            Command(new ExchangeCommand.TakeSnapshot());
            AwaitSnapshot(reason);
        }
        else WriteDown(null, outcome, reason);
    }

    private void AwaitSnapshot(string reason)
    {
        if (_snapshotWaits++ < CoordinatorActor.SnapshotWaits) After(CoordinatorActor.SnapshotLimit / CoordinatorActor.SnapshotWaits, () => AwaitSnapshot(reason));
        else WriteDown(null, "failed", $"{reason}; the last version could not be fetched within {CoordinatorActor.SnapshotLimit.TotalSeconds:0} s");
    }

    private void WriteDown(ModelSnapshot? model, string outcome, string reason)
    {
        _timer++;
        _recorder.Finish(model, new RunEnd(outcome, reason), (summary, problem) => _world.Post(Thread, _world.Delay(HopMax), () =>
        {
            if (summary is not null) Finish(summary);
            else Fail(problem!);
        }));
    }

    private void Finish(RunSummary summary)
    {
        var ending = EndingOf(summary.Outcome);
        Command(new ExchangeCommand.Stop(new Goodbye(ending, summary.Reason)));
        foreach (var (id, worker) in _workers) Reply(worker, () => worker.Ended(new RunEnded(id, ending, summary.Reason)));
        _summary = summary;
        After(CoordinatorActor.GoodbyeLimit, End);
    }

    private void End()
    {
        if (_summary is { } summary) _ended(summary, summary.Reason);
    }

    private void Fail(string reason)
    {
        if (_summary is not null) End();
        else _ended(null, reason);
    }

    /// <summary>A timer, of which the next <see cref="_timer"/> takes the place.</summary>
    private void After(TimeSpan time, Action run)
    {
        var number = ++_timer;
        _world.Post(Thread, time, () =>
        {
            if (number == _timer) run();
        });
    }

    private static RunEnding EndingOf(string outcome) => outcome switch
    {
        "completed" => RunEnding.Completed,
        "stopped" => RunEnding.Stopped,
        _ => RunEnding.Failed,
    };

    private void Tell(WorkerId worker, Action<WorkerSystem> message)
    {
        if (_workers.TryGetValue(worker, out var system)) Reply(system, () => message(system));
    }

    private void Reply(WorkerSystem system, Action message) => _cluster.Network.SendControl(system.FromCoordinator, Thread.Process.Machine, message);

    private void Command(ExchangeCommand command) => _toExchange.Send(_world.Delay(HopMax), () => Exchange.Post(command));
}
