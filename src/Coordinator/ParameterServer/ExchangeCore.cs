using MiniBatch.Coordinator.Membership;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// Decides everything about the exchange: who initialises, who is connected, what is evaluated; epochs are trained by its
/// <see cref="Training"/>. Pure: no clock, no socket, no actor, no torch; time comes in as an argument, decisions go out
/// through a list. Owned by the exchange thread; tests run this very class with imaginary workers.
/// </summary>
/// <param name="spec">The run's.</param>
/// <param name="incarnation">This coordinator's.</param>
/// <param name="options">What else was chosen.</param>
public sealed class ExchangeCore(RunSpec spec, Incarnation incarnation, ExchangeOptions options)
{
    private readonly WatchClock _clock = new();
    private readonly SilenceWatch _silence = new(options.Timeouts.Silence);
    private readonly AnswerWatch _answers = new(options.Timeouts.Answer);
    private readonly EvaluationGather _evaluation = new(incarnation, spec);
    private readonly HeldVersions _held = new();
    private readonly LaggingWorkers _lagging = new();
    private readonly FaultCounts _counts = new();
    private Assignment _assignment = Assignment.Nobody;
    private WorkBoard _blocks = new(0);
    private ModelState? _model;
    private Training? _training;
    private WorkerId? _initialiser;
    private string? _seedSha256;   // of the version 0 that the seed gives, where a worker has sent it
    private bool _initialising;
    private bool _evaluating;
    private bool _halted;

    /// <summary>The version, once there is one.</summary>
    public ModelState? Model => _model;

    /// <summary>What was counted so far, copied.</summary>
    public ExchangeCounters Counters => _counts.ToCounters();

    /// <summary>Where it is counted; for reading.</summary>
    public FaultCounts Counts => _counts;

    /// <summary>What the workers are asked for now, for people.</summary>
    public string Work =>
        _initialising ? "version 0"
        : _evaluating ? $"the evaluation of version {_model!.Version}"
        : _training is { IsOpen: true } training ? $"step {training.OpenStep}"
        : "nothing";

    /// <summary>Says when a step may be opened.</summary>
    public StepThrottle Throttle { get; } = new();

    /// <summary>When something that waits for the throttle is due; null where nothing is, or only somebody's word opens it.</summary>
    public TimeSpan? HeldUntil => _training is { IsOpen: true, IsHeld: true } ? Throttle.NextAt : null;

    /// <summary>What is going on, for people; made anew at each call.</summary>
    public ExchangeView View(TimeSpan now) => new(
        _model?.Version ?? 0, Work, Throttle.StepsPerSecond, _training is { IsOpen: true, IsHeld: true },
        _training is { IsOpen: true, OpenSince: { } since } ? (now - since).TotalMilliseconds : 0, _training?.OpenSlots ?? [],
        [.. _held.Connected.Select(worker => new WorkerView(worker.Name, _held.Of(worker), _assignment.Workers.Contains(worker), _lagging.Contains(worker))).OrderBy(worker => worker.Name, StringComparer.Ordinal)],
        Counters.Staleness, _model?.Movement.Last is { } moved ? new MovementView(moved.Version, moved.Norm) : null,
        _training is { IsOpen: true } late && late.IsLate(now));

    /// <summary>
    /// Has a worker put samples through the model: one that holds the newest version, or that has nothing to do and can be sent it; else
    /// one that is busy, with the version that it is busy with.
    /// </summary>
    /// <param name="request">Comes back with the answer.</param>
    /// <param name="samples">How many, ≥ 1.</param>
    /// <param name="inputs">float32[samples, …].</param>
    /// <param name="actions">Decisions are added here.</param>
    /// <returns>False where there is nobody to ask.</returns>
    public bool AskForward(long request, int samples, float[] inputs, List<ExchangeAction> actions)
    {
        if (_model is null || _halted) return false;
        var connected = _assignment.Workers.Where(worker => _held.Connected.Contains(worker) && !_lagging.Contains(worker)).ToList();
        var holding = connected.Where(worker => _held.Of(worker) == _model.Version).ToList();
        var idle = connected.Where(worker => !HoldsWork(worker)).ToList();
        if (holding.Concat(idle).Concat(connected.Where(worker => _held.Of(worker) is not null)).Select(worker => (WorkerId?)worker).FirstOrDefault() is not { } to) return false;
        var version = holding.Contains(to) || idle.Contains(to) ? _model.Version : _held.Of(to)!.Value;
        actions.Add(new ExchangeAction.SendForward(to, new ForwardOrder(incarnation, request, version, samples, inputs), _held.Hand(to, version)));
        return true;
    }

    /// <summary>float32s that a gradient must have; 0 until the model is known.</summary>
    public int GradientFloats => _model?.Layout.TotalCount ?? 0;

    /// <summary>Goes on from a version that was written down.</summary>
    public void Restore(ModelSnapshot snapshot, RunPosition position)
    {
        _counts.Restore(snapshot.Counters);
        Own(new ModelState(spec, snapshot)).Restore(position);
    }

    /// <summary>Whether a connection is meant for this coordinator: a worker may mean one that was here before.</summary>
    public bool IsMeant(SessionIdentity identity) => identity.Incarnation == incarnation && identity.Run == spec.Run;

    /// <summary>Bytes came from a worker.</summary>
    public void Heard(WorkerId worker, List<ExchangeAction> actions)
    {
        if (_silence.Hear(worker, _clock.Now)) actions.Add(new ExchangeAction.Report(new ExchangeReport.Heard(worker)));
    }

    /// <summary>
    /// A worker's data connection stands; it holds no version yet. What it was asked for before is to be given out again: it has
    /// forgotten it with the old connection, or never heard of it between the two.
    /// </summary>
    public void Connected(WorkerId worker, List<ExchangeAction> actions)
    {
        var isReplaced = _held.Connect(worker);
        _silence.Connect(worker, _clock.Now);
        actions.Add(new ExchangeAction.Report(new ExchangeReport.Connected(worker, incarnation)));
        Forget(worker);
        if (!isReplaced) return;   // the coordinator deals anew
        _counts.ConnectionsLost++;
        Deal(actions);
    }

    /// <summary>A worker's data connection is gone. Its items are dealt when the coordinator has dealt anew.</summary>
    public void Disconnected(WorkerId worker, string reason, List<ExchangeAction> actions)
    {
        if (!_held.Disconnect(worker)) return;
        _silence.Disconnect(worker);
        _counts.ConnectionsLost++;
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
        _initialising = true;
        Deal(actions);
    }

    /// <summary>Trains one epoch: opens its first step, or the one at which the run was restored.</summary>
    /// <param name="epoch">1-based.</param>
    /// <param name="now">Any monotonic time.</param>
    /// <param name="actions">Decisions are added here.</param>
    public void Train(int epoch, TimeSpan now, List<ExchangeAction> actions) => _training!.Begin(epoch, _assignment, now, actions);

    /// <summary>Evaluates the current version on the test samples.</summary>
    public void Evaluate(List<ExchangeAction> actions)
    {
        _evaluating = true;
        _evaluation.Open(_model!.Version);
        _blocks = new WorkBoard(spec.EvaluationBlocks);
        Deal(actions);
    }

    /// <summary>A worker has answered something, or has forgotten what it was asked: it owes no answer any more.</summary>
    public void Answered(WorkerId worker)
    {
        _answers.Settle(worker);
        _lagging.Settle(worker);
    }

    /// <summary>A worker sent version 0. The first complete copy wins.</summary>
    public void OfferModel(WorkerId from, in ModelInitialised model, ReadOnlyMemory<float> values, List<ExchangeAction> actions)
    {
        if (model.Incarnation != incarnation) return;
        Answered(from);
        var hash = ParameterHash.Sha256OfFloats(values.Span);
        if (hash != model.Sha256)
        {
            actions.Add(new ExchangeAction.Drop(from, "version 0 does not have the hash that came with it"));
            return;
        }
        if (_model is not null)
        {
            if (hash != (_seedSha256 ?? ParameterHash.Sha256OfFloats(_model.Frame.Floats)) && _model.Version == 0)
                actions.Add(Break($"{from} initialised another version 0 than the run's ({hash}): the workers' arithmetic differs"));
            return;
        }
        if (ModelLayout.Parse(model.LayoutJson) is not { } layout || layout.TotalCount != values.Length)
        {
            actions.Add(new ExchangeAction.Drop(from, "version 0 does not fit its layout"));
            return;
        }
        try
        {
            Own(new ModelState(spec, layout, options.Weights is { } weights ? weights.ValuesFor(layout, spec.Workload) : values.Span));
        }
        catch (WeightsException e)
        {
            actions.Add(Break(e.Message.TrimEnd('.')));
            return;
        }
        // Whose version 0 is not the run's holds none of it.
        if (options.Weights is null) _held.Hand(from, 0);
        _seedSha256 = hash;
        _initialiser = null;
        _initialising = false;
        Save(actions);
        actions.Add(new ExchangeAction.Report(new ExchangeReport.ModelReady(from, layout, hash)));
    }

    /// <summary>A worker sent a gradient; the training decides what becomes of it. See <see cref="IsApplied"/> then.</summary>
    public GatherVerdict OfferGradient(
        WorkerId from, in SlotGradient header, ReadOnlyMemory<float> gradient, TimeSpan now, List<ExchangeAction> actions)
    {
        if (_halted) return GatherVerdict.Duplicate;
        Answered(from);
        var verdict = _training?.Offer(from, header, gradient, now, actions) ?? GatherVerdict.Impossible;
        switch (verdict)
        {
            case GatherVerdict.Duplicate:
                _counts.DuplicatesDropped++;
                break;
            case GatherVerdict.Impossible:
                actions.Add(new ExchangeAction.Drop(from, $"a gradient of step {header.Step}, slot {header.Slot}, {header.SampleCount} samples, from version {header.Version}, that nobody asked for"));
                break;
        }
        return verdict;
    }

    /// <summary>Whether the gradient that was offered last made an update, which is to be committed.</summary>
    public bool IsApplied => _training is { IsApplied: true };

    /// <summary>Commits that update: it is written down, and what is next is dealt.</summary>
    /// <param name="now">After the update.</param>
    /// <param name="actions">Decisions are added here.</param>
    public void Commit(TimeSpan now, List<ExchangeAction> actions) => _training!.Commit(now, actions);

    /// <summary>
    /// Completes a step that is to be recorded with the sums over the version that it made. Call it once the next orders are out, for no worker
    /// waits for these sums, and before the next gradient is offered.
    /// </summary>
    public CommittedStep Summed(CommittedStep step) => step with { VersionCrc = _model!.Crc, StateSha256 = _training!.StateSha256() };

    /// <summary>A worker sent the sums of a block.</summary>
    public void OfferBlock(WorkerId from, in BlockResult result, List<ExchangeAction> actions)
    {
        Answered(from);
        switch (_evaluation.Offer(result))
        {
            case GatherVerdict.Accepted:
                _blocks.Complete(result.Block);
                if (!_evaluation.IsComplete) break;
                _evaluating = false;
                actions.Add(new ExchangeAction.Report(_evaluation.Result()));
                break;
            case GatherVerdict.Impossible:
                actions.Add(new ExchangeAction.Drop(from, $"a block {result.Block} of version {result.Version} that nobody asked for"));
                break;
        }
    }

    /// <summary>Time passed, and everything that has come was handed in: finds workers that are silent or stuck, and gives what is late also to workers that have nothing to do.</summary>
    public void Tick(TimeSpan now, List<ExchangeAction> actions)
    {
        _clock.Look(now);
        foreach (var (worker, silence) in _silence.Look(_clock.Now)) actions.Add(new ExchangeAction.Report(new ExchangeReport.Silent(worker, silence)));
        if (_answers.IsDue(_clock.Now)) FindStuck(actions);
        _training?.OpenHeld(now, actions);
        if (options.Timeouts.BackUp) _training?.BackUp(now, actions);
    }

    /// <summary>The run ends with the current version: nothing that arrives from now on is applied.</summary>
    public void Halt()
    {
        _halted = true;
        _initialising = _evaluating = false;
        _training?.Halt();
    }

    /// <summary>Copies the current version out.</summary>
    public ModelSnapshot Snapshot() => _model!.Snapshot(Counters);

    /// <summary>Writes the current version down.</summary>
    public void Save(List<ExchangeAction> actions) => actions.Add(new ExchangeAction.Save(Snapshot(), _training!.Position));

    private Training Own(ModelState model)
    {
        _model = model;
        return _training = Training.Of(spec, incarnation, model, _held, _lagging, _counts, options.CheckpointSteps, options.KeepsGradients, Throttle);
    }

    /// <summary>Whatever the worker was asked for over a connection that is gone must be asked for again.</summary>
    private void Forget(WorkerId worker)
    {
        _blocks.Lose(worker);
        _training?.Lose(worker);
        Answered(worker);
        if (_initialiser == worker) _initialiser = null;
    }

    private void FindStuck(List<ExchangeAction> actions)
    {
        foreach (var (worker, owed) in _answers.Look(_assignment.Workers, HoldsWork, _training?.Pace ?? TimeSpan.Zero, _clock.Now))
            actions.Add(new ExchangeAction.Report(new ExchangeReport.Stuck(worker, Work, owed)));
    }

    private bool HoldsWork(WorkerId worker) =>
        _initialising ? _initialiser == worker
        : _evaluating ? _blocks.Occupies(worker)
        : _training is { IsOpen: true } training && (training.Occupies(worker) || _lagging.Contains(worker));

    /// <summary>Hands out whatever is open and held by nobody of the assignment.</summary>
    private void Deal(List<ExchangeAction> actions)
    {
        if (_initialising && _assignment.Workers.Count > 0 && _initialiser != _assignment.Workers[0])
        {
            _initialiser = _assignment.Workers[0];
            actions.Add(new ExchangeAction.SendInitialise(_assignment.Workers[0], new InitialiseOrder(incarnation)));
        }
        if (_evaluating) DealBlocks(actions);
        _training?.Deal(_assignment, actions);
    }

    private void DealBlocks(List<ExchangeAction> actions)
    {
        var before = _blocks.Reassigned;
        foreach (var (worker, blocks) in _blocks.Deal(_lagging.LeftOutOf(_assignment)))
        {
            var order = new EvaluationOrder(incarnation, _assignment.Generation, _model!.Version, new ItemList(blocks));
            actions.Add(new ExchangeAction.SendEvaluation(worker, order, _held.Hand(worker, _model.Version)));
        }
        _counts.SlotsReassigned += _blocks.Reassigned - before;
    }

    private ExchangeAction.Report Break(string reason)
    {
        Halt();
        return new ExchangeAction.Report(new ExchangeReport.Broken(reason));
    }
}
