namespace MiniBatch.Worker.Tests;

/// <summary>Equality of float vectors, by bits or within a distance.</summary>
internal static class AssertFloats
{
    /// <summary>0 is not −0, and nothing is "close".</summary>
    public static void SameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                Assert.Fail($"Element {i} of {expected.Length} is {actual[i]:R} instead of {expected[i]:R}.");
        }
    }

    /// <summary>No element is further off than that.</summary>
    public static void Within(double distance, IReadOnlyList<float> expected, IReadOnlyList<float> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            if (!(Math.Abs(expected[i] - actual[i]) <= distance))
                Assert.Fail($"Element {i} of {expected.Count} is {actual[i]:R} instead of {expected[i]:R}.");
        }
    }
}
