using MiniBatch.Coordinator.Membership;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// Each slot is an update of its own, applied when it arrives; a worker has one slot at a time, from the version of the moment
/// it was dealt. With <c>bounded:S</c> no slot of step t is dealt before all of steps ≤ t − 1 − S are applied; without a bound
/// only the epoch's end holds anybody up. Bits depend on who was first; the accounting does not. Pure; owned by the exchange
/// thread.
/// </summary>
/// <remarks>
/// A worker that dies holds up nothing but, within a bound or at the epoch's end, the slot that it had: others take it as soon
/// as the loss is known, or once it is late.
/// </remarks>
public sealed class ArrivalTraining : Training
{
    private readonly Dictionary<WorkerId, (int Item, TimeSpan Since)> _busy = [];
    private readonly SortedDictionary<int, WorkerId> _returned = [];   // dealt once, and lost with this worker
    private readonly HashSet<int> _backedUp = [];
    private AppliedSlots _slots = new(0, 1, 0, [], 0);
    private int _nextItem;
    private TimeSpan _now;
    private TimeSpan? _heldSince;   // a worker has nothing to do, and the throttle is why
    private CommittedStep? _applied;   // its time ends with the gradient's arrival: only the commit knows the rest

    internal ArrivalTraining(
        RunSpec spec, Incarnation incarnation, ModelState model, HeldVersions held, FaultCounts counts)
        : base(spec, incarnation, model, held, counts)
    {
    }

    /// <inheritdoc />
    public override GatherVerdict Offer(
        WorkerId from, in SlotGradient header, ReadOnlyMemory<float> gradient, TimeSpan now, List<ExchangeAction> actions)
    {
        _now = now;
        var verdict = Judge(header, out var item);
        if (verdict is GatherVerdict.OtherIncarnation or GatherVerdict.Impossible) return verdict;
        var elapsed = TimeSpan.Zero;   // of a slot that was given up, and came after all
        if (_busy.TryGetValue(from, out var held) && held.Item == item)
        {
            _busy.Remove(from);
            elapsed = now - held.Since;
            Stragglers.Add(elapsed);
        }
        if (verdict == GatherVerdict.Accepted) Apply(from, header, gradient, item, elapsed, actions);
        else Deal(actions);
        return verdict;
    }

    /// <inheritdoc />
    public override bool IsApplied => _applied is not null;

    /// <inheritdoc />
    public override void Commit(TimeSpan now, List<ExchangeAction> actions)
    {
        var step = _applied! with { Elapsed = _applied.Elapsed + (now - _now) };
        _applied = null;
        _now = now;
        if (Record(step, now, actions)) Deal(actions);
    }

    /// <inheritdoc />
    public override void BackUp(TimeSpan now, List<ExchangeAction> actions)
    {
        _now = now;
        if (!IsOpen) return;
        foreach (var idle in Assignment.Workers)
        {
            if (_busy.ContainsKey(idle)) continue;
            var late = _busy
                .Where(busy => Stragglers.IsLate(now - busy.Value.Since) && !_backedUp.Contains(busy.Value.Item))
                .OrderBy(busy => busy.Value.Item)
                .Select(busy => (Worker: busy.Key, busy.Value.Item, busy.Value.Since))
                .FirstOrDefault();
            if (late.Worker == default) return;
            _backedUp.Add(late.Item);
            Counts.SlotsBackedUp++;
            Send(idle, late.Item, actions);
            actions.Add(new ExchangeAction.Report(new ExchangeReport.BackedUp(
                late.Worker, idle, StepOf(late.Item), late.Item % Spec.Slots, now - late.Since)));
        }
    }

    /// <inheritdoc />
    public override bool IsHeld => _heldSince is not null;

    /// <inheritdoc />
    public override TimeSpan? OpenSince => _busy.Count > 0 ? _busy.Values.Min(busy => busy.Since) : null;

    /// <inheritdoc />
    public override IReadOnlyList<SlotView> OpenSlots =>
        [.. _busy.OrderBy(busy => busy.Value.Item).Select(busy => new SlotView(StepOf(busy.Value.Item), busy.Value.Item % Spec.Slots, busy.Key.Name, null, IsIn: false))];

    /// <inheritdoc />
    public override void OpenHeld(TimeSpan now, List<ExchangeAction> actions)
    {
        if (_heldSince is not { } since || !IsOpen || !Throttle.MayOpen(now)) return;
        _now = now;
        if (_busy.Count == 0) Epoch.Hold(now - since);
        Deal(actions);
    }

    /// <inheritdoc />
    public override bool Occupies(WorkerId worker) => _busy.ContainsKey(worker);   // also where another was faster: it owes its answer

    /// <inheritdoc />
    public override void Lose(WorkerId worker)
    {
        if (!_busy.Remove(worker, out var held) || _slots.IsApplied(held.Item)) return;
        _backedUp.Remove(held.Item);
        // A backup that goes leaves the straggler at it, and the other way about.
        if (_busy.Values.All(other => other.Item != held.Item)) _returned[held.Item] = worker;
    }

    private protected override void Open(TimeSpan now, List<ExchangeAction> actions)
    {
        _now = now;
        _slots = new AppliedSlots(
            Epoch.Plan.Steps, Spec.Slots, Epoch.StepsDone, Position.Epoch == Epoch.Epoch ? Position.Ahead ?? [] : [], Model.Version);
        _busy.Clear();
        _returned.Clear();
        _backedUp.Clear();
        _nextItem = Epoch.StepsDone * Spec.Slots;
        Deal(actions);
    }

    private protected override void Deal(List<ExchangeAction> actions)
    {
        foreach (var gone in _busy.Keys.Where(worker => !Assignment.Workers.Contains(worker)).ToList()) Lose(gone);
        _heldSince = null;
        foreach (var worker in Assignment.Workers)
        {
            if (_busy.ContainsKey(worker)) continue;
            if (!Throttle.MayOpen(_now))
            {
                _heldSince ??= _now;
                return;
            }
            if (NextFor(worker) is not { } item) return;
            Throttle.Opened(_now);
            Send(worker, item, actions);
        }
    }

    private protected override RunPosition PositionAt(TimeSpan now) => Epoch.PositionAt(now) with { Ahead = _slots.Ahead };

    private GatherVerdict Judge(in SlotGradient header, out int item)
    {
        item = -1;
        if (header.Incarnation != Incarnation) return GatherVerdict.OtherIncarnation;
        if (!IsOpen) return GatherVerdict.Duplicate;   // all of the epoch is applied, or nothing more is
        if ((uint)header.Slot >= (uint)Spec.Slots) return GatherVerdict.Impossible;
        var step = header.Step - 1 - FirstStep;   // 0-based in the epoch
        if (step < 0) return GatherVerdict.Duplicate;
        if (step >= Epoch.Plan.Steps || header.Version < 0 || header.Version > Model.Version) return GatherVerdict.Impossible;
        item = (int)step * Spec.Slots + header.Slot;
        if (_slots.IsApplied(item)) return GatherVerdict.Duplicate;
        return header.SampleCount == Epoch.Plan.SlotSamples((int)step, header.Slot).Length && IsFresh(header.Version, (int)step)
            ? GatherVerdict.Accepted
            : GatherVerdict.Impossible;
    }

    /// <summary>Whether the version contains all slots of steps ≤ step − 1 − S.</summary>
    private bool IsFresh(long version, int step) =>
        Spec.Mode.StepsBehindMax > step || _slots.Contains(version, step - Spec.Mode.StepsBehindMax);

    private void Apply(WorkerId from, in SlotGradient header, ReadOnlyMemory<float> gradient, int item, TimeSpan elapsed, List<ExchangeAction> actions)
    {
        var staleness = Model.Version - header.Version;
        var update = Model.ApplySlot(
            header, gradient.Span, Epoch.Plan.BatchSamples(item / Spec.Slots).Length, KeepsGradients && _slots.Count + 1 == _slots.ItemCount);
        string? skipped = null;
        if (update.BrokenSlot is not null)
        {
            skipped = Refusal(header.Step, header.Slot, from);
            if (Spec.OnNonFinite == NonFinitePolicy.Stop)
            {
                Break($"{skipped}; nothing of it was applied; take a smaller learning rate", actions);
                return;
            }
            Model.Skip();
        }
        else
        {
            Epoch.Add(header.SampleCount, header.LossSum);
            Counts.CountStaleness(staleness);
        }
        _returned.Remove(item);
        _backedUp.Remove(item);
        _slots.Apply(item, Model.Version);
        Epoch.StepsDone = _slots.StepsDone;
        _applied = new CommittedStep(
            Epoch.Epoch, item / Spec.Slots, Model.Version, Assignment.Generation, header.LossSum / header.SampleCount,
            header.CorrectCount, update, elapsed,
            [new CommittedSlot(
                from, header.SampleCount, header.SampleCrc, header.ComputeMicroseconds, elapsed,
                new SlotArrival(header.Step, header.Slot, header.Version))],
            skipped);
    }

    /// <summary>The first item that nobody has; null where there is none, or the bound does not allow it yet.</summary>
    private int? NextFor(WorkerId worker)
    {
        if (_returned.Count > 0)
        {
            // Always within the bound: it was so when it was dealt first, and versions only gain slots.
            var (item, before) = _returned.First();
            _returned.Remove(item);
            if (before != worker) Counts.SlotsReassigned++;
            return item;
        }
        while (_nextItem < _slots.ItemCount && _slots.IsApplied(_nextItem)) _nextItem++;
        return _nextItem < _slots.ItemCount && IsFresh(Model.Version, _nextItem / Spec.Slots) ? _nextItem++ : null;
    }

    private void Send(WorkerId worker, int item, List<ExchangeAction> actions)
    {
        _busy[worker] = (item, _now);
        var order = new StepOrder(
            Incarnation, Assignment.Generation, Epoch.Epoch, item / Spec.Slots, StepOf(item), Model.Version, new ItemList([item % Spec.Slots]));
        actions.Add(new ExchangeAction.SendStep(worker, order, Held.Hand(worker, Model.Version)));
    }

    private long StepOf(int item) => FirstStep + item / Spec.Slots + 1;
}
