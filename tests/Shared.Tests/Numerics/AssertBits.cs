namespace MiniBatch.Shared.Tests.Numerics;

/// <summary>Equality of floats by their bits: 0 is not −0, and nothing is "close".</summary>
internal static class AssertBits
{
    public static void Equal(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                Assert.Fail($"Element {i} of {expected.Length} is {actual[i]:R} instead of {expected[i]:R}.");
        }
    }
}
