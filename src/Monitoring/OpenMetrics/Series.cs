namespace MiniBatch.Monitoring.OpenMetrics;

/// <summary>What was measured under one set of labels. Used under its collector's lock.</summary>
/// <param name="labels">As they are written: <c>worker="worker-1"</c>; empty for none.</param>
/// <param name="bounds">Of a histogram's buckets, rising; null where it is none.</param>
internal sealed class Series(string labels, IReadOnlyList<double>? bounds)
{
    private readonly long[] _counts = new long[bounds is null ? 0 : bounds.Count + 1];

    public string Labels => labels;

    /// <summary>A counter's or gauge's value; a histogram's sum.</summary>
    public double Value { get; private set; }

    public void Add(double value) => Value += value;

    public void Set(double value) => Value = value;

    public void Observe(double value)
    {
        Value += value;
        var bucket = 0;
        while (bucket < bounds!.Count && value > bounds[bucket]) bucket++;
        _counts[bucket]++;
    }

    /// <summary>Buckets with their upper bounds, each with the observations of those before it.</summary>
    public IEnumerable<(double UpperBound, long Count)> Buckets()
    {
        var count = 0L;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            count += _counts[bucket];
            yield return (bucket < bounds!.Count ? bounds[bucket] : double.PositiveInfinity, count);
        }
    }
}
