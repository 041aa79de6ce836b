using System.Globalization;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Schedules;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Ledger;

/// <summary>
/// Checks a ledger against nothing but the run's spec and the dataset: that its lines are those that were written, that every
/// step was applied once and in order, and that every slot consumed just the bytes of the samples that the epoch plan gives it.
/// </summary>
/// <remarks>
/// The chain has no secret: it finds damage and careless editing. Whoever computes it anew must also come by the right
/// checksums of samples, and meet the last version's checksum and the epochs' losses (<see cref="RunVerifier"/>).
/// </remarks>
public sealed class LedgerVerifier
{
    /// <summary>Another machine's cosine may differ in its last digit.</summary>
    private const double RateTolerance = 1e-12;

    private readonly RunSpec _spec;
    private readonly SampleSet _train;
    private readonly List<VerifiedEpoch> _finished = [];
    private string _chain;
    private EpochPlan? _plan;
    private ILearningRateSchedule? _rates;
    private LedgerLine? _last;
    private long _lines;
    private long _bytes;
    private long _sampleBytes;
    private AppliedSlots? _arrived;   // of the epoch under way, in asynchronous modes
    private int _updatesInEpoch;
    private long _samplesInEpoch;
    private long _skippedInEpoch;
    private double _lossSumOfEpoch;

    private LedgerVerifier(RunSpec spec, SampleSet train) =>
        (_spec, _train, _chain) = (spec, train, LedgerCodec.ChainStartOf(spec.Origin));

    /// <summary>Reads a ledger to its end, or to the first difference.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="train">The dataset's training samples, at least as many as the spec uses.</param>
    /// <param name="steps">The ledger, read once from its start.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    public static LedgerVerifierResult Verify(RunSpec spec, SampleSet train, Stream steps) =>
        new LedgerVerifier(spec, train).Verify(steps);

    private LedgerVerifierResult Verify(Stream steps)
    {
        if (SpecDifference() is { } wrong) return Result($"spec.json: {wrong}", torn: false);
        var reader = new LedgerReader(steps);
        try
        {
            while (reader.TryRead(out var bytes))
            {
                (var line, _chain) = LedgerCodec.Read(bytes, _chain);
                if (Difference(line) is { } difference) return Result(At(difference), torn: false);
                Count(line, bytes.Length + 1);
            }
        }
        catch (LedgerException e)
        {
            return Result(At(e.Message), torn: false);
        }
        return Result(null, reader.IsTorn);
    }

    private string At(string difference) => $"steps.jsonl line {_lines + 1}: {difference}";

    private string? SpecDifference()
    {
        if (_spec.TrainCount > _train.Count) return $"it uses {_spec.TrainCount} training samples and the dataset has {_train.Count}";
        if (_spec.Epochs < 1) return $"it has {_spec.Epochs} epochs";
        if (_spec.EpochsBefore < 0 || _spec.EpochsBefore >= _spec.Epochs) return $"it has {_spec.Epochs} epochs, and begins after epoch {_spec.EpochsBefore}";
        try
        {
            EpochPlan.Check(_spec.TrainCount, _spec.GlobalBatch, _spec.Slots, _spec.LastBatch);
            _rates = _spec.CreateSchedule();
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    private string? Difference(LedgerLine line)
    {
        var update = _spec.FirstVersion + _lines + 1;
        if (line.Step != update) return $"step {line.Step} where step {update} is due";
        if (update > _spec.Epochs * UpdatesPerEpoch)
            return $"a step more than the run has ({_spec.Epochs} epochs of {UpdatesPerEpoch} {Units})";
        var epoch = (int)((update - 1) / UpdatesPerEpoch) + 1;
        if (line.Epoch != epoch) return $"epoch {line.Epoch}, where step {update} is of epoch {epoch} ({UpdatesPerEpoch} {Units} each)";
        if (_plan?.Epoch != epoch)
        {
            _plan = _spec.PlanOf(epoch);
            _arrived = new AppliedSlots(_plan.Steps, _plan.Slots, stepsDone: 0, ahead: [], update - 1);
        }
        if (line.Skipped is not null && _spec.OnNonFinite == NonFinitePolicy.Stop) return "an update was left out, where the spec says that the run stops";
        return _spec.Mode.IsSynchronous
            ? StepDifference(line, _plan, (int)((update - 1) % UpdatesPerEpoch)) ?? NumbersDifference(line, update, share: 1)
            : ArrivalDifference(line, _plan);
    }

    private string? StepDifference(LedgerLine line, EpochPlan plan, int stepInEpoch)
    {
        // A line that someone made up may lack what our own always have.
        if (line.Slots?.Count != plan.Slots) return $"{line.Slots?.Count ?? 0} slots where the run has {plan.Slots}";
        for (var slot = 0; slot < plan.Slots; slot++)
        {
            if (SlotDifference(line.Slots[slot], plan, stepInEpoch, slot) is { } difference) return difference;
        }
        return null;
    }

    /// <summary>An update of one slot: each slot of the plan once, from a version that is as fresh as the mode asks for.</summary>
    private string? ArrivalDifference(LedgerLine line, EpochPlan plan)
    {
        if (line.Slots is not [{ Arrival: { } arrival } taken]) return $"an update of one slot is due in mode {_spec.Mode}, with its place in the plan";
        var stepInEpoch = arrival.Step - 1 - (long)(plan.Epoch - 1) * _spec.StepsPerEpoch;
        if (stepInEpoch < 0 || stepInEpoch >= plan.Steps || arrival.Slot < 0 || arrival.Slot >= plan.Slots)
            return $"step {arrival.Step}, slot {arrival.Slot} is not of epoch {plan.Epoch}";
        var step = (int)stepInEpoch;
        var item = step * plan.Slots + arrival.Slot;
        if (_arrived!.IsApplied(item)) return $"slot {arrival.Slot} of step {arrival.Step} was applied before";
        if (arrival.FromVersion < 0 || arrival.FromVersion >= line.Step) return $"it was computed from version {arrival.FromVersion} and made version {line.Step}";
        if (_spec.Mode.StepsBehindMax <= step && !_arrived.Contains(arrival.FromVersion, step - _spec.Mode.StepsBehindMax))
            return $"slot {arrival.Slot} of step {arrival.Step} was computed from version {arrival.FromVersion}, which lacks a slot that {_spec.Mode} asks for";
        if (SlotDifference(taken, plan, step, arrival.Slot) is { } difference) return difference;
        _arrived.Apply(item, line.Step);
        return NumbersDifference(line, arrival.Step, (double)taken.Samples / plan.BatchSamples(step).Length);
    }

    private string? SlotDifference(LedgerSlot? taken, EpochPlan plan, int stepInEpoch, int slot)
    {
        var planned = plan.SlotSamples(stepInEpoch, slot);
        if (taken is null) return $"slot {slot} is missing";
        if (taken.Samples != planned.Length) return $"slot {slot} took {taken.Samples} samples where the plan gives it {planned.Length}";
        var crc = CrcOf(planned).ToString("x8", CultureInfo.InvariantCulture);
        return taken.Crc == crc ? null : $"slot {slot} took other samples (their CRC-32C is {taken.Crc}, that of the planned ones {crc})";
    }

    /// <param name="line">The line.</param>
    /// <param name="step">Of the plan, for the schedule.</param>
    /// <param name="share">Of the schedule's rate.</param>
    private string? NumbersDifference(LedgerLine line, long step, double share)
    {
        var samples = line.Slots.Sum(slot => slot.Samples);
        var rate = share * _rates!.RateAt(step);
        if (line.Skipped is null)
        {
            if (!double.IsFinite(line.Loss)) return $"the loss is {Text(line.Loss)}: a step that is not finite is never applied";
            if (!double.IsFinite(line.GradientNorm) || line.GradientNorm < 0)
                return $"the gradient's norm is {Text(line.GradientNorm)}, where a finite one ≥ 0 is due";
        }
        else if (double.IsFinite(line.Loss) && double.IsFinite(line.GradientNorm))
        {
            return "an update was left out although its loss and gradient are finite";
        }
        else if (line.VersionCrc != _last?.VersionCrc && _last is not null)
        {
            return "an update was left out, and the version changed all the same";
        }
        if (!(Math.Abs(line.LearningRate - rate) <= RateTolerance * rate))
            return $"the learning rate is {Text(line.LearningRate)} where the spec says {Text(rate)}";
        return ClippingDifference(line) ?? (line.Correct < 0 || line.Correct > samples ? $"{line.Correct} correct of {samples} samples" : null);
    }

    private string? ClippingDifference(LedgerLine line)
    {
        if (line.Clipped && _spec.Clip is null) return "the gradient was clipped, where the spec says nothing of it";
        // What was left out was not clipped either, however long.
        if (line.Skipped is null && _spec.Clip is { By: ClipKind.Norm, Limit: var limit } && line.Clipped != GradientClip.FactorOf(line.GradientNorm, limit) < 1)
            return $"the gradient of norm {Text(line.GradientNorm)} was {(line.Clipped ? "" : "not ")}clipped to {Text(limit)}";
        return null;
    }

    private uint CrcOf(ReadOnlySpan<int> samples)
    {
        _sampleBytes += (long)samples.Length * _train.BytesPerSample;
        return _train.CrcOf(samples);
    }

    private void Count(LedgerLine line, int bytes)
    {
        if (_last?.Epoch != line.Epoch) FinishEpoch();
        var samples = line.Slots.Sum(slot => slot.Samples);
        _last = line;
        _lines++;
        _bytes += bytes;
        _updatesInEpoch++;
        if (line.Skipped is not null)
        {
            _skippedInEpoch += samples;
            return;
        }
        _samplesInEpoch += samples;
        _lossSumOfEpoch += line.Loss * samples;
    }

    private void FinishEpoch()
    {
        if (_last is null) return;
        _finished.Add(new VerifiedEpoch(
            _last.Epoch, _updatesInEpoch, _samplesInEpoch, _skippedInEpoch, _samplesInEpoch == 0 ? null : _lossSumOfEpoch / _samplesInEpoch,
            _updatesInEpoch == UpdatesPerEpoch));
        (_updatesInEpoch, _samplesInEpoch, _skippedInEpoch, _lossSumOfEpoch) = (0, 0, 0, 0);
    }

    private string Units => _spec.Mode.IsSynchronous ? "steps" : "updates";

    private long UpdatesPerEpoch => _spec.UpdatesPerEpoch;

    private LedgerVerifierResult Result(string? difference, bool torn)
    {
        FinishEpoch();
        return new LedgerVerifierResult(difference, _lines, _bytes, _sampleBytes, torn, _last, _finished);
    }

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
