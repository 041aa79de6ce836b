using MiniBatch.Shared.Ledger;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>What a report tells of a ledger, gathered in one reading; its size does not grow with the ledger's.</summary>
public sealed class LedgerDigest
{
    private const int BucketsMax = 500;

    private readonly StepBuckets _buckets = new(BucketsMax);
    private readonly SortedDictionary<string, WorkerTime> _workers = new(NaturalOrder.Instance);
    private readonly Queue<LedgerLine> _last = [];

    private LedgerDigest()
    {
    }

    /// <summary>The whole run.</summary>
    public StepBuckets Buckets => _buckets;

    /// <summary>What each worker did in it.</summary>
    public IReadOnlyCollection<WorkerTime> Workers => _workers.Values;

    /// <summary>The last updates, in order.</summary>
    public IReadOnlyCollection<LedgerLine> Last => _last;

    /// <summary>Updates.</summary>
    public long Updates { get; private set; }

    /// <summary>Reads them all.</summary>
    /// <param name="lines">In order.</param>
    /// <param name="lastCount">How many of the last are kept whole.</param>
    public static LedgerDigest Of(IEnumerable<LedgerLine> lines, int lastCount)
    {
        var digest = new LedgerDigest();
        foreach (var line in lines) digest.Add(line, lastCount);
        return digest;
    }

    private void Add(LedgerLine line, int lastCount)
    {
        Updates++;
        _buckets.Add(StepBucket.Of(line));
        foreach (var share in StepShare.Of(line))
            _workers[share.Worker] = _workers.GetValueOrDefault(share.Worker, new WorkerTime(share.Worker, 0, 0, 0, 0, 0, 0)).With(share);
        if (_last.Count == lastCount) _last.Dequeue();
        _last.Enqueue(line);
    }
}

/// <summary>How a worker spent a run, as <see cref="StepShare"/> has it of a step; times in milliseconds.</summary>
public readonly record struct WorkerTime(string Worker, long Slots, long Samples, double Compute, double Send, double Wait, double Apply)
{
    /// <summary>All of it.</summary>
    public double All => Compute + Send + Wait + Apply;

    /// <summary>This and one more update.</summary>
    public WorkerTime With(in StepShare share) => new(
        Worker, Slots + share.Slots, Samples + share.Samples, Compute + share.Compute, Send + share.Send, Wait + share.Wait, Apply + share.Apply);
}

/// <summary>worker-2 before worker-10: the shorter name first.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    public static readonly NaturalOrder Instance = new();

    public int Compare(string? x, string? y) => (x!.Length, y!.Length) is var (a, b) && a != b ? a.CompareTo(b) : string.CompareOrdinal(x, y);
}
