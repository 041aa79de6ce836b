using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;

namespace MiniBatch.Shared.Tests.Properties;

/// <summary>float32s for properties.</summary>
internal static class Floats
{
    /// <summary>Every one of the 2³² bit patterns; those that programs confuse are frequent: both zeros, NaNs with a payload, infinities.</summary>
    public static Gen<float> Any { get; } = Gen.Frequency(
        (1, Gen.Elements(0f, -0f, 1f, float.Epsilon, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity, Of(0x7FC00001), Of(0x7FA00000))),
        (3, from high in Gen.Choose(0, 0xFFFF) from low in Gen.Choose(0, 0xFFFF) select Of((high << 16) | low)));

    /// <summary>Finite, of both signs and of magnitudes 2⁻²⁰ to 2²⁰: in another order, sums of them round otherwise.</summary>
    public static Gen<float> Finite { get; } =
        from fraction in Gen.Choose(-(1 << 24), 1 << 24)
        from exponent in Gen.Choose(-20, 20)
        select MathF.ScaleB(fraction, exponent - 24);

    public static bool AreSame(ReadOnlySpan<float> a, ReadOnlySpan<float> b) =>
        MemoryMarshal.AsBytes(a).SequenceEqual(MemoryMarshal.AsBytes(b));

    private static float Of(int bits) => BitConverter.Int32BitsToSingle(bits);
}
