namespace MiniBatch.Coordinator.TensorBoard;

/// <summary>How often a tensor has which values: buckets of equal width from its least to its greatest, as TensorFlow 2 draws them.</summary>
/// <param name="Min">The least value.</param>
/// <param name="Max">The greatest.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Sum">Of them.</param>
/// <param name="SumOfSquares">Of them.</param>
/// <param name="Limits">Upper ends of the buckets; the last is <paramref name="Max"/>.</param>
/// <param name="Counts">Values of each bucket.</param>
internal sealed record Histogram(double Min, double Max, long Count, double Sum, double SumOfSquares, double[] Limits, double[] Counts)
{
    /// <summary>TensorFlow 2's number.</summary>
    public const int Buckets = 30;

    /// <summary>Counts values.</summary>
    /// <param name="values">float32s, finite, at least one.</param>
    public static Histogram Of(ReadOnlySpan<float> values)
    {
        double min = values[0], max = values[0], sum = 0, squares = 0;
        foreach (double value in values)
        {
            min = Math.Min(min, value);
            max = Math.Max(max, value);
            sum += value;
            squares += value * value;
        }
        // Where all are equal there is one bucket, without a width.
        var buckets = min < max ? Buckets : 1;
        var width = (max - min) / buckets;
        var counts = new double[buckets];
        foreach (var value in values) counts[width > 0 ? Math.Min((int)((value - min) / width), buckets - 1) : 0]++;
        var limits = new double[buckets];
        for (var i = 0; i < buckets; i++) limits[i] = i < buckets - 1 ? min + ((i + 1) * width) : max;
        return new Histogram(min, max, values.Length, sum, squares, limits, counts);
    }
}
