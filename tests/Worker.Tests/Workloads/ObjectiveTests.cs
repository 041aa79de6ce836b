using MiniBatch.Shared.Workloads;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Workloads;

/// <summary>What counts as right, where values are read and where tensors stay on their device.</summary>
public sealed class ObjectiveTests
{
    [Theory]
    [InlineData(1f, 2f, 0f, 1, 1)]
    [InlineData(1f, 2f, 0f, 0, 0)]
    [InlineData(2f, 2f, 0f, 0, 1)]   // the first of the largest
    [InlineData(float.NaN, 2f, 0f, 0, 0)]
    [InlineData(float.NaN, 2f, 0f, 1, 0)]
    [InlineData(1f, float.NaN, 0f, 1, 0)]
    [InlineData(float.NaN, float.NaN, float.NaN, 0, 0)]
    [InlineData(1f, float.PositiveInfinity, 0f, 1, 0)]
    [InlineData(float.NegativeInfinity, 2f, 0f, 1, 0)]
    public void Class_is_right_where_its_logit_is_the_largest_and_all_are_finite(float a, float b, float c, long label, int correct)
    {
        using var logits = tensor([a, b, c]).reshape(1, 3);
        using var target = tensor([label]);
        AssertCorrect(correct, Objective.CrossEntropy, logits, target);
    }

    [Theory]
    [InlineData(0.7f, 1f, 1)]
    [InlineData(0.7f, 0f, 0)]
    [InlineData(0.2f, 0f, 1)]
    [InlineData(float.NaN, 0f, 0)]
    [InlineData(float.NaN, 1f, 0)]
    public void Probability_is_right_on_its_side_of_a_half_and_never_where_it_is_none(float said, float truth, int correct)
    {
        using var output = tensor([said]).reshape(1, 1);
        using var target = tensor([truth]).reshape(1, 1);
        AssertCorrect(correct, Objective.BinaryCrossEntropy, output, target);
    }

    private static void AssertCorrect(int expected, Objective objective, Tensor outputs, Tensor targets)
    {
        using var onDevice = objective.Correct(outputs, targets);
        Assert.Equal((expected, expected), (objective.CountCorrect(outputs, targets), onDevice.ToInt32()));
    }
}
