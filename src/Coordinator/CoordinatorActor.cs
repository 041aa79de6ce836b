using System.Diagnostics;
using System.Text.Json;
using Akka.Actor;
using MiniBatch.Coordinator.Exchange;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Progress;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using Serilog;

namespace MiniBatch.Coordinator;

/// <summary>What a coordinator actor is given.</summary>
/// <param name="Spec">The run.</param>
/// <param name="Incarnation">This coordinator's.</param>
/// <param name="Membership">Limits of waiting.</param>
/// <param name="DataPort">TCP port of the data plane.</param>
/// <param name="DataSocketPath">Its Unix socket; may be empty.</param>
/// <param name="ParameterServer">Makes the child.</param>
/// <param name="Recorder">Writes the run directory.</param>
/// <param name="View">Shows progress.</param>
/// <param name="Directory">The run directory.</param>
/// <param name="Resumed">Where to go on, or null to start.</param>
/// <param name="Ended">Set when the run is over and written down.</param>
public sealed record CoordinatorSettings(
    RunSpec Spec, Incarnation Incarnation, MembershipOptions Membership, int DataPort, string DataSocketPath,
    Props ParameterServer, RunRecorder Recorder, IRunView View, RunDirectory Directory,
    Checkpoint? Resumed, TaskCompletionSource<RunSummary> Ended)
{
    /// <summary>Gets the actor's heartbeats.</summary>
    public required CoordinatorMonitor Monitor { get; init; }
}

/// <summary>
/// Coordinator: owns the run. Admits workers, deals slots, goes from epoch to epoch, writes the run down. States:
/// <see cref="Running"/>, then <see cref="Ending"/> while the last version is fetched and written. A restart would lose
/// membership and position, so there is none: when it fails the node ends.
/// </summary>
public sealed class CoordinatorActor : ReceiveActor, IWithTimers
{
    // Internal: the simulation uses the same values.

    internal static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(250);

    internal static readonly TimeSpan SnapshotLimit = TimeSpan.FromSeconds(5);

    /// <summary>The limit is waited for in so many parts: of a process that was stopped and is woken, all timers are due at once.</summary>
    internal const int SnapshotWaits = 10;

    /// <summary>More than the exchange thread gives itself for its goodbyes.</summary>
    internal static readonly TimeSpan GoodbyeLimit = TimeSpan.FromSeconds(2);

    private readonly CoordinatorSettings _settings;
    private readonly string _specJson;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly WatchClock _watch = new();
    private readonly CoordinatorCore _core;
    private readonly Dictionary<WorkerId, IActorRef> _workers = [];
    private readonly HashSet<WorkerId> _stragglersNamed = [];
    private readonly ProgressLog _progress;
    private readonly ILogger _incarnationLog;
    private ILogger _log;
    private IActorRef _parameterServer = ActorRefs.Nobody;
    private bool _hasModel;
    private int _snapshotWaits;
    private RunSummary? _summary;

    /// <summary>Asks a running coordinator to end the run as it is; answered by nothing.</summary>
    /// <param name="Reason">One line.</param>
    public sealed record StopRun(string Reason);

    private sealed record Tick
    {
        public static readonly Tick Instance = new();
    }

    private sealed record SnapshotLate
    {
        public static readonly SnapshotLate Instance = new();
    }

    private sealed record GoodbyeLate
    {
        public static readonly GoodbyeLate Instance = new();
    }

    private sealed record Written(RunSummary Summary);

    private sealed record WritingFailed(string Reason);

    /// <summary>Begins in <see cref="Running"/>.</summary>
    public CoordinatorActor(CoordinatorSettings settings)
    {
        _settings = settings;
        _specJson = JsonSerializer.Serialize(settings.Spec, Json.Compact);
        _core = new CoordinatorCore(
            settings.Spec, settings.Membership, _watch.Now, settings.Resumed is { } checkpoint ? ResumePoint.After(checkpoint, settings.Spec) : null);
        _hasModel = settings.Resumed is not null;
        _progress = new ProgressLog(settings.Spec);
        _log = _incarnationLog = Log.ForContext("incarnation", settings.Incarnation.Value);
        Become(Running);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private void Running()
    {
        Receive<RegisterWorker>(Register);
        Receive<WorkerPrepared>(message => message.Incarnation == _settings.Incarnation, message => Apply(_core.Prepared(message, _watch.Now)));
        Receive<WorkerPrepared>(_ => { });   // of another coordinator's life
        Receive<WorkerFailed>(message => Apply(_core.Failed(message, _watch.Now)));
        Receive<WorkerLeaving>(message => Apply(_core.Leaves(message, _watch.Now)));
        Receive<ExchangeReport.Advanced>(Advance);
        Receive<ExchangeReport>(Hear);
        Receive<Tick>(_ => Turn());
        Receive<WritingFailed>(failure => Apply([new Decision.EndRun(false, failure.Reason)]));
        Receive<StopRun>(Stop);
        Receive<Terminated>(_ => Fail("the parameter server failed"));
    }

    private void Ending(string outcome, string reason)
    {
        Receive<ExchangeReport.Snapshot>(snapshot => WriteDown(snapshot.Model, outcome, reason));
        Receive<SnapshotLate>(_ => AwaitSnapshot(reason));
        Receive<Written>(written => Finish(written.Summary));
        Receive<ExchangeReport.Closed>(_ => End());
        Receive<GoodbyeLate>(_ => End());
        Receive<WritingFailed>(failure => Fail(failure.Reason));
        Receive<RegisterWorker>(message => Sender.Tell(new RunEnded(message.Worker, EndingOf(outcome), reason)));
        Receive<Terminated>(_ => Fail("the parameter server failed"));
        ReceiveAny(_ => { });   // whatever was under way no longer matters
    }

    private void Turn()
    {
        _settings.Monitor.Actor.Beat();
        _watch.Look(_clock.Elapsed);
        Apply(_core.Tick(_watch.Now));
    }

    private void Register(RegisterWorker request)
    {
        _workers[request.Worker] = Sender;
        _settings.Recorder.AddWorker(request.Worker, request.Device);
        Apply(_core.Register(request));
    }

    private void Advance(ExchangeReport.Advanced progress)
    {
        SetPosition(progress.Epoch, progress.StepsInEpoch);
        _settings.View.Advanced(progress);
        _progress.Advanced(progress, _log);
    }

    /// <summary>Every event from here on says where in the run it happened; the step is as of the last report.</summary>
    private void SetPosition(int epoch, int stepsInEpoch) =>
        _log = _incarnationLog.ForContext("epoch", epoch).ForContext("step", (long)(epoch - 1) * _settings.Spec.StepsPerEpoch + stepsInEpoch);

    private void Hear(ExchangeReport report)
    {
        switch (report)
        {
            case ExchangeReport.ModelReady: _hasModel = true; break;
            case ExchangeReport.BackedUp late: SayLate(late); return;
            case ExchangeReport.Skipped skipped:
                NodeEvents.UpdateSkipped.Write(_log, "{what:l}; it is left out", skipped.What);
                return;
            case ExchangeReport.EpochTrained trained:
                SetPosition(trained.Epoch, _settings.Spec.StepsPerEpoch);
                _settings.View.Evaluating(trained);
                break;
        }
        Apply(_core.Exchange(report, _watch.Now));
    }

    /// <summary>Names a straggler once; a worker that stays slow would say so each step.</summary>
    private void SayLate(ExchangeReport.BackedUp late)
    {
        const string Line = "{worker:l} is late with slot {slot} of step {step} ({milliseconds} ms); {backup:l} computes it too";
        object[] values = [late.Straggler.Name, late.Slot, late.Step, (int)late.Open.TotalMilliseconds, late.Backup.Name];
        if (_stragglersNamed.Add(late.Straggler)) NodeEvents.SlotLate.Write(_log, Line, values);
        else NodeEvents.SlotLate.WriteAgain(_log, Line, values);
    }

    /// <summary>The one place with side effects: says why, then does it.</summary>
    private void Apply(IReadOnlyList<Decision> decisions)
    {
        _settings.Recorder.Count(_core.Counts);
        foreach (var decision in decisions)
        {
            decision.Event.Write(decision.About is { } worker ? _log.ForContext("worker", worker.Name) : _log, "{reason:l}", decision.Reason);
            switch (decision)
            {
                case Decision.Admit admit:
                    Tell(admit.Worker, new WorkerAdmitted(
                        admit.Worker, _settings.Incarnation, _specJson, _settings.DataPort, _settings.DataSocketPath));
                    break;
                case Decision.Refuse refuse: Tell(refuse.Message.Worker, refuse.Message); break;
                case Decision.Dismiss dismiss: Command(new ExchangeCommand.Dismiss(dismiss.Worker, dismiss.Reason)); break;
                case Decision.Deal deal: Deal(deal.Assignment); break;
                case Decision.StartInitialising: Command(new ExchangeCommand.Initialise()); break;
                case Decision.StartEpoch start:
                    SetPosition(start.Epoch, 0);
                    _settings.View.EpochStarted(start.Epoch);
                    Command(new ExchangeCommand.Train(start.Epoch));
                    break;
                case Decision.StartEvaluation: Command(new ExchangeCommand.Evaluate()); break;
                case Decision.CompleteEpoch complete: CompleteEpoch(complete); break;
                case Decision.RecordArithmetic record: _settings.Recorder.SetArithmetic(record.Arithmetic); break;
                case Decision.EndRun end: BeginEnding(end.Succeeded ? "completed" : "failed", end.Reason); return;
            }
        }
    }

    private void Deal(Assignment assignment)
    {
        var parallel = _settings.Spec.Mode.ParallelSlotsMax(_settings.Spec.Slots);
        var spares = assignment.Spares(parallel).Select(worker => worker.Name).ToList();
        NodeEvents.GenerationRaised.Write(
            _log, "generation {generation}: {slots} slots over {workers:l}",
            assignment.Generation.Value, _settings.Spec.Slots,
            assignment.Workers.Count == 0 ? "nobody" : string.Join(", ", assignment.Workers.Select(worker => worker.Name)));
        if (spares.Count > 0)
            NodeEvents.SparesStandBy.Write(_log, "standing by as spares, there are only {slots} slots at a time: {spares:l}", parallel, string.Join(", ", spares));
        Command(new ExchangeCommand.Deal(assignment));
    }

    private void CompleteEpoch(Decision.CompleteEpoch complete)
    {
        var epoch = _settings.Recorder.Add(complete.Trained, complete.Evaluated);
        if (complete.Evaluated is null) return;   // one of many short epochs
        Command(new ExchangeCommand.Save());
        _settings.View.EpochDone(epoch);
        object?[] loss = epoch.TrainLoss is { } trained ? [trained] : [];       // none where every update was left out
        object?[] accuracy = epoch.TestAccuracy is { } known ? [known] : [];   // none without classes
        NodeEvents.EpochMeasured.Write(
            _log, "epoch {epoch}: " + (loss.Length > 0 ? "train loss {trainLoss:G5}" : "no update was made") + ", test loss {testLoss:G5}, "
            + (accuracy.Length > 0 ? "test accuracy {testAccuracy:0.0000}, " : "") + "{samplesPerSecond:0} samples/s",
            [epoch.Epoch, .. loss, epoch.TestLoss, .. accuracy, epoch.SamplesPerSecond]);
    }

    private void Stop(StopRun stop)
    {
        NodeEvents.RunStopped.Write(_log, "{reason:l}", stop.Reason);
        BeginEnding("stopped", stop.Reason);
    }

    private void BeginEnding(string outcome, string reason)
    {
        Timers.CancelAll();
        _settings.Monitor.Actor.Idle("is ending the run");
        Become(() => Ending(outcome, reason));
        // Whoever stopped it may want to go on; not a step is to be computed again then.
        if (_hasModel && outcome == "stopped")
        {
            Command(new ExchangeCommand.Halt());   // or a step could still be committed between this and the snapshot
            Command(new ExchangeCommand.Save());
        }
        if (_hasModel)
        {
            Command(new ExchangeCommand.TakeSnapshot());
            // The exchange thread may be what failed.
            AwaitSnapshot(reason);
        }
        else WriteDown(null, outcome, reason);
    }

    private void AwaitSnapshot(string reason)
    {
        if (_snapshotWaits++ < SnapshotWaits) Timers.StartSingleTimer("snapshot", SnapshotLate.Instance, SnapshotLimit / SnapshotWaits);
        else WriteDown(null, "failed", $"{reason}; the last version could not be fetched within {SnapshotLimit.TotalSeconds:0} s");
    }

    private void WriteDown(ModelSnapshot? model, string outcome, string reason)
    {
        Timers.CancelAll();
        // Not on this thread: syncing to a slow disk takes as long as it takes.
        var self = Self;
        var end = new RunEnd(outcome, reason);
        _settings.Recorder.Finish(model, end).ContinueWith(
            writing => self.Tell(writing.IsCompletedSuccessfully
                ? new Written(writing.Result)
                : new WritingFailed(RunWriter.Problem(writing.Exception!.GetBaseException(), _settings.Directory))),
            TaskScheduler.Default);
    }

    private void Finish(RunSummary summary)
    {
        var ending = EndingOf(summary.Outcome);
        Command(new ExchangeCommand.Stop(new Goodbye(ending, summary.Reason)));
        foreach (var (id, worker) in _workers) worker.Tell(new RunEnded(id, ending, summary.Reason));
        // The system may end with this actor: before the goodbyes are said, workers would take it for a failure.
        _summary = summary;
        Timers.StartSingleTimer("goodbye", GoodbyeLate.Instance, GoodbyeLimit);
    }

    private void End()
    {
        if (_summary is { } summary) _settings.Ended.TrySetResult(summary);
    }

    private static RunEnding EndingOf(string outcome) => outcome switch
    {
        "completed" => RunEnding.Completed,
        "stopped" => RunEnding.Stopped,
        _ => RunEnding.Failed,
    };

    /// <summary>A run that is written down is over, whatever fails after that.</summary>
    private void Fail(string reason)
    {
        if (_summary is not null) End();
        else _settings.Ended.TrySetException(new UserErrorException(reason));
    }

    private void Tell(WorkerId worker, IControlMessage message)
    {
        if (_workers.TryGetValue(worker, out var actor)) actor.Tell(message);
    }

    private void Command(ExchangeCommand command) => _parameterServer.Tell(command);

    /// <inheritdoc />
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    /// <inheritdoc />
    protected override void PreStart()
    {
        _parameterServer = Context.ActorOf(_settings.ParameterServer, "parameter-server");
        Context.Watch(_parameterServer);
        Timers.StartPeriodicTimer("tick", Tick.Instance, TickInterval);
        // A run that can't be written down any more ends; it must not go on unproved.
        var self = Self;
        _settings.Recorder.Failed.ContinueWith(
            failed => self.Tell(new WritingFailed(failed.Result)), TaskContinuationOptions.OnlyOnRanToCompletion);
    }

    /// <inheritdoc />
    protected override void PostStop() => Fail("the coordinator failed");
}
