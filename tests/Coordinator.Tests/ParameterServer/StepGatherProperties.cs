using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Tests.Properties;

namespace MiniBatch.Coordinator.Tests.ParameterServer;

/// <summary>The version that a step makes does not depend on the order in which its gradients arrive, nor on copies of them.</summary>
[Properties(Arbitrary = [typeof(StepArbitrary)], MaxTest = 200, QuietOnSuccess = true)]
public class StepGatherProperties
{
    [Property]
    public void Arrivals_in_any_order_with_copies_make_the_bits_of_arrivals_in_slot_order(ArrivedStep step)
    {
        var (expected, expectedUpdate) = step.Apply(Enumerable.Range(0, step.Gradients.Length));
        var (model, update) = step.Apply(step.Arrivals);

        Assert.Equal(expectedUpdate, update);
        Assert.True(Floats.AreSame(expected.Frame.Floats, model.Frame.Floats), "the version differs");
        Assert.All(expected.OptimizerState.Zip(model.OptimizerState), pair => Assert.True(
            Floats.AreSame(pair.First.Values, pair.Second.Values), $"{pair.First.Name} differs"));
    }
}

/// <summary>A step's gradients, and how they arrive.</summary>
/// <param name="Optimizer">The run's rule.</param>
/// <param name="Reduction">The workload's.</param>
/// <param name="Initial">float32[parameters + buffers]: version 0.</param>
/// <param name="Gradients">float32[parameters + buffers] of each slot, in slot order.</param>
/// <param name="Samples">Of each slot.</param>
/// <param name="Arrivals">Slots as they come; each at least once.</param>
public sealed record ArrivedStep(
    OptimizerKind Optimizer, LossReduction Reduction, float[] Initial, float[][] Gradients, int[] Samples, int[] Arrivals)
{
    public const int ParameterCount = 11;   // no multiple of any vector's width
    public const int BufferCount = 3;

    /// <summary>A copy of what has arrived is not the first of its key: whatever it holds, it is dropped.</summary>
    private static readonly float[] Copy = [.. Enumerable.Repeat(float.NaN, ParameterCount + BufferCount)];

    public (ModelState Model, StepUpdate Update) Apply(IEnumerable<int> arrivals)
    {
        var layout = new ModelLayout([new TensorLayout("w", [ParameterCount])], [new TensorLayout("mean", [BufferCount])], []);
        var model = new ModelState(Specs.Small(Gradients.Length, optimizer: Optimizer) with { Reduction = Reduction }, layout, Initial);
        var gather = new StepGather(Specs.First, Gradients.Length);
        gather.Open(1, Samples);
        var arrived = new HashSet<int>();
        foreach (var slot in arrivals)
        {
            var isFirst = arrived.Add(slot);
            var header = new SlotGradient(Specs.First, 1, slot, 0, Samples[slot], isFirst ? slot : double.NaN, 0, 0, 1);
            var verdict = gather.Offer(Specs.Worker("a"), header, isFirst ? Gradients[slot] : Copy);
            Assert.Equal(isFirst ? GatherVerdict.Accepted : GatherVerdict.Duplicate, verdict);
        }
        Assert.True(gather.IsComplete);
        return (model, model.Apply(gather));
    }

    public override string ToString() =>
        $"{Optimizer}, {Reduction}, slots {string.Join("; ", Gradients.Select((gradient, slot) => $"{Samples[slot]} samples [{string.Join(", ", gradient)}]"))} arrive {string.Join(", ", Arrivals)}";
}

public static class StepArbitrary
{
    public static Arbitrary<ArrivedStep> Steps() => Arb.From(
        from optimizer in Gen.Elements(Enum.GetValues<OptimizerKind>())
        from reduction in Gen.Elements(LossReduction.Mean, LossReduction.Sum)
        from slots in Gen.Choose(1, 8)
        from initial in Vector
        from gradients in Gen.ArrayOf(Vector, slots)
        from samples in Gen.ArrayOf(Gen.Choose(1, 40), slots)
        from order in Gen.Shuffle(Enumerable.Range(0, slots))
        from copies in Gen.Choose(0, 3)
        from copied in Gen.ArrayOf(Gen.Choose(0, slots - 1), copies)
        // Copies come last or in between, and never before what they are a copy of.
        select new ArrivedStep(optimizer, reduction, initial, gradients, samples, [.. order[..(slots / 2)], .. order[..(slots / 2)], .. order[(slots / 2)..], .. copied]),
        Shrink);

    /// <summary>Seldom a value that is not finite: such a step is refused, in any order.</summary>
    private static Gen<float[]> Vector { get; } =
        Gen.ArrayOf(Gen.Frequency((100, Floats.Finite), (1, Floats.Any)), ArrivedStep.ParameterCount + ArrivedStep.BufferCount);

    private static IEnumerable<ArrivedStep> Shrink(ArrivedStep step)
    {
        // The last slot goes with all its arrivals.
        if (step.Gradients.Length > 1)
        {
            var last = step.Gradients.Length - 1;
            yield return step with
            {
                Gradients = step.Gradients[..last],
                Samples = step.Samples[..last],
                Arrivals = [.. step.Arrivals.Where(slot => slot != last)],
            };
        }
        if (step.Arrivals.Length > step.Gradients.Length) yield return step with { Arrivals = [.. step.Arrivals.Distinct()] };
        foreach (var samples in step.Samples.SelectMany((count, slot) => Shrinks.Of(count, 1).Select(
            fewer => (int[])[.. step.Samples[..slot], fewer, .. step.Samples[(slot + 1)..]]))) yield return step with { Samples = samples };
        for (var i = 0; i < step.Initial.Length; i++)
        {
            if (step.Gradients.Any(gradient => gradient[i] != 0))
                yield return step with { Gradients = [.. step.Gradients.Select(gradient => (float[])[.. gradient[..i], 0, .. gradient[(i + 1)..]])] };
        }
    }
}
