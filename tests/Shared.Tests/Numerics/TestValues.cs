using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.Tests.Numerics;

/// <summary>Inputs that are the same in every run.</summary>
internal static class TestValues
{
    /// <summary>Around a vector's width and beyond it, so that every body and tail is met.</summary>
    public static readonly int[] Lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 1000, 2047, 2048, 2049, 5003];

    /// <summary>Of both signs and of many magnitudes, 2⁻²⁰ to 2¹⁰.</summary>
    public static float[] Floats(int count, ulong seed = 1)
    {
        var random = new SplitMix64(seed);
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = (float)((random.NextUnitDouble() - 0.5) * Math.Pow(2, random.NextBelow(31) - 20));
        return values;
    }

    public static byte[] Bytes(int count, ulong seed = 1)
    {
        var random = new SplitMix64(seed);
        var values = new byte[count];
        for (var i = 0; i < count; i++)
            values[i] = (byte)random.NextBelow(256);
        return values;
    }
}
