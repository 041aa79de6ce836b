using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.Tests.Numerics;

public class GradientAverageTests
{
    [Fact]
    public void Mean_weighs_slots_by_their_samples() =>
        Assert.Equal([(3 * 1f + 1 * 5f) / 4, (3 * 2f + 1 * -6f) / 4], Average(LossReduction.Mean, [3, 1], [1, 2], [5, -6]));

    [Fact]
    public void Sum_adds_slots_whatever_their_samples() =>
        Assert.Equal([6f, -4f], Average(LossReduction.Sum, [3, 1], [1, 2], [5, -6]));

    [Theory]
    [InlineData(LossReduction.Mean)]
    [InlineData(LossReduction.Sum)]
    public void Every_element_has_the_bits_of_the_scalar_formula(LossReduction reduction)
    {
        foreach (var counts in new int[][] { [32], [32, 31], [32, 31, 32, 33] })
        foreach (var length in TestValues.Lengths)
        {
            var slots = counts.Select((_, s) => TestValues.Floats(length, (ulong)s)).ToArray();
            foreach (var slot in slots.Where(slot => slot.Length > 0)) slot[^1] = slot[slot.Length / 2] = -0f;   // a sum of those is +0
            var expected = Enumerable.Range(0, length).Select(i => Scalar(reduction, counts, slots, i)).ToArray();

            AssertBits.Equal(expected, Average(reduction, counts, slots));
        }
    }

    [Fact]
    public void Order_of_slots_is_the_order_of_additions()
    {
        float[] large = [1e8f], minusLarge = [-1e8f], small = [1f];

        Assert.Equal([1f], Average(LossReduction.Sum, [1, 1, 1], large, minusLarge, small));
        Assert.Equal([0f], Average(LossReduction.Sum, [1, 1, 1], large, small, minusLarge));
    }

    [Fact]
    public void Result_does_not_depend_on_what_it_held()
    {
        float[] result = [float.NaN, 7];
        GradientAverage.InSlotOrder([new float[] { 1, 2 }], [1], LossReduction.Mean, result);

        Assert.Equal([1f, 2f], result);
    }

    [Fact]
    public void Gradients_that_do_not_fit_are_refused()
    {
        Assert.Contains("slot 1", Refusal([1, 1], [1, 2], [1]));
        Assert.Contains("0 samples", Refusal([1, 0], [1, 2], [1, 2]));
        Assert.Contains("sample counts", Refusal([1], [1, 2], [1, 2]));
        Assert.Throws<ArgumentException>(() => GradientAverage.InSlotOrder([], [], LossReduction.Mean, new float[2]));

        static string Refusal(int[] counts, params float[][] slots) =>
            Assert.Throws<ArgumentException>(() => Average(LossReduction.Mean, counts, slots)).Message;
    }

    private static float Scalar(LossReduction reduction, int[] counts, float[][] slots, int i)
    {
        var sum = 0f;
        for (var s = 0; s < slots.Length; s++)
            sum += reduction == LossReduction.Mean ? slots[s][i] * counts[s] : slots[s][i];
        return reduction == LossReduction.Mean ? sum / counts.Sum() : sum;
    }

    private static float[] Average(LossReduction reduction, int[] counts, params float[][] slots)
    {
        var result = new float[slots[0].Length];
        GradientAverage.InSlotOrder(slots.Select(slot => (ReadOnlyMemory<float>)slot).ToArray(), counts, reduction, result);
        return result;
    }
}
