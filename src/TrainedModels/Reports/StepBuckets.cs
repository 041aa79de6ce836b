using MiniBatch.Shared.Ledger;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>Consecutive updates, summed up.</summary>
/// <param name="First">Number of the first update.</param>
/// <param name="Last">Number of the last.</param>
/// <param name="LossMin">The least loss of an update; infinite where none was finite.</param>
/// <param name="LossMax">The greatest.</param>
/// <param name="LossSum">Over the samples of updates with a finite loss.</param>
/// <param name="LossSamples">Those samples.</param>
/// <param name="Samples">All samples.</param>
/// <param name="Correct">Of them, those whose output was right.</param>
/// <param name="Milliseconds">From opening to commit, summed.</param>
/// <param name="NormSum">Of finite gradient norms.</param>
/// <param name="Norms">How many those are.</param>
public readonly record struct StepBucket(
    long First, long Last, double LossMin, double LossMax, double LossSum, long LossSamples, long Samples, long Correct,
    double Milliseconds, double NormSum, int Norms)
{
    /// <summary>Where it is drawn.</summary>
    public double Middle => (First + Last) / 2.0;

    /// <summary>Mean over samples; NaN where no loss was finite.</summary>
    public double Loss => LossSum / LossSamples;

    /// <summary>0…1.</summary>
    public double Accuracy => (double)Correct / Samples;

    /// <summary>Mean over updates; NaN where none was finite.</summary>
    public double Norm => NormSum / Norms;

    /// <summary>Just one update.</summary>
    public static StepBucket Of(LedgerLine line)
    {
        var samples = line.Slots.Sum(slot => slot.Samples);
        var hasLoss = double.IsFinite(line.Loss);
        var hasNorm = double.IsFinite(line.GradientNorm);
        return new StepBucket(
            line.Step, line.Step, hasLoss ? line.Loss : double.PositiveInfinity, hasLoss ? line.Loss : double.NegativeInfinity,
            hasLoss ? line.Loss * samples : 0, hasLoss ? samples : 0, samples, line.Correct, line.Milliseconds,
            hasNorm ? line.GradientNorm : 0, hasNorm ? 1 : 0);
    }

    /// <summary>This and what comes after it.</summary>
    public StepBucket With(in StepBucket next) => new(
        First, next.Last, Math.Min(LossMin, next.LossMin), Math.Max(LossMax, next.LossMax), LossSum + next.LossSum,
        LossSamples + next.LossSamples, Samples + next.Samples, Correct + next.Correct, Milliseconds + next.Milliseconds,
        NormSum + next.NormSum, Norms + next.Norms);
}

/// <summary>
/// Updates of a run of any length in a bounded number of buckets of equal width: when they are too many, neighbours are put
/// together. A curve of a million steps so takes the place of one of a few hundred, and no peak is lost.
/// </summary>
/// <param name="bucketsMax">Even, ≥ 2.</param>
public sealed class StepBuckets(int bucketsMax)
{
    private readonly List<StepBucket> _buckets = [];
    private int _inLast;

    /// <summary>Updates of a bucket; the last may have fewer. A power of 2.</summary>
    public int Width { get; private set; } = 1;

    /// <summary>In order.</summary>
    public IReadOnlyList<StepBucket> All => _buckets;

    /// <summary>Adds the next update.</summary>
    public void Add(in StepBucket update)
    {
        if (_buckets.Count > 0 && _inLast < Width)
        {
            _buckets[^1] = _buckets[^1].With(update);
            _inLast++;
            return;
        }
        if (_buckets.Count == bucketsMax)
        {
            for (var i = 0; i < bucketsMax / 2; i++) _buckets[i] = _buckets[2 * i].With(_buckets[2 * i + 1]);
            _buckets.RemoveRange(bucketsMax / 2, bucketsMax / 2);
            Width *= 2;
        }
        _buckets.Add(update);
        _inLast = 1;
    }
}
