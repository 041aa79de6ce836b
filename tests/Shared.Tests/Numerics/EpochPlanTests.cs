using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.Tests.Numerics;

public class EpochPlanTests
{
    [Fact]
    public void Slots_of_a_batch_differ_by_at_most_one_sample_larger_first()
    {
        var plan = EpochPlan.For(43, 10, 3, 7, SampleOrder.Natural, LastBatch.Keep, 0);

        Assert.Equal([4, 3, 3], Enumerable.Range(0, 3).Select(slot => plan.SlotSamples(1, slot).Length));
        Assert.Equal([1, 1, 1], Enumerable.Range(0, 3).Select(slot => plan.SlotSamples(4, slot).Length));
        Assert.Equal([14, 15, 16], plan.SlotSamples(1, 1).ToArray());
    }

    // If this fails, every run of an earlier version resumes with other samples: raise the program's version instead.
    [Fact]
    public void Permutation_has_its_golden_values()
    {
        Assert.Equal([8, 0, 3, 7, 11, 1, 5, 6, 10, 4, 9, 2], Order(seed: 7, epoch: 0));
        Assert.Equal([4, 11, 3, 0, 2, 10, 5, 8, 6, 9, 7, 1], Order(seed: 7, epoch: 1));

        static int[] Order(ulong seed, int epoch) =>
            EpochPlan.For(12, 4, 2, seed, SampleOrder.Shuffled, LastBatch.Drop, epoch).Permutation.ToArray();
    }

    [Fact]
    public void Permutation_depends_on_seed_and_epoch_and_nothing_else()
    {
        var order = Order(seed: 1, epoch: 1, batch: 10);

        Assert.Equal(order, Order(seed: 1, epoch: 1, batch: 50));
        Assert.NotEqual(order, Order(seed: 2, epoch: 1, batch: 10));
        Assert.NotEqual(order, Order(seed: 1, epoch: 2, batch: 10));

        static int[] Order(ulong seed, int epoch, int batch) =>
            EpochPlan.For(100, batch, 4, seed, SampleOrder.Shuffled, LastBatch.Drop, epoch).Permutation.ToArray();
    }

    [Fact]
    public void Permutations_put_every_sample_at_every_place_about_equally_often()
    {
        const int Samples = 5;
        const int Epochs = 20_000;
        var counts = new int[Samples, Samples];
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var order = EpochPlan.For(Samples, 1, 1, 9, SampleOrder.Shuffled, LastBatch.Drop, epoch).Permutation;
            for (var place = 0; place < Samples; place++)
                counts[place, order[place]]++;
        }

        const double Expected = (double)Epochs / Samples;
        // Each of the five rows is about chi-squared with 4 degrees of freedom; 20 of them in sum: 45.3 is the 0.1 % point.
        Assert.True(counts.Cast<int>().Sum(count => (count - Expected) * (count - Expected) / Expected) < 45.3);
    }

    [Fact]
    public void Natural_order_counts_upwards_in_every_epoch() =>
        Assert.Equal(
            Enumerable.Range(0, 20),
            EpochPlan.For(20, 5, 2, 7, SampleOrder.Natural, LastBatch.Drop, 4).Permutation.ToArray());

    [Theory]
    [InlineData(10, 11, 1, LastBatch.Drop, "larger than the 10 training samples")]
    [InlineData(10, 4, 5, LastBatch.Drop, "5 slots cannot share a batch of 4")]
    [InlineData(10, 4, 3, LastBatch.Keep, "2 samples, fewer than the 3 slots")]
    [InlineData(0, 1, 1, LastBatch.Drop, "at least 1")]
    [InlineData(10, 0, 1, LastBatch.Drop, "at least 1")]
    [InlineData(10, 1, 0, LastBatch.Drop, "at least 1")]
    public void Impossible_plan_is_refused_with_the_reason(int trainCount, int batch, int slots, LastBatch lastBatch, string reason)
    {
        var refusal = Assert.Throws<ArgumentException>(
            () => EpochPlan.For(trainCount, batch, slots, 1, SampleOrder.Shuffled, lastBatch, 0));

        Assert.Contains(reason, refusal.Message);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(2, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 3)]
    public void Step_or_slot_outside_of_the_plan_is_refused(int step, int slot) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => EpochPlan.For(25, 10, 3, 1, SampleOrder.Shuffled, LastBatch.Drop, 0).SlotSamples(step, slot).Length);
}
