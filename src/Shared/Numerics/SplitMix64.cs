namespace MiniBatch.Shared.Numerics;

/// <summary>
/// The random generator of everything that must be the same on every machine: sample orders, synthetic data,
/// seeds derived from seeds. Torch's own generator is for weights and dropout only.
/// </summary>
/// <remarks>
/// A mutable struct: pass it by <c>ref</c>, or two copies give the same numbers.
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014;
/// the constants are those of Vigna's public-domain <c>splitmix64.c</c>.
/// </remarks>
public struct SplitMix64(ulong seed)
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>The next 64 uniformly distributed bits.</summary>
    public ulong NextUInt64() => Finalize(_state += Gamma);

    /// <summary>A uniform integer in [0, <paramref name="exclusiveMax"/>), without modulo bias.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="exclusiveMax"/> is below 1.</exception>
    /// <remarks>Source: Lemire, "Fast random integer generation in an interval", ACM TOMACS 2019.</remarks>
    public int NextBelow(int exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exclusiveMax, 1);
        var range = (ulong)exclusiveMax;
        while (true)
        {
            var high = Math.BigMul(NextUInt64(), range, out var low);
            // Products whose low half is under 2^64 mod range belong to the one interval too many: draw again. That is under range,
            // so that the division is seldom needed.
            if (low >= range || low >= (0 - range) % range)
                return (int)high;
        }
    }

    /// <summary>A uniform double in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextUnitDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>
    /// A number of the standard normal distribution, rounded to four places: any C library's logarithm and cosine give the same.
    /// </summary>
    /// <remarks>Source: Box and Muller, "A note on the generation of random normal deviates", 1958.</remarks>
    public float NextNormal()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextUnitDouble()));
        return (float)Math.Round(radius * Math.Cos(2 * Math.PI * NextUnitDouble()), 4);
    }

    /// <summary>
    /// A seed for a purpose: every change of <paramref name="seed"/> or of any part, or of the parts' order,
    /// gives an unrelated value. The first part names the purpose (<see cref="SeedPurpose"/>).
    /// </summary>
    internal static ulong Derive(ulong seed, params ReadOnlySpan<ulong> parts)
    {
        var mixed = Finalize(seed + Gamma);
        foreach (var part in parts)
            mixed = Finalize((mixed ^ part) + Gamma);
        return mixed;
    }

    private static ulong Finalize(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

/// <summary>
/// Keeps streams that are derived from one seed apart. The numbers are part of the reproducibility contract.
/// </summary>
internal static class SeedPurpose
{
    public const ulong EpochOrder = 1;
    public const ulong SlotDropout = 2;
}
