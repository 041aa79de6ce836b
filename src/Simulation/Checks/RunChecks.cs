using System.Runtime.InteropServices;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Runs;
using MiniBatch.Simulation.Faults;
using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation.Checks;

/// <summary>What one coordinator has applied, from the version that it started with.</summary>
internal sealed class RunHistory(Incarnation incarnation, Oracle oracle, long version)
{
    public Incarnation Incarnation => incarnation;

    /// <summary>Of a synchronous run the one that all share; else one that has applied what this history has.</summary>
    public Oracle Oracle => oracle;

    public long Version { get; set; } = version;

    /// <summary>By step of the epoch that is under way: how many of its slots are applied, and by which version all were.</summary>
    public HashSet<(long Step, int Slot)> Applied { get; } = [];
}

/// <summary>
/// The invariants that are looked at whenever something is applied, saved, gone on from or completed: each (epoch, step, slot) once,
/// versions that rise by one, nothing of another incarnation, staleness within the bound, and the bits of the sequential oracle.
/// </summary>
internal sealed class RunChecks
{
    private readonly Schedule _schedule;
    private readonly RunSpec _spec;
    private readonly Oracle? _synchronous;
    private readonly List<(long Version, float[] Values, AppliedUpdate[] Applied)> _saved = [];
    private readonly HashSet<(long Step, int Slot)> _broken = [];
    private readonly Dictionary<int, (double? Train, double? Test)> _losses = [];
    private readonly double[] _stepLoss;
    private readonly uint[] _slotCrc;
    private readonly Dictionary<string, long> _stepOfWorker = [];
    private long _newestWritten = -1;
    private readonly HashSet<Incarnation> _incarnations = [];

    public RunChecks(Schedule schedule)
    {
        _schedule = schedule;
        _spec = schedule.Spec;
        Plans = new EpochPlan[_spec.Epochs];
        for (var epoch = 1; epoch <= _spec.Epochs; epoch++) Plans[epoch - 1] = _spec.PlanOf(epoch);
        foreach (var fault in schedule.Faults)
        {
            if (fault.Kind == FaultKind.NotFinite) _broken.Add((fault.At % TotalSteps + 1, fault.Target % _spec.Slots));
        }
        _stepLoss = new double[TotalSteps + 1];
        _slotCrc = new uint[(TotalSteps + 1) * _spec.Slots];
        if (!_spec.Mode.IsSynchronous) return;
        _synchronous = new Oracle(_spec, schedule.Layout, Plans);
        Array.Fill(_stepLoss, double.NaN);
    }

    public EpochPlan[] Plans { get; }

    /// <summary>A file is on the disk; of a checkpoint no coordinator may go back to an earlier one.</summary>
    public void Renamed(string path)
    {
        if (path.EndsWith(".safetensors", StringComparison.Ordinal) && path.Contains("/checkpoints/", StringComparison.Ordinal))
            _newestWritten = Math.Max(_newestWritten, long.Parse(Path.GetFileNameWithoutExtension(path), System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>The losses of an epoch of a synchronous run, as the oracle has them.</summary>
    public (double? Train, double? Test) LossesOf(int epoch) => _losses[epoch];

    /// <summary>Updates that were applied by all coordinators together.</summary>
    public int Updates { get; private set; }

    /// <summary>The highest step that was ever applied.</summary>
    public long HighestStep { get; private set; }

    /// <summary>The highest step that a slot of a worker's was ever in.</summary>
    public long HighestStepOf(string worker) => _stepOfWorker.GetValueOrDefault(worker);

    private int TotalSteps => _spec.Epochs * _spec.StepsPerEpoch;

    /// <summary>Whether the gradient of a slot is not finite, whoever computes it.</summary>
    public bool IsBroken(long step, int slot) => _broken.Count > 0 && _broken.Contains((step, slot));

    /// <summary>A coordinator begins, or goes on from what is on the disk.</summary>
    public RunHistory Begin(Checkpoint? resumed, Incarnation incarnation)
    {
        Require(_incarnations.Add(incarnation), $"incarnation {incarnation} has been before");
        // Two that write beside each other may have written versions that are nobody's any more.
        if (!_schedule.Faults.Any(fault => fault.Kind == FaultKind.CoordinatorReplaced))
            Require((resumed?.Model.Version ?? -1) >= _newestWritten, $"incarnation {incarnation} goes on from version {resumed?.Model.Version ?? -1}, and {_newestWritten} was written down");
        if (resumed is null)
            return new RunHistory(incarnation, _synchronous ?? new Oracle(_spec, _schedule.Layout, Plans), 0);
        var model = resumed.Model;
        if (_synchronous is not null)
        {
            Advance(model.Version);
            Require(AreEqual(model.Values, _synchronous.At(model.Version)), $"version {model.Version} was gone on from with other values than it has");
            var position = resumed.Position;
            Require(
                model.Version == (position.Epoch == 0 ? 0 : (position.Epoch - 1) * _spec.StepsPerEpoch + position.StepsInEpoch),
                $"version {model.Version} is gone on from at epoch {position.Epoch}, step {position.StepsInEpoch}");
            return new RunHistory(incarnation, _synchronous, model.Version);
        }
        foreach (var (version, values, applied) in _saved)
        {
            if (version != model.Version || !AreEqual(values, model.Values)) continue;
            var history = new RunHistory(incarnation, new Oracle(_spec, _schedule.Layout, Plans), 0);
            foreach (var update in applied) Apply(history, update);
            return history;
        }
        throw new InvariantException($"version {model.Version} was gone on from, and nobody had saved it");
    }

    /// <summary>A gradient was offered.</summary>
    public void Offered(RunHistory history, GatherVerdict verdict, in SlotGradient header, Incarnation incarnation)
    {
        if (verdict != GatherVerdict.Accepted) return;
        Require(header.Incarnation == incarnation, $"a gradient of incarnation {header.Incarnation} was taken by {incarnation}");
        Require(header.Version <= history.Version, $"a gradient of version {header.Version} was taken at version {history.Version}");
    }

    /// <summary>An update was committed.</summary>
    public void Recorded(RunHistory history, CommittedStep step, ModelState model)
    {
        Updates++;
        HighestStep = Math.Max(HighestStep, step.Step);
        foreach (var slot in step.Slots)
            _stepOfWorker[slot.Worker.Name] = Math.Max(HighestStepOf(slot.Worker.Name), step.Step);
        Require(step.Step == history.Version + 1, $"update {step.Step} comes after version {history.Version}");
        Require(model.Version == step.Step, $"update {step.Step} made version {model.Version}");
        Require(step.Skipped is null || _spec.OnNonFinite == NonFinitePolicy.Skip, $"update {step.Step} was left out, and the run was to stop");
        if (_synchronous is not null) RecordStep(history, step);
        else RecordSlot(history, step);
        Require(AreEqual(model.Frame.Floats, history.Oracle.At(step.Step)), $"version {step.Step} has other values than the oracle's");
        Require(step.StateSha256 == history.Oracle.StateSha256(step.Step), $"version {step.Step} is recorded with another state of the optimizer than the oracle's");
    }

    /// <summary>A version was handed over to be written down.</summary>
    public void Saved(RunHistory history, ExchangeAction.Save save)
    {
        Require(save.Model.Version == history.Version, $"version {save.Model.Version} was saved at version {history.Version}");
        Require(AreEqual(save.Model.Values, history.Oracle.At(save.Model.Version)), $"version {save.Model.Version} was saved with other values than it has");
        if (_synchronous is null) _saved.Add((save.Model.Version, save.Model.Values, [.. history.Oracle.Applied]));
    }

    /// <summary>An epoch was completed.</summary>
    public void EpochCompleted(RunHistory history, Decision.CompleteEpoch complete)
    {
        var epoch = complete.Trained.Epoch;
        Require(history.Version == epoch * _spec.UpdatesPerEpoch, $"epoch {epoch} was completed at version {history.Version}");
        var samples = 0L;
        var lossSum = 0.0;
        for (var step = (epoch - 1) * _spec.StepsPerEpoch + 1; step <= epoch * _spec.StepsPerEpoch; step++)
        {
            for (var slot = 0; slot < _spec.Slots; slot++)
            {
                if (!IsLeftOut(step, slot)) samples += history.Oracle.SamplesOf(step, slot).Length;
            }
            if (_synchronous is not null && !IsLeftOut(step, 0)) lossSum += _stepLoss[step];
        }
        Require(complete.Trained.Samples == samples, $"epoch {epoch} has {complete.Trained.Samples} samples, and the plan {samples}");
        if (_synchronous is not null && samples > 0)
            Require(complete.Trained.MeanLoss == lossSum / samples, $"epoch {epoch} has the loss {complete.Trained.MeanLoss:R}, and the oracle {lossSum / samples:R}");
        _losses[epoch] = (complete.Trained.MeanLoss, complete.Evaluated?.MeanLoss);
        if (complete.Evaluated is not { } evaluated) return;
        Require(evaluated.Version == history.Version, $"epoch {epoch} was evaluated at version {evaluated.Version}");
        Require(evaluated.Samples == _spec.TestCount, $"epoch {epoch} was evaluated on {evaluated.Samples} samples of {_spec.TestCount}");
        var testLoss = 0.0;
        for (var block = 0; block < _spec.EvaluationBlocks; block++)
            testLoss += Math.Min(RunSpec.EvaluationBlockSize, _spec.TestCount - block * RunSpec.EvaluationBlockSize) * (double)history.Oracle.At(history.Version)[0];
        Require(evaluated.MeanLoss == testLoss / _spec.TestCount, $"epoch {epoch} was evaluated to {evaluated.MeanLoss:R}, and the oracle says {testLoss / _spec.TestCount:R}");
    }

    /// <summary>Whether an update is left out: in a synchronous run a step with any slot that is not finite.</summary>
    private bool IsLeftOut(long step, int slot)
    {
        if (_broken.Count == 0) return false;
        if (_synchronous is null) return IsBroken(step, slot);
        for (var any = 0; any < _spec.Slots; any++)
        {
            if (IsBroken(step, any)) return true;
        }
        return false;
    }

    private void RecordStep(RunHistory history, CommittedStep step)
    {
        Require(
            step.Step == (step.Epoch - 1) * _spec.StepsPerEpoch + step.StepInEpoch + 1, $"update {step.Step} says that it is step {step.StepInEpoch} of epoch {step.Epoch}");
        Require(step.Slots.Count == _spec.Slots, $"step {step.Step} has {step.Slots.Count} slots");
        Advance(step.Step);
        for (var slot = 0; slot < _spec.Slots; slot++)
        {
            Require(
                step.Slots[slot].SampleCrc == _slotCrc[step.Step * _spec.Slots + slot] && step.Slots[slot].Samples == history.Oracle.SamplesOf(step.Step, slot).Length,
                $"step {step.Step}, slot {slot} took other samples than the plan's");
        }
        Require(step.Skipped is not null == IsLeftOut(step.Step, 0), $"step {step.Step} was {(step.Skipped is null ? "applied" : "left out")}");
        history.Version++;
    }

    private void RecordSlot(RunHistory history, CommittedStep step)
    {
        var slot = step.Slots.Single();
        var arrival = slot.Arrival ?? throw new InvariantException($"update {step.Step} says not which slot it is of");
        Require(arrival.Step == (step.Epoch - 1) * _spec.StepsPerEpoch + step.StepInEpoch + 1, $"update {step.Step} says that it is step {step.StepInEpoch} of epoch {step.Epoch}");
        var samples = history.Oracle.SamplesOf(arrival.Step, arrival.Slot);
        Require(
            slot.Samples == samples.Length && slot.SampleCrc == SyntheticTask.CrcOf(samples), $"step {arrival.Step}, slot {arrival.Slot} took other samples than the plan's");
        Require(!history.Applied.Contains((arrival.Step, arrival.Slot)), $"step {arrival.Step}, slot {arrival.Slot} was applied twice");
        RequireFresh(history, arrival);
        Require(step.Skipped is not null == IsBroken(arrival.Step, arrival.Slot), $"step {arrival.Step}, slot {arrival.Slot} was {(step.Skipped is null ? "applied" : "left out")}");
        Apply(history, new AppliedUpdate(arrival.Step, arrival.Slot, arrival.FromVersion, step.Skipped is not null));
    }

    private static void Apply(RunHistory history, in AppliedUpdate update)
    {
        history.Oracle.Apply(update);
        history.Applied.Add((update.Step, update.Slot));
        history.Version++;
    }

    /// <summary>The version that a slot was computed from contains all slots of steps ≤ t − 1 − S, and of the epochs before.</summary>
    private void RequireFresh(RunHistory history, SlotArrival arrival)
    {
        var first = (arrival.Step - 1) / _spec.StepsPerEpoch * _spec.StepsPerEpoch + 1;
        var last = _spec.Mode.StepsBehindMax >= _spec.StepsPerEpoch ? first - 1 : Math.Max(first - 1, arrival.Step - 1 - _spec.Mode.StepsBehindMax);
        var contained = 0L;
        for (var i = 0; i < arrival.FromVersion; i++)
        {
            if (history.Oracle.Applied[i].Step <= last) contained++;
        }
        Require(
            contained == last * _spec.Slots,
            $"step {arrival.Step}, slot {arrival.Slot} was computed from version {arrival.FromVersion}, which lacks {last * _spec.Slots - contained} slots of steps up to {last}");
    }

    /// <summary>Has the oracle of a synchronous run get to a version.</summary>
    private void Advance(long version)
    {
        Span<float> gradient = stackalloc float[_schedule.Layout.TotalCount];
        while (_synchronous!.Version < version)
        {
            var step = _synchronous.Version + 1;
            var lossSum = 0.0;
            for (var slot = 0; slot < _spec.Slots; slot++)
            {
                var computed = SyntheticTask.Compute(_spec, _schedule.Layout, _synchronous.At(step - 1), _synchronous.SamplesOf(step, slot), gradient);
                _slotCrc[step * _spec.Slots + slot] = computed.Crc;
                lossSum += computed.LossSum;
            }
            _stepLoss[step] = lossSum;
            _synchronous.Apply(new AppliedUpdate(step, -1, step - 1, IsLeftOut(step, 0)));
        }
    }

    private static bool AreEqual(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => MemoryMarshal.AsBytes(a).SequenceEqual(MemoryMarshal.AsBytes(b));

    private static void Require(bool isSo, [System.Runtime.CompilerServices.InterpolatedStringHandlerArgument(nameof(isSo))] ref RequireText otherwise)
    {
        if (!isSo) throw new InvariantException(otherwise.Text);
    }
}

/// <summary>A text that is made only where something is not so.</summary>
[System.Runtime.CompilerServices.InterpolatedStringHandler]
internal ref struct RequireText
{
    private System.Runtime.CompilerServices.DefaultInterpolatedStringHandler _text;

    public RequireText(int literalLength, int formattedCount, bool isSo, out bool isWanted)
    {
        isWanted = !isSo;
        if (isWanted) _text = new(literalLength, formattedCount, System.Globalization.CultureInfo.InvariantCulture);
    }

    public string Text => _text.ToStringAndClear();

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string format) => _text.AppendFormatted(value, format);
}
