using System.Text.Json;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// Decides everything about steps and evaluations: opens them, gathers, commits, deals items anew when workers go. Pure:
/// no clock, no socket, no actor, no torch; time comes in as an argument, decisions go out through a list. Owned by the
/// exchange thread; tests run this very class with imaginary workers.
/// </summary>
/// <param name="spec">The run's.</param>
/// <param name="incarnation">This coordinator's.</param>
/// <param name="patience">With workers that are slow or stuck; null for a run that asks for nothing special.</param>
public sealed class ExchangeCore(RunSpec spec, Incarnation incarnation, Patience? patience = null)
{
    /// <summary>Progress is reported at most this often.</summary>
    public static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The ledger has the state's hash every so many steps.</summary>
    public const int StateHashSteps = 50;

    /// <summary>A version is written down at least every so many steps: the most that a crash makes compute again.</summary>
    public const int CheckpointSteps = 500;

    /// <summary>A version is written down at least so often while steps are committed.</summary>
    public static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(30);

    private enum Phase { Idle, Initialising, Training, Evaluating }

    private readonly Patience _patience = patience ?? Patience.For(spec);
    private readonly StragglerWatch _stragglers = new();
    private readonly AnswerWatch _answers = new((patience ?? Patience.For(spec)).Answer);
    private readonly StepGather _gather = new(incarnation, spec.Slots);
    private readonly EvaluationGather _evaluation = new(incarnation, spec);
    private readonly Dictionary<WorkerId, long?> _holdsVersion = [];
    private Assignment _assignment = Assignment.Nobody;
    private Phase _phase;
    private WorkBoard _board = new(0);
    private ModelState? _model;
    private WorkerId? _initialiser;
    private EpochProgress _epoch = EpochProgress.None;
    private TimeSpan _stepOpened;
    private TimeSpan _lastReport;
    private RunPosition _position = RunPosition.Start;
    private TimeSpan _lastCheckpoint;
    private bool _halted;
    private int _slotsReassigned;
    private int _backedUp;
    private int _duplicatesDropped;
    private int _connectionsLost;

    /// <summary>The version, once there is one.</summary>
    public ModelState? Model => _model;

    /// <summary>What was counted so far.</summary>
    public ExchangeCounters Counters => new(_slotsReassigned + _board.Reassigned, _backedUp, _duplicatesDropped, _connectionsLost);

    /// <summary>What the workers are asked for now, for people.</summary>
    public string Work => _phase switch
    {
        Phase.Initialising => "version 0",
        Phase.Training => $"step {_gather.Step}",
        Phase.Evaluating => $"the evaluation of version {_model!.Version}",
        _ => "nothing",
    };

    /// <summary>float32s that a gradient must have; 0 until the model is known.</summary>
    public int GradientFloats => _model?.Layout.TotalCount ?? 0;

    /// <summary>Goes on from a version that was written down.</summary>
    public void Restore(ModelSnapshot snapshot, RunPosition position)
    {
        _model = new ModelState(spec, snapshot);
        _position = position;
        _slotsReassigned = snapshot.Counters.SlotsReassigned;
        _backedUp = snapshot.Counters.SlotsBackedUp;
        _duplicatesDropped = snapshot.Counters.DuplicatesDropped;
        _connectionsLost = snapshot.Counters.ConnectionsLost;
    }

    /// <summary>
    /// A worker's data connection stands; it holds no version yet. Where it takes the place of one that was not known to
    /// be broken, what the worker held is given out again: it has forgotten it with the old connection.
    /// </summary>
    public void Connected(WorkerId worker, Incarnation meant, List<ExchangeAction> actions)
    {
        var isReplaced = _holdsVersion.ContainsKey(worker);
        _holdsVersion[worker] = null;
        actions.Add(new ExchangeAction.Report(new ExchangeReport.Connected(worker, meant)));
        if (!isReplaced) return;
        _connectionsLost++;
        Forget(worker);
        Deal(actions);
    }

    /// <summary>A worker's data connection is gone. Its items are dealt when the coordinator has dealt anew.</summary>
    public void Disconnected(WorkerId worker, string reason, List<ExchangeAction> actions)
    {
        if (!_holdsVersion.Remove(worker)) return;
        _connectionsLost++;
        Forget(worker);
        actions.Add(new ExchangeAction.Report(new ExchangeReport.Disconnected(worker, reason)));
    }

    /// <summary>The coordinator dealt anew: items of those who left go to others, items that are in are kept.</summary>
    public void Assign(Assignment assignment, List<ExchangeAction> actions)
    {
        if (assignment.Generation.Value <= _assignment.Generation.Value) return;
        _assignment = assignment;
        Deal(actions);
    }

    /// <summary>Asks for version 0.</summary>
    public void Initialise(List<ExchangeAction> actions)
    {
        _phase = Phase.Initialising;
        Deal(actions);
    }

    /// <summary>Trains one epoch: opens its first step, or the one at which the run was restored.</summary>
    /// <param name="epoch">1-based.</param>
    /// <param name="now">Any monotonic time.</param>
    /// <param name="actions">Decisions are added here.</param>
    public void Train(int epoch, TimeSpan now, List<ExchangeAction> actions)
    {
        _phase = Phase.Training;
        _epoch = new EpochProgress(epoch, spec.PlanOf(epoch), now);
        if (_position.Epoch == epoch) _epoch.Resume(_position);
        _lastReport = now;
        _lastCheckpoint = now;
        OpenStep(now, actions);
    }

    /// <summary>Evaluates the current version on the test samples.</summary>
    public void Evaluate(List<ExchangeAction> actions)
    {
        _phase = Phase.Evaluating;
        _evaluation.Open(_model!.Version);
        OpenBoard(spec.EvaluationBlocks);
        Deal(actions);
    }

    /// <summary>A worker sent version 0. The first complete copy wins.</summary>
    public void OfferModel(WorkerId from, in ModelInitialised model, ReadOnlyMemory<float> values, List<ExchangeAction> actions)
    {
        if (model.Incarnation != incarnation) return;
        _answers.Settle(from);
        var hash = ParameterHash.Sha256OfFloats(values.Span);
        if (hash != model.Sha256)
        {
            actions.Add(new ExchangeAction.Drop(from, "version 0 does not have the hash that came with it"));
            return;
        }
        if (_model is not null)
        {
            if (hash != ParameterHash.Sha256OfFloats(_model.Frame.Floats) && _model.Version == 0)
                actions.Add(Break($"{from} initialised another version 0 than the run's ({hash}): the workers' arithmetic differs"));
            return;
        }
        ModelLayout? layout;
        try
        {
            layout = JsonSerializer.Deserialize<ModelLayout>(model.LayoutJson, Json.Compact);
        }
        catch (JsonException)
        {
            layout = null;
        }
        if (layout is not { Parameters: not null, Buffers: not null, Counters: not null } || layout.TotalCount != values.Length)
        {
            actions.Add(new ExchangeAction.Drop(from, "version 0 does not fit its layout"));
            return;
        }
        _model = new ModelState(spec, layout, values.Span);
        _holdsVersion[from] = 0;
        _initialiser = null;
        _phase = Phase.Idle;
        Save(actions);
        actions.Add(new ExchangeAction.Report(new ExchangeReport.ModelReady(from, layout, hash)));
    }

    /// <summary>A worker sent a gradient; with the last of a step, the step is committed and the next is opened.</summary>
    public GatherVerdict OfferGradient(
        WorkerId from, in SlotGradient header, ReadOnlyMemory<float> gradient, TimeSpan now, List<ExchangeAction> actions)
    {
        if (_halted) return GatherVerdict.Duplicate;
        _answers.Settle(from);
        var verdict = _gather.Offer(from, header, gradient);
        switch (verdict)
        {
            case GatherVerdict.Accepted:
                _board.Complete(header.Slot);
                if (_gather.IsComplete) CommitStep(now, actions);
                break;
            case GatherVerdict.Duplicate:
                _duplicatesDropped++;
                break;
            case GatherVerdict.Impossible:
                actions.Add(new ExchangeAction.Drop(from, $"a gradient of step {header.Step}, slot {header.Slot}, {header.SampleCount} samples, that nobody asked for"));
                break;
        }
        return verdict;
    }

    /// <summary>A worker sent the sums of a block.</summary>
    public void OfferBlock(WorkerId from, in BlockResult result, List<ExchangeAction> actions)
    {
        _answers.Settle(from);
        switch (_evaluation.Offer(result))
        {
            case GatherVerdict.Accepted:
                _board.Complete(result.Block);
                if (!_evaluation.IsComplete) break;
                _phase = Phase.Idle;
                actions.Add(new ExchangeAction.Report(_evaluation.Result()));
                break;
            case GatherVerdict.Impossible:
                actions.Add(new ExchangeAction.Drop(from, $"a block {result.Block} of version {result.Version} that nobody asked for"));
                break;
        }
    }

    /// <summary>Time passed: finds workers that are stuck, and gives slots that are late also to workers that have nothing to do.</summary>
    public void Tick(TimeSpan now, List<ExchangeAction> actions)
    {
        if (_answers.IsDue(now)) FindStuck(now, actions);
        if (!_patience.BackUp || _phase != Phase.Training || !_stragglers.IsLate(now - _stepOpened)) return;
        foreach (var (worker, slot, straggler) in _board.BackUp(_assignment))
        {
            _backedUp++;
            actions.Add(new ExchangeAction.SendStep(worker, OrderFor([slot]), Hand(worker)));
            actions.Add(new ExchangeAction.Report(new ExchangeReport.BackedUp(straggler, worker, _gather.Step, slot, now - _stepOpened)));
        }
    }

    /// <summary>The run ends with the current version: nothing that arrives from now on is applied.</summary>
    public void Halt()
    {
        _halted = true;
        _phase = Phase.Idle;
    }

    /// <summary>Copies the current version out.</summary>
    public ModelSnapshot Snapshot() => new(
        _model!.Layout, _model.Version, _model.Frame.Floats.ToArray(),
        [.. _model.OptimizerState.Select(state => (state.Name, state.Values.ToArray()))], Counters);

    /// <summary>Writes the current version down.</summary>
    public void Save(List<ExchangeAction> actions) => actions.Add(new ExchangeAction.Save(Snapshot(), _position));

    private void OpenStep(TimeSpan now, List<ExchangeAction> actions)
    {
        Span<int> planned = stackalloc int[spec.Slots];
        for (var slot = 0; slot < planned.Length; slot++)
            planned[slot] = _epoch.Plan.SlotSamples(_epoch.StepsDone, slot).Length;
        _gather.Open(_model!.Version + 1, planned);
        _stepOpened = now;
        OpenBoard(spec.Slots);
        Deal(actions);
    }

    private void CommitStep(TimeSpan now, List<ExchangeAction> actions)
    {
        _stragglers.Add(now - _stepOpened);
        var update = _model!.Apply(_gather);
        if (update.BrokenSlot is { } slot)
        {
            actions.Add(Break(
                $"step {_gather.Step}, slot {slot} (from {_gather.Senders[slot]}): the loss or gradient is not finite;"
                + " nothing of it was applied; take a smaller learning rate"));
            return;
        }
        var step = _epoch.Commit(_gather, update, _assignment.Generation, _model, now - _stepOpened);
        actions.Add(new ExchangeAction.Record(step));
        _position = _epoch.PositionAt(now);
        if (_model.Version % CheckpointSteps == 0 || now - _lastCheckpoint >= CheckpointInterval || _epoch.IsDone)
        {
            _lastCheckpoint = now;
            Save(actions);
        }
        if (_epoch.IsDone)
        {
            _phase = Phase.Idle;
            actions.Add(new ExchangeAction.Report(new ExchangeReport.EpochTrained(
                _epoch.Epoch, _epoch.Samples, _epoch.MeanLoss, _epoch.ElapsedAt(now))));
            return;
        }
        if (now - _lastReport >= ReportInterval)
        {
            _lastReport = now;
            actions.Add(new ExchangeAction.Report(new ExchangeReport.Advanced(
                _epoch.Epoch, _epoch.StepsDone, _epoch.Samples, _epoch.MeanLoss)));
        }
        OpenStep(now, actions);
    }

    private void FindStuck(TimeSpan now, List<ExchangeAction> actions)
    {
        foreach (var (worker, owed) in _answers.Look(_assignment.Workers, HoldsWork, _stragglers, now))
            actions.Add(new ExchangeAction.Report(new ExchangeReport.Stuck(worker, Work, owed)));
    }

    private bool HoldsWork(WorkerId worker) => _phase switch
    {
        Phase.Initialising => _initialiser == worker,
        Phase.Training or Phase.Evaluating => _board.Occupies(worker),
        _ => false,
    };

    /// <summary>Whatever the worker was asked for over a connection that is gone must be asked for again.</summary>
    private void Forget(WorkerId worker)
    {
        _board.Lose(worker);
        _answers.Settle(worker);
        if (_initialiser == worker) _initialiser = null;
    }

    private void OpenBoard(int items)
    {
        _slotsReassigned += _board.Reassigned;
        _board = new WorkBoard(items);
    }

    /// <summary>Hands out whatever is open and held by nobody of the assignment.</summary>
    private void Deal(List<ExchangeAction> actions)
    {
        switch (_phase)
        {
            case Phase.Initialising when _assignment.Workers.Count > 0:
                var first = _assignment.Workers[0];
                if (_initialiser == first) break;
                _initialiser = first;
                actions.Add(new ExchangeAction.SendInitialise(first, new InitialiseOrder(incarnation)));
                break;
            case Phase.Training:
                foreach (var (worker, slots) in _board.Deal(_assignment))
                {
                    actions.Add(new ExchangeAction.SendStep(worker, OrderFor(slots), Hand(worker)));
                }
                break;
            case Phase.Evaluating:
                foreach (var (worker, blocks) in _board.Deal(_assignment))
                {
                    var order = new EvaluationOrder(incarnation, _assignment.Generation, _model!.Version, new ItemList(blocks));
                    actions.Add(new ExchangeAction.SendEvaluation(worker, order, Hand(worker)));
                }
                break;
        }
    }

    private StepOrder OrderFor(int[] slots) => new(
        incarnation, _assignment.Generation, _epoch.Epoch, _epoch.StepsDone, _gather.Step, new ItemList(slots));

    /// <summary>Whether the version must go along; from then on the worker holds it.</summary>
    private bool Hand(WorkerId worker)
    {
        // A worker that has just gone is still in the assignment until the coordinator has dealt anew.
        if (!_holdsVersion.TryGetValue(worker, out var held) || held == _model!.Version) return false;
        _holdsVersion[worker] = _model.Version;
        return true;
    }

    private ExchangeAction.Report Break(string reason)
    {
        _phase = Phase.Idle;
        return new ExchangeAction.Report(new ExchangeReport.Broken(reason));
    }
}
