namespace MiniBatch.Shared.Tests.Properties;

/// <summary>Smaller counter-examples, the smallest first.</summary>
internal static class Shrinks
{
    /// <summary>The least, then ever nearer to the value.</summary>
    public static IEnumerable<int> Of(int value, int least)
    {
        for (var distance = value - least; distance > 0; distance /= 2) yield return value - distance;
    }

    /// <summary>Without all, a half, a quarter, … one of the items.</summary>
    public static IEnumerable<T[]> Of<T>(T[] items)
    {
        for (var run = items.Length; run > 0; run /= 2)
        {
            for (var start = 0; start + run <= items.Length; start += run) yield return [.. items[..start], .. items[(start + run)..]];
        }
    }
}
