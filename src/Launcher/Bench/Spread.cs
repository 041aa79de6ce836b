namespace MiniBatch.Launcher.Bench;

/// <summary>What a few measurements of one thing came to.</summary>
/// <param name="Median">The middle one; of an even number, the mean of the two in the middle.</param>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
public sealed record Spread(double Median, double Min, double Max)
{
    /// <summary>Of any number of measurements, at least one.</summary>
    public static Spread Of(IEnumerable<double> measurements)
    {
        var sorted = measurements.Order().ToArray();
        if (sorted.Length == 0) throw new ArgumentException("no measurement", nameof(measurements));
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}
