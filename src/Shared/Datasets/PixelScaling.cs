using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniBatch.Shared.Datasets;

/// <summary>Gathers the samples of a slot out of a dataset into the input of a model.</summary>
public static class PixelScaling
{
    // Shuffled rows are cache misses that no processor foresees: asking for a row this far ahead halves the time.
    private const int PrefetchRows = 2;
    private const int CacheLineBytes = 64;

    /// <summary>
    /// Row i of <paramref name="destination"/> becomes image <c>indices[i]</c>, each pixel divided by 255: in [0, 1],
    /// bit for bit <c>pixel / 255f</c> on every processor (a multiplication by 1/255 alone would not be).
    /// </summary>
    /// <param name="images">uint8[count, pixelsPerImage].</param>
    /// <param name="pixelsPerImage">784 for 28×28.</param>
    /// <param name="indices">Which images, in which order; repeats are allowed.</param>
    /// <param name="destination">float32[indices.Length, pixelsPerImage]; what lies beyond is left alone.</param>
    /// <exception cref="ArgumentException">An index outside of the images, or a destination that is too
    /// short.</exception>
    public static void GatherUnitFloats(
        ReadOnlySpan<byte> images, int pixelsPerImage, ReadOnlySpan<int> indices, Span<float> destination)
    {
        for (var i = 0; i < indices.Length; i++)
        {
            var pixels = images.Slice(checked(indices[i] * pixelsPerImage), pixelsPerImage);
            if (i + PrefetchRows < indices.Length)
                Prefetch(images.Slice(checked(indices[i + PrefetchRows] * pixelsPerImage), pixelsPerImage));
            ToUnitFloats(pixels, destination.Slice(i * pixelsPerImage, pixelsPerImage));
        }
    }

    /// <summary>The labels of the same samples, as the int64 class targets that torch wants.</summary>
    /// <param name="labels">uint8[count].</param>
    /// <param name="indices">Which labels.</param>
    /// <param name="destination">int64[indices.Length].</param>
    /// <exception cref="ArgumentException">A destination that is too short.</exception>
    /// <exception cref="IndexOutOfRangeException">An index outside of the labels.</exception>
    public static void GatherLabels(ReadOnlySpan<byte> labels, ReadOnlySpan<int> indices, Span<long> destination)
    {
        var targets = destination[..indices.Length];
        for (var i = 0; i < indices.Length; i++)
            targets[i] = labels[indices[i]];
    }

    private static unsafe void Prefetch(ReadOnlySpan<byte> pixels)
    {
        if (!Sse.IsSupported)
            return;
        // A hint: should the collector move the pixels meanwhile, it was for nothing.
        var start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(pixels));
        for (var offset = 0; offset < pixels.Length; offset += CacheLineBytes)
            Sse.Prefetch0(start + offset);
    }

    // Compiling ahead leaves this one to the JIT, whose first version would be slow for a second, sample by sample.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ToUnitFloats(ReadOnlySpan<byte> pixels, Span<float> units)
    {
        ref var source = ref MemoryMarshal.GetReference(pixels);
        ref var target = ref MemoryMarshal.GetReference(units);
        var i = 0;
        for (; i <= pixels.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref source, (nuint)i));
            Store(Vector256.Create(Vector128.WidenLower(low), Vector128.WidenUpper(low)), ref target, i);
            Store(Vector256.Create(Vector128.WidenLower(high), Vector128.WidenUpper(high)), ref target, i + 8);
        }

        for (; i < pixels.Length; i++)
            units[i] = pixels[i] / 255f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<uint> pixels, ref float target, int at)
    {
        var dividend = Vector256.ConvertToSingle(pixels.AsInt32());
        if (!Fma.IsSupported)
        {
            (dividend / Vector256.Create(255f)).StoreUnsafe(ref target, (nuint)at);
            return;
        }
        // Three instructions that follow each other at once, where a division holds the next one up: times the reciprocal, and what that
        // lacks added. For each of the 256 pixels there are it is the quotient, as a test has it.
        var reciprocal = Vector256.Create(1 / 255f);
        var quotient = dividend * reciprocal;
        var lacks = Fma.MultiplyAddNegated(quotient, Vector256.Create(255f), dividend);
        Fma.MultiplyAdd(lacks, reciprocal, quotient).StoreUnsafe(ref target, (nuint)at);
    }
}
