using System.Numerics;
using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Numerics;

/// <summary>How a workload's loss reduces over samples, hence how the gradients of slots combine.</summary>
public enum LossReduction
{
    /// <summary>A slot's gradient is the mean over its samples.</summary>
    Mean,

    /// <summary>A slot's gradient is the sum over its samples.</summary>
    Sum,
}

/// <summary>
/// Makes the gradient of a global batch of the gradients of its slots. Float addition is not associative, so the
/// order is fixed: slot 0 first, whatever order they arrived in, and every element by the same operations
/// whether it falls into a vector or into the tail.
/// </summary>
public static class GradientAverage
{
    // One block of the sum stays in the first-level cache while every slot is added to it.
    private const int BlockLength = 2048;

    /// <summary>
    /// Mean: (n₀·g₀ + n₁·g₁ + …) / (n₀ + n₁ + …), sum: g₀ + g₁ + …; evaluated from the left in float32.
    /// </summary>
    /// <param name="slots">The slots' gradients in slot order, each float32[parameterCount].</param>
    /// <param name="sampleCounts">Samples of each slot, ≥ 1.</param>
    /// <param name="reduction">The workload's.</param>
    /// <param name="result">float32[parameterCount], overwritten; must not be one of the slots.</param>
    /// <exception cref="ArgumentException">No slot, an empty slot, or lengths that differ.</exception>
    public static void InSlotOrder(
        ReadOnlySpan<ReadOnlyMemory<float>> slots,
        ReadOnlySpan<int> sampleCounts,
        LossReduction reduction,
        Span<float> result)
    {
        var total = CountSamples(slots, sampleCounts, result.Length);
        for (var start = 0; start < result.Length; start += BlockLength)
        {
            var sum = result.Slice(start, Math.Min(BlockLength, result.Length - start));
            if (reduction == LossReduction.Sum)
            {
                sum.Clear();
                foreach (var slot in slots) Add(sum, slot.Span.Slice(start, sum.Length));
                continue;
            }

            var last = slots.Length - 1;
            Begin(sum, slots[0].Span.Slice(start, sum.Length), sampleCounts[0]);
            for (var s = 1; s < last; s++) AddWeighted(sum, slots[s].Span.Slice(start, sum.Length), sampleCounts[s]);
            if (last > 0) AddLast(sum, slots[last].Span.Slice(start, sum.Length), sampleCounts[last], total);
            else Divide(sum, total);
        }
    }

    private static long CountSamples(ReadOnlySpan<ReadOnlyMemory<float>> slots, ReadOnlySpan<int> sampleCounts, int length)
    {
        if (slots.Length == 0 || slots.Length != sampleCounts.Length)
            throw new ArgumentException($"{slots.Length} gradients with {sampleCounts.Length} sample counts.");
        long total = 0;
        for (var s = 0; s < slots.Length; s++)
        {
            if (slots[s].Length != length)
                throw new ArgumentException($"The gradient of slot {s} has {slots[s].Length} values instead of {length}.");
            if (sampleCounts[s] < 1)
                throw new ArgumentException($"Slot {s} has {sampleCounts[s]} samples; a gradient is of at least one.");
            total += sampleCounts[s];
        }

        return total;
    }

    /// <summary>The first addend. To zero, which makes a negative zero a positive one.</summary>
    private static void Begin(Span<float> sum, ReadOnlySpan<float> gradient, float weight)
    {
        var sums = MemoryMarshal.Cast<float, Vector<float>>(sum);
        var gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        for (var i = 0; i < sums.Length; i++)
            sums[i] = Vector<float>.Zero + gradients[i] * weight;
        for (var i = sums.Length * Vector<float>.Count; i < sum.Length; i++)
            sum[i] = 0f + gradient[i] * weight;
    }

    /// <summary>The last addend, and the division, while the sum is in a register.</summary>
    private static void AddLast(Span<float> sum, ReadOnlySpan<float> gradient, float weight, float divisor)
    {
        var sums = MemoryMarshal.Cast<float, Vector<float>>(sum);
        var gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        for (var i = 0; i < sums.Length; i++)
            sums[i] = (sums[i] + gradients[i] * weight) / new Vector<float>(divisor);
        for (var i = sums.Length * Vector<float>.Count; i < sum.Length; i++)
            sum[i] = (sum[i] + gradient[i] * weight) / divisor;
    }

    private static void AddWeighted(Span<float> sum, ReadOnlySpan<float> gradient, float weight)
    {
        var sums = MemoryMarshal.Cast<float, Vector<float>>(sum);
        var gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        for (var i = 0; i < sums.Length; i++)
            sums[i] += gradients[i] * weight;
        for (var i = sums.Length * Vector<float>.Count; i < sum.Length; i++)
            sum[i] += gradient[i] * weight;
    }

    private static void Add(Span<float> sum, ReadOnlySpan<float> gradient)
    {
        var sums = MemoryMarshal.Cast<float, Vector<float>>(sum);
        var gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        for (var i = 0; i < sums.Length; i++)
            sums[i] += gradients[i];
        for (var i = sums.Length * Vector<float>.Count; i < sum.Length; i++)
            sum[i] += gradient[i];
    }

    private static void Divide(Span<float> sum, float divisor)
    {
        var sums = MemoryMarshal.Cast<float, Vector<float>>(sum);
        for (var i = 0; i < sums.Length; i++)
            sums[i] /= new Vector<float>(divisor);
        for (var i = sums.Length * Vector<float>.Count; i < sum.Length; i++)
            sum[i] /= divisor;
    }
}
