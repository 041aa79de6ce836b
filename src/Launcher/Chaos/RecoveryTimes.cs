namespace MiniBatch.Launcher.Chaos;

/// <summary>Times from a fault to the next step that was applied, by what the fault was.</summary>
/// <param name="writeInterval">
/// How long a step may take from being applied to being in the ledger, which is where it is seen: a line that comes sooner after a
/// fault may be of a step before it, and does not count. So no time is too short, and one may be so much too long.
/// </param>
public sealed class RecoveryTimes(TimeSpan writeInterval)
{
    private readonly List<(string Fault, TimeSpan At)> _open = [];
    private readonly SortedDictionary<string, List<TimeSpan>> _times = new(StringComparer.Ordinal);

    /// <summary>A fault has been made.</summary>
    /// <param name="fault">What; times of the same are together.</param>
    /// <param name="now">On any clock that does not go back.</param>
    public void Begin(string fault, TimeSpan now) => _open.Add((fault, now));

    /// <summary>Steps were applied.</summary>
    public void StepSeen(TimeSpan now)
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            var (fault, at) = _open[i];
            if (now - at <= writeInterval) continue;
            _open.RemoveAt(i);
            if (!_times.TryGetValue(fault, out var times)) _times[fault] = times = [];
            times.Add(now - at);
        }
    }

    /// <summary>Whether there was a step after every fault.</summary>
    public bool AllOver => _open.Count == 0;

    /// <summary>What it came to.</summary>
    public IReadOnlyList<RecoveryHistogram> Histograms() => [.. _times.Select(times => RecoveryHistogram.Of(times.Key, times.Value))];
}

/// <summary>Times from one kind of fault to the next step.</summary>
/// <param name="Fault">Which.</param>
/// <param name="Count">How many, ≥ 1.</param>
/// <param name="MillisecondsP50">The median.</param>
/// <param name="MillisecondsP99">Of a hundred one takes longer.</param>
/// <param name="MillisecondsMax">The longest.</param>
/// <param name="Buckets">How many took up to each of <see cref="BucketMilliseconds"/>, and longer than the one before; last those that took longer than all.</param>
public sealed record RecoveryHistogram(
    string Fault, int Count, double MillisecondsP50, double MillisecondsP99, double MillisecondsMax, IReadOnlyList<int> Buckets)
{
    /// <summary>Upper ends.</summary>
    public static IReadOnlyList<int> BucketMilliseconds { get; } = [50, 100, 250, 500, 1000, 2500, 5000, 10000];

    /// <summary>Sums times up.</summary>
    /// <param name="fault">Which.</param>
    /// <param name="times">At least one.</param>
    public static RecoveryHistogram Of(string fault, IReadOnlyCollection<TimeSpan> times)
    {
        double[] sorted = [.. times.Select(time => Math.Round(time.TotalMilliseconds, 1)).Order()];
        var buckets = new int[BucketMilliseconds.Count + 1];
        foreach (var time in sorted)
        {
            var bucket = 0;
            while (bucket < BucketMilliseconds.Count && time > BucketMilliseconds[bucket]) bucket++;
            buckets[bucket]++;
        }
        return new RecoveryHistogram(fault, sorted.Length, Rank(sorted, 0.5), Rank(sorted, 0.99), sorted[^1], buckets);
    }

    /// <summary>The nearest rank: a time that was measured, none between two.</summary>
    private static double Rank(double[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
