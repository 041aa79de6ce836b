using MiniBatch.Coordinator.Membership;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// One step at a time: all its slots from one version, averaged in slot order, one update. What comes out depends on the run
/// spec alone. Pure; owned by the exchange thread.
/// </summary>
public sealed class SynchronousTraining : Training
{
    private readonly LaggingWorkers _lagging;
    private readonly StepGather _gather;
    private readonly TimeSpan[] _arrived;   // by slot, of the open step
    private WorkBoard _board = new(0);
    private TimeSpan _stepOpened;
    private TimeSpan? _heldSince;   // the step before is committed, and the next waits for the throttle
    private (StepUpdate Update, string? Skipped)? _applied;

    internal SynchronousTraining(
        RunSpec spec, Incarnation incarnation, ModelState model, HeldVersions held, LaggingWorkers lagging, FaultCounts counts)
        : base(spec, incarnation, model, held, counts)
    {
        _lagging = lagging;
        _gather = new StepGather(incarnation, spec.Slots);
        _arrived = new TimeSpan[spec.Slots];
    }

    /// <inheritdoc />
    public override GatherVerdict Offer(
        WorkerId from, in SlotGradient header, ReadOnlyMemory<float> gradient, TimeSpan now, List<ExchangeAction> actions)
    {
        var verdict = _gather.Offer(from, header, gradient);
        if (verdict == GatherVerdict.Accepted)
        {
            _board.Complete(header.Slot);
            _arrived[header.Slot] = now;
            if (_gather.IsComplete) Apply(now, actions);
        }
        return verdict;
    }

    /// <inheritdoc />
    public override bool IsApplied => _applied is not null;

    /// <inheritdoc />
    public override void Commit(TimeSpan now, List<ExchangeAction> actions)
    {
        var (update, skipped) = _applied!.Value;
        _applied = null;
        var step = Committed(update, skipped, now);
        Epoch.StepsDone++;
        if (Record(step, now, actions)) Open(now, actions);
    }

    /// <inheritdoc />
    public override void BackUp(TimeSpan now, List<ExchangeAction> actions)
    {
        if (!IsOpen || IsHeld || !Stragglers.IsLate(now - _stepOpened)) return;
        foreach (var (worker, slot, straggler) in _board.BackUp(_lagging.LeftOutOf(Assignment)))
        {
            Counts.SlotsBackedUp++;
            // One that has just gone is in the assignment until the coordinator has dealt anew, and was never asked.
            if (Held.Connected.Contains(straggler)) _lagging.Add(straggler);
            Send(worker, [slot], actions);
            actions.Add(new ExchangeAction.Report(new ExchangeReport.BackedUp(straggler, worker, _gather.Step, slot, now - _stepOpened)));
        }
    }

    /// <inheritdoc />
    public override bool Occupies(WorkerId worker) => _board.Occupies(worker);

    /// <inheritdoc />
    public override void Lose(WorkerId worker) => _board.Lose(worker);

    /// <inheritdoc />
    public override bool IsHeld => _heldSince is not null;

    /// <inheritdoc />
    public override TimeSpan? OpenSince => IsOpen && !IsHeld ? _stepOpened : null;

    /// <inheritdoc />
    public override IReadOnlyList<SlotView> OpenSlots => IsOpen
        ? [.. Enumerable.Range(0, _board.ItemCount).Select(slot => new SlotView(
            _gather.Step, slot, _board.HolderOf(slot)?.Name, _board.BackupOf(slot)?.Name, _board.IsDone(slot)))]
        : [];

    /// <inheritdoc />
    public override void OpenHeld(TimeSpan now, List<ExchangeAction> actions)
    {
        if (_heldSince is not { } since || !IsOpen || !Throttle.MayOpen(now)) return;
        Epoch.Hold(now - since);
        Open(now, actions);
    }

    private protected override void Open(TimeSpan now, List<ExchangeAction> actions)
    {
        if (!Throttle.MayOpen(now))
        {
            _heldSince = now;
            return;
        }
        _heldSince = null;
        Throttle.Opened(now);
        Span<int> planned = stackalloc int[Spec.Slots];
        for (var slot = 0; slot < planned.Length; slot++)
            planned[slot] = Epoch.Plan.SlotSamples(Epoch.StepsDone, slot).Length;
        _gather.Open(Model.Version + 1, planned);
        _stepOpened = now;
        _board = new WorkBoard(Spec.Slots);
        Deal(actions);
    }

    private protected override void Deal(List<ExchangeAction> actions)
    {
        var before = _board.Reassigned;
        foreach (var (worker, slots) in _board.Deal(_lagging.LeftOutOf(Assignment))) Send(worker, slots, actions);
        Counts.SlotsReassigned += _board.Reassigned - before;
    }

    private protected override RunPosition PositionAt(TimeSpan now) => Epoch.PositionAt(now);

    private void Send(WorkerId worker, int[] slots, List<ExchangeAction> actions)
    {
        var order = new StepOrder(
            Incarnation, Assignment.Generation, Epoch.Epoch, Epoch.StepsDone, _gather.Step, Model.Version, new ItemList(slots));
        actions.Add(new ExchangeAction.SendStep(worker, order, Held.Hand(worker, Model.Version)));
    }

    private void Apply(TimeSpan now, List<ExchangeAction> actions)
    {
        Stragglers.Add(now - _stepOpened);
        var update = Model.Apply(_gather, KeepsGradients && Epoch.StepsDone + 1 == Epoch.Plan.Steps);
        string? skipped = null;
        if (update.BrokenSlot is { } slot)
        {
            skipped = Refusal(_gather.Step, slot, _gather.Senders[slot]);
            if (Spec.OnNonFinite == NonFinitePolicy.Stop)
            {
                Break($"{skipped}; nothing of it was applied; take a smaller learning rate", actions);
                return;
            }
            Model.Skip();
        }
        _applied = (update, skipped);
    }

    /// <summary>Counts the gathered step; sums are in slot order.</summary>
    private CommittedStep Committed(StepUpdate update, string? skipped, TimeSpan now)
    {
        var lossSum = 0.0;
        var samples = 0;
        var correct = 0;
        var slots = new CommittedSlot[Spec.Slots];
        for (var slot = 0; slot < slots.Length; slot++)
        {
            var header = _gather.Headers[slot];
            lossSum += header.LossSum;
            samples += header.SampleCount;
            correct += header.CorrectCount;
            slots[slot] = new CommittedSlot(
                _gather.Senders[slot], header.SampleCount, header.SampleCrc, header.ComputeMicroseconds, _arrived[slot] - _stepOpened);
        }
        if (skipped is null) Epoch.Add(samples, lossSum);
        return new CommittedStep(
            Epoch.Epoch, Epoch.StepsDone, _gather.Step, Assignment.Generation, lossSum / samples, correct, update,
            now - _stepOpened, slots, skipped);
    }
}
