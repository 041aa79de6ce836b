using MiniBatch.Shared.Ledger;
using MiniBatch.TrainedModels.Reports;

namespace MiniBatch.TrainedModels.Tests.Reports;

public sealed class StepBucketsTests
{
    private static StepBuckets Of(int updates, int bucketsMax, Func<int, double> loss)
    {
        var buckets = new StepBuckets(bucketsMax);
        for (var step = 1; step <= updates; step++) buckets.Add(StepBucket.Of(Lines.Of(step, loss(step), ("worker-1", 10, 1000))));
        return buckets;
    }

    [Fact]
    public void Few_updates_have_a_bucket_each()
    {
        var buckets = Of(8, 8, step => step);
        Assert.Equal(1, buckets.Width);
        Assert.Equal(Enumerable.Range(1, 8).Select(step => (double)step), buckets.All.Select(bucket => bucket.Loss));
    }

    [Theory]
    [InlineData(9, 8, 2, 5)]
    [InlineData(16, 8, 2, 8)]
    [InlineData(17, 8, 4, 5)]
    [InlineData(100_000, 500, 256, 391)]
    public void Many_updates_are_put_together_by_doubling(int updates, int bucketsMax, int width, int count)
    {
        var buckets = Of(updates, bucketsMax, step => step);
        Assert.Equal((width, count), (buckets.Width, buckets.All.Count));
        Assert.Equal((1, updates), (buckets.All[0].First, buckets.All[^1].Last));
        Assert.All(buckets.All.Zip(buckets.All.Skip(1)), pair => Assert.Equal(pair.First.Last + 1, pair.Second.First));
        Assert.Equal(10L * updates, buckets.All.Sum(bucket => bucket.Samples));
        Assert.Equal(2.0 * updates, buckets.All.Sum(bucket => bucket.Milliseconds));
    }

    [Fact]
    public void Peak_of_one_update_among_very_many_is_kept_and_the_mean_is_theirs()
    {
        var buckets = Of(10_000, 100, step => step == 4321 ? 1000 : 1);
        var bucket = Assert.Single(buckets.All, bucket => bucket.LossMax == 1000);
        Assert.InRange(4321, bucket.First, bucket.Last);
        Assert.Equal(1, bucket.LossMin);
        Assert.Equal((buckets.Width - 1 + 1000.0) / buckets.Width, bucket.Loss, 1e-9);
    }

    [Fact]
    public void Loss_that_is_not_finite_is_left_out_of_the_mean()
    {
        var bucket = Assert.Single(Of(4, 2, step => step % 2 == 0 ? double.NaN : 3).All.Take(1));
        Assert.Equal((3, 3, 3), (bucket.Loss, bucket.LossMin, bucket.LossMax));
    }
}

/// <summary>Lines of a ledger, 2 ms each.</summary>
internal static class Lines
{
    public static LedgerLine Of(long step, double loss, params (string Worker, int Samples, int Microseconds)[] slots) => new(
        step, Epoch: 1, Generation: 1, loss, Correct: 5, LearningRate: 0.1, GradientNorm: 1, Clipped: false, VersionCrc: "0000abcd", StateSha256: null,
        Milliseconds: 2, [.. slots.Select(slot => new LedgerSlot(slot.Worker, slot.Samples, "00000000", slot.Microseconds))]);
}
