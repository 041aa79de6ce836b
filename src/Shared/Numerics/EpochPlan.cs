namespace MiniBatch.Shared.Numerics;

/// <summary>In which order an epoch visits the training samples; a property of the workload.</summary>
public enum SampleOrder
{
    /// <summary>A new permutation each epoch, from (seed, epoch).</summary>
    Shuffled,

    /// <summary>0, 1, 2, … in every epoch.</summary>
    Natural,
}

/// <summary>What becomes of the samples that do not fill a global batch.</summary>
public enum LastBatch
{
    /// <summary>They are left out of this epoch, counted in <see cref="EpochPlan.DroppedSamples"/>.</summary>
    Drop,

    /// <summary>They are a smaller last batch.</summary>
    Keep,
}

/// <summary>
/// Which samples every step and slot of one epoch takes: the same on every machine, from a few numbers, so that
/// no indices travel. Step <c>t</c> takes the <c>t</c>-th run of G entries of the epoch's permutation, and its
/// slots are consecutive shares of that run, sizes differing by at most one, larger ones first.
/// </summary>
public sealed class EpochPlan
{
    private readonly int[] _order;
    private readonly int _globalBatch;

    private EpochPlan(int epoch, int[] order, int globalBatch, int slots, LastBatch lastBatch)
    {
        Epoch = epoch;
        Slots = slots;
        Steps = StepsFor(order.Length, globalBatch, lastBatch);
        DroppedSamples = Math.Max(0, order.Length - (Steps * globalBatch));
        _order = order;
        _globalBatch = globalBatch;
    }

    public int Epoch { get; }

    /// <summary>Shares of each global batch (M).</summary>
    public int Slots { get; }

    /// <summary>Parameter updates in this epoch.</summary>
    public int Steps { get; }

    /// <summary>Samples that this epoch leaves out; 0 with <see cref="LastBatch.Keep"/>.</summary>
    public int DroppedSamples { get; }

    /// <summary>Samples that this epoch applies.</summary>
    public int PlannedSamples => _order.Length - DroppedSamples;

    /// <summary>The whole order, dropped samples at its end; int32[trainCount].</summary>
    public ReadOnlySpan<int> Permutation => _order;

    /// <summary>Makes the plan of one epoch.</summary>
    /// <param name="trainCount">Samples to train on (N).</param>
    /// <param name="globalBatch">Samples of one step (G), at most N.</param>
    /// <param name="slots">Shares of one step (M), at most G.</param>
    /// <param name="seed">The run's seed; ignored by <see cref="SampleOrder.Natural"/>.</param>
    /// <param name="order">The workload's order.</param>
    /// <param name="lastBatch">What becomes of the N mod G samples left over.</param>
    /// <param name="epoch">Any number ≥ 0; equal numbers give equal plans.</param>
    /// <exception cref="ArgumentException">A slot would have no sample, or a number is out of range; says
    /// which.</exception>
    public static EpochPlan For(
        int trainCount, int globalBatch, int slots, ulong seed, SampleOrder order, LastBatch lastBatch, int epoch)
    {
        Check(trainCount, globalBatch, slots, lastBatch);
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        var indices = new int[trainCount];
        for (var i = 0; i < indices.Length; i++)
            indices[i] = i;
        if (order == SampleOrder.Shuffled)
            Shuffle(indices, new SplitMix64(SplitMix64.Derive(seed, SeedPurpose.EpochOrder, (ulong)epoch)));
        return new EpochPlan(epoch, indices, globalBatch, slots, lastBatch);
    }

    /// <summary>Steps of an epoch, without making its permutation.</summary>
    public static int StepsFor(int trainCount, int globalBatch, LastBatch lastBatch) =>
        (trainCount / globalBatch) + (lastBatch == LastBatch.Keep && trainCount % globalBatch != 0 ? 1 : 0);

    /// <summary>
    /// Refuses what no plan can be made of, in words for the user; <see cref="For"/> does this first.
    /// </summary>
    /// <exception cref="ArgumentException">See <see cref="For"/>.</exception>
    public static void Check(int trainCount, int globalBatch, int slots, LastBatch lastBatch)
    {
        if (trainCount < 1 || globalBatch < 1 || slots < 1)
            throw new ArgumentException(
                $"Training samples ({trainCount}), batch ({globalBatch}) and slots ({slots}) must each be at least 1.");
        if (globalBatch > trainCount)
            throw new ArgumentException(
                $"The batch of {globalBatch} is larger than the {trainCount} training samples: choose a smaller batch.");
        if (slots > globalBatch)
            throw new ArgumentException(
                $"{slots} slots cannot share a batch of {globalBatch}: choose at most as many slots as samples in a batch.");
        var left = trainCount % globalBatch;
        if (lastBatch == LastBatch.Keep && left != 0 && left < slots)
            throw new ArgumentException(
                $"The kept last batch has {left} samples, fewer than the {slots} slots: "
                + "drop it, or choose another batch or fewer slots.");
    }

    /// <summary>The samples of a step; int32[G], fewer in a kept last batch.</summary>
    /// <param name="step">0-based within the epoch.</param>
    public ReadOnlySpan<int> BatchSamples(int step) => BatchSegment(step);

    /// <summary>The samples of a step, as a part of the epoch's order: one array an epoch, which never changes.</summary>
    /// <param name="step">0-based within the epoch.</param>
    public ArraySegment<int> BatchSegment(int step)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)step, (uint)Steps, nameof(step));
        var start = step * _globalBatch;
        return new ArraySegment<int>(_order, start, Math.Min(_globalBatch, PlannedSamples - start));
    }

    /// <summary>The samples of one slot of a step, in the order in which its gradient sums them; never empty.</summary>
    /// <param name="step">0-based within the epoch.</param>
    /// <param name="slot">0-based, below <see cref="Slots"/>.</param>
    public ReadOnlySpan<int> SlotSamples(int step, int slot) => SlotSegment(step, slot);

    /// <summary>The samples of one slot of a step, as a part of the epoch's order: one array an epoch, which never changes.</summary>
    /// <param name="step">0-based within the epoch.</param>
    /// <param name="slot">0-based, below <see cref="Slots"/>.</param>
    public ArraySegment<int> SlotSegment(int step, int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)Slots, nameof(slot));
        var batch = BatchSegment(step);
        var (size, larger) = Math.DivRem(batch.Count, Slots);
        var start = (slot * size) + Math.Min(slot, larger);
        return batch.Slice(start, slot < larger ? size + 1 : size);
    }

    // Fisher–Yates, from the end (Knuth, TAOCP vol. 2, algorithm P).
    private static void Shuffle(Span<int> values, SplitMix64 random)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = random.NextBelow(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}
