using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MiniBatch.Shared.Numerics;

/// <summary>What a step's verdict looks at: is the gradient finite, and how long is it.</summary>
public static class GradientNorm
{
    private const int Lanes = 16;

    /// <summary>
    /// The squared Euclidean norm. The order of additions is part of the contract (16 partial sums, value i in sum
    /// i mod 16, then those from the left), so that the number does not depend on the processor's vector width.
    /// </summary>
    /// <returns>Float64; a square of a float32 is exact in it, so only the additions round.</returns>
    public static double Squared(ReadOnlySpan<float> values)
    {
        Span<double> partial = stackalloc double[Lanes];
        var sum0 = Vector256<double>.Zero;
        var sum1 = Vector256<double>.Zero;
        var sum2 = Vector256<double>.Zero;
        var sum3 = Vector256<double>.Zero;
        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(values);
        var i = 0;
        for (; i + 1 < vectors.Length; i += 2)
        {
            var (a, b) = Vector256.Widen(vectors[i]);
            var (c, d) = Vector256.Widen(vectors[i + 1]);
            sum0 += a * a;
            sum1 += b * b;
            sum2 += c * c;
            sum3 += d * d;
        }

        sum0.CopyTo(partial);
        sum1.CopyTo(partial[4..]);
        sum2.CopyTo(partial[8..]);
        sum3.CopyTo(partial[12..]);
        var tail = values[(i * Vector256<float>.Count)..];
        for (var lane = 0; lane < tail.Length; lane++)
            partial[lane] += (double)tail[lane] * tail[lane];
        var total = 0.0;
        foreach (var sum in partial)
            total += sum;
        return total;
    }

    /// <summary>False if any value is NaN or infinite; true for none.</summary>
    public static bool AllFinite(ReadOnlySpan<float> values)
    {
        // All exponent bits set means NaN or infinity.
        const int Exponent = 0x7F800000;
        var bits = MemoryMarshal.Cast<float, int>(values);
        var vectors = MemoryMarshal.Cast<int, Vector<int>>(bits);
        var mask = new Vector<int>(Exponent);
        foreach (var vector in vectors)
        {
            if (Vector.EqualsAny(vector & mask, mask))
                return false;
        }

        foreach (var value in bits[(vectors.Length * Vector<int>.Count)..])
        {
            if ((value & Exponent) == Exponent)
                return false;
        }

        return true;
    }
}
