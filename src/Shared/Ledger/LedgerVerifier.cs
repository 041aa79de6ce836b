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
    private readonly LabelledImages _train;
    private readonly List<VerifiedEpoch> _finished = [];
    private string _chain = LedgerCodec.ChainStart;
    private EpochPlan? _plan;
    private ILearningRateSchedule? _rates;
    private LedgerLine? _last;
    private long _lines;
    private long _bytes;
    private long _sampleBytes;
    private int _stepsInEpoch;
    private long _samplesInEpoch;
    private double _lossSumOfEpoch;

    private LedgerVerifier(RunSpec spec, LabelledImages train) => (_spec, _train) = (spec, train);

    /// <summary>Reads a ledger to its end, or to the first difference.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="train">The dataset's training samples, at least as many as the spec uses.</param>
    /// <param name="steps">The ledger, read once from its start.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    public static LedgerVerifierResult Verify(RunSpec spec, LabelledImages train, Stream steps) =>
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
        var step = _lines + 1;
        if (line.Step != step) return $"step {line.Step} where step {step} is due";
        if (step > (long)_spec.Epochs * _spec.StepsPerEpoch)
            return $"a step more than the run has ({_spec.Epochs} epochs of {_spec.StepsPerEpoch} steps)";
        var epoch = (int)((step - 1) / _spec.StepsPerEpoch) + 1;
        if (line.Epoch != epoch) return $"epoch {line.Epoch}, where step {step} is of epoch {epoch} ({_spec.StepsPerEpoch} steps each)";
        if (_plan?.Epoch != epoch) _plan = _spec.PlanOf(epoch);
        return SlotsDifference(line, _plan, (int)((step - 1) % _spec.StepsPerEpoch)) ?? NumbersDifference(line);
    }

    private string? SlotsDifference(LedgerLine line, EpochPlan plan, int stepInEpoch)
    {
        // A line that someone made up may lack what our own always have.
        if (line.Slots?.Count != plan.Slots) return $"{line.Slots?.Count ?? 0} slots where the run has {plan.Slots}";
        for (var slot = 0; slot < plan.Slots; slot++)
        {
            var planned = plan.SlotSamples(stepInEpoch, slot);
            if (line.Slots[slot] is not { } taken) return $"slot {slot} is missing";
            if (taken.Samples != planned.Length) return $"slot {slot} took {taken.Samples} samples where the plan gives it {planned.Length}";
            var crc = CrcOf(planned).ToString("x8", CultureInfo.InvariantCulture);
            if (taken.Crc != crc) return $"slot {slot} took other samples (their CRC-32C is {taken.Crc}, that of the planned ones {crc})";
        }
        return null;
    }

    private string? NumbersDifference(LedgerLine line)
    {
        var samples = line.Slots.Sum(slot => slot.Samples);
        var rate = _rates!.RateAt(line.Step);
        if (!double.IsFinite(line.Loss)) return $"the loss is {Text(line.Loss)}: a step that is not finite is never applied";
        if (!double.IsFinite(line.GradientNorm) || line.GradientNorm < 0)
            return $"the gradient's norm is {Text(line.GradientNorm)}, where a finite one ≥ 0 is due";
        if (!(Math.Abs(line.LearningRate - rate) <= RateTolerance * rate))
            return $"the learning rate is {Text(line.LearningRate)} where the spec says {Text(rate)}";
        if (line.Clipped && _spec.Clip is null) return "the gradient was clipped, where the spec says nothing of it";
        if (_spec.Clip is { By: ClipKind.Norm, Limit: var limit } && line.Clipped != GradientClip.FactorOf(line.GradientNorm, limit) < 1)
            return $"the gradient of norm {Text(line.GradientNorm)} was {(line.Clipped ? "" : "not ")}clipped to {Text(limit)}";
        if (line.Correct < 0 || line.Correct > samples) return $"{line.Correct} correct of {samples} samples";
        return null;
    }

    /// <summary>As a worker sums them: each sample's pixels, then its label.</summary>
    private uint CrcOf(ReadOnlySpan<int> samples)
    {
        var crc = 0u;
        foreach (var sample in samples)
        {
            crc = Crc32C.Append(crc, _train.Image(sample));
            crc = Crc32C.Append(crc, _train.Labels.AsSpan(sample, 1));
        }
        _sampleBytes += (long)samples.Length * (_train.PixelsPerImage + 1);
        return crc;
    }

    private void Count(LedgerLine line, int bytes)
    {
        if (_last?.Epoch != line.Epoch) FinishEpoch();
        var samples = line.Slots.Sum(slot => slot.Samples);
        _last = line;
        _lines++;
        _bytes += bytes;
        _stepsInEpoch++;
        _samplesInEpoch += samples;
        _lossSumOfEpoch += line.Loss * samples;
    }

    private void FinishEpoch()
    {
        if (_last is null) return;
        _finished.Add(new VerifiedEpoch(
            _last.Epoch, _stepsInEpoch, _samplesInEpoch, _lossSumOfEpoch / _samplesInEpoch, _stepsInEpoch == _spec.StepsPerEpoch));
        (_stepsInEpoch, _samplesInEpoch, _lossSumOfEpoch) = (0, 0, 0);
    }

    private LedgerVerifierResult Result(string? difference, bool torn)
    {
        FinishEpoch();
        return new LedgerVerifierResult(difference, _lines, _bytes, _sampleBytes, torn, _last, _finished);
    }

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
