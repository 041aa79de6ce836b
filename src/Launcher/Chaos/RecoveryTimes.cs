namespace MiniBatch.Launcher.Chaos;

/// <summary>
/// Times from a fault to the next step that was applied, by what the fault was. One that another fault came before it was over, or that
/// came itself before another was, is told apart: its time is that of both.
/// </summary>
/// <param name="writeInterval">
/// How long a step may take from being applied to being in the ledger, which is where it is seen: a line that comes sooner after a
/// fault may be of a step before it, and does not count. So no time is too short, and one may be so much too long.
/// </param>
public sealed class RecoveryTimes(TimeSpan writeInterval)
{
    private readonly List<OpenFault> _open = [];
    private readonly List<Recovery> _over = [];

    /// <summary>A fault has been made.</summary>
    /// <param name="kind">What was done.</param>
    /// <param name="circumstance">What matters for it besides; of those that are alone, times with the same are together. May be empty.</param>
    /// <param name="process">Whom it was done to.</param>
    /// <param name="now">On any clock that does not go back.</param>
    /// <param name="isAlone">Whether nothing else is amiss that there was a step after already: a process that is stopped.</param>
    public void Begin(string kind, string circumstance, string process, TimeSpan now, bool isAlone = true)
    {
        foreach (var open in _open) open.IsAlone = false;
        _open.Add(new OpenFault(kind, circumstance, process, now) { IsAlone = isAlone && _open.Count == 0 });
    }

    /// <summary>Steps were applied.</summary>
    public void StepSeen(TimeSpan now)
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            var fault = _open[i];
            if (now - fault.At <= writeInterval) continue;
            _open.RemoveAt(i);
            _over.Add(new Recovery(fault.Name, fault.Process, Milliseconds(fault.At), Milliseconds(now - fault.At)));
        }
    }

    /// <summary>Whether there was a step after every fault.</summary>
    public bool AllOver => _open.Count == 0;

    /// <summary>What it came to.</summary>
    public IReadOnlyList<RecoveryHistogram> Histograms() =>
    [
        .. _over.GroupBy(recovery => recovery.Fault, recovery => recovery.Milliseconds, StringComparer.Ordinal)
            .OrderBy(times => times.Key, StringComparer.Ordinal).Select(times => RecoveryHistogram.Of(times.Key, [.. times])),
    ];

    /// <summary>The <paramref name="count"/> that took longest, the longest first.</summary>
    public IReadOnlyList<Recovery> Slowest(int count) => [.. _over.OrderByDescending(recovery => recovery.Milliseconds).Take(count)];

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 1);

    private sealed record OpenFault(string Kind, string Circumstance, string Process, TimeSpan At)
    {
        /// <summary>Whether no other fault was open at any time since.</summary>
        public bool IsAlone { get; set; }

        public string Name => !IsAlone ? $"{Kind}, another fault not over" : Circumstance.Length > 0 ? $"{Kind}, {Circumstance}" : Kind;
    }
}

/// <summary>A fault that is over.</summary>
/// <param name="Fault">What it was, with its circumstance.</param>
/// <param name="Process">Whom it was done to.</param>
/// <param name="AtMilliseconds">When, since the run was started.</param>
/// <param name="Milliseconds">From it to the next step.</param>
public sealed record Recovery(string Fault, string Process, double AtMilliseconds, double Milliseconds);

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
    /// <param name="milliseconds">At least one.</param>
    public static RecoveryHistogram Of(string fault, IReadOnlyCollection<double> milliseconds)
    {
        double[] sorted = [.. milliseconds.Order()];
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
