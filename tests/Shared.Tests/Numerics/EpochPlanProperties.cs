using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Tests.Properties;

namespace MiniBatch.Shared.Tests.Numerics;

/// <summary>What holds for every plan that can be made, whatever N, G and M.</summary>
[Properties(Arbitrary = [typeof(PlanArbitrary)], MaxTest = 300, QuietOnSuccess = true)]
public class EpochPlanProperties
{
    [Property]
    public void Slots_of_all_steps_in_order_are_the_permutation_up_to_the_dropped_samples(PlanNumbers numbers)
    {
        var plan = numbers.Plan();
        var dropped = numbers.LastBatch == LastBatch.Keep ? 0 : numbers.TrainCount % numbers.Batch;

        var inOrder = new List<int>();
        for (var step = 0; step < plan.Steps; step++)
        {
            for (var slot = 0; slot < numbers.Slots; slot++) inOrder.AddRange(plan.SlotSamples(step, slot));
        }

        Assert.Equal(dropped, plan.DroppedSamples);
        Assert.Equal(plan.Permutation[..^dropped].ToArray(), inOrder);
    }

    [Property]
    public void Permutation_holds_each_sample_once(PlanNumbers numbers) =>
        Assert.Equal(Enumerable.Range(0, numbers.TrainCount), numbers.Plan().Permutation.ToArray().Order());

    [Property]
    public void Slots_of_a_step_are_never_empty_and_differ_by_at_most_one_sample_larger_first(PlanNumbers numbers)
    {
        var plan = numbers.Plan();
        for (var step = 0; step < plan.Steps; step++)
        {
            var sizes = Enumerable.Range(0, numbers.Slots).Select(slot => plan.SlotSamples(step, slot).Length).ToList();

            Assert.True(sizes[^1] >= 1 && sizes[0] - sizes[^1] <= 1, $"step {step} has slots of {string.Join(", ", sizes)}");
            Assert.Equal(sizes.OrderDescending(), sizes);
            Assert.Equal(plan.BatchSamples(step).Length, sizes.Sum());
        }
    }
}

/// <summary>What a plan is made of; only such numbers as one can be made of.</summary>
public sealed record PlanNumbers(int TrainCount, int Batch, int Slots, ulong Seed, SampleOrder Order, LastBatch LastBatch, int Epoch)
{
    /// <summary>By the documentation, not by the class under test: M ≤ G ≤ N, and no empty slot in a kept last batch.</summary>
    public bool ArePossible =>
        1 <= Slots && Slots <= Batch && Batch <= TrainCount
        && (LastBatch == LastBatch.Drop || TrainCount % Batch == 0 || TrainCount % Batch >= Slots);

    public EpochPlan Plan() => EpochPlan.For(TrainCount, Batch, Slots, Seed, Order, LastBatch, Epoch);
}

public static class PlanArbitrary
{
    public static Arbitrary<PlanNumbers> Plans() => Arb.From(
        from trainCount in Gen.Frequency((1, Gen.Choose(1, 8)), (4, Gen.Choose(1, 500)))
        from batch in UpTo(trainCount)
        from slots in UpTo(Math.Min(batch, 64))
        from seed in Gen.Choose(0, int.MaxValue)
        from order in Gen.Elements(SampleOrder.Shuffled, SampleOrder.Natural)
        from lastBatch in Gen.Elements(LastBatch.Drop, LastBatch.Keep)
        from epoch in Gen.Choose(0, 1000)
        let numbers = new PlanNumbers(trainCount, batch, slots, (ulong)seed, order, lastBatch, epoch)
        where numbers.ArePossible
        select numbers,
        Shrink);

    /// <summary>Both ends are frequent: batches of one sample and of all, one slot and one a sample.</summary>
    private static Gen<int> UpTo(int most) => Gen.Frequency((1, Gen.Constant(1)), (1, Gen.Constant(most)), (4, Gen.Choose(1, most)));

    private static IEnumerable<PlanNumbers> Shrink(PlanNumbers numbers) =>
        Shrinks.Of(numbers.TrainCount, 1).Select(fewer => numbers with { TrainCount = fewer })
            .Concat(Shrinks.Of(numbers.Batch, 1).Select(fewer => numbers with { Batch = fewer }))
            .Concat(Shrinks.Of(numbers.Slots, 1).Select(fewer => numbers with { Slots = fewer }))
            .Concat(Shrinks.Of(numbers.Epoch, 0).Select(fewer => numbers with { Epoch = fewer }))
            .Where(smaller => smaller.ArePossible);
}
