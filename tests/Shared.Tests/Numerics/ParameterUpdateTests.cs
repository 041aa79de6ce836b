using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Numerics.Schedules;

namespace MiniBatch.Shared.Tests.Numerics;

/// <summary>The order of what becomes of a gradient: clipped, decayed, applied at the schedule's rate.</summary>
public class ParameterUpdateTests
{
    private static readonly OptimizerSettings Sgd = OptimizerSettings.Default(OptimizerKind.Sgd);

    [Fact]
    public void Decay_is_added_after_the_gradient_was_clipped()
    {
        var update = new ParameterUpdate(Sgd with { WeightDecay = 0.5 }, new ClipSettings(ClipKind.Value, 1), new ConstantRate(0.1), 2);
        float[] parameters = [10, 10], gradient = [3, 0.25f];

        var (rate, clipped) = update.Apply(parameters, gradient, gradientNorm: 3, step: 1, update: 1);

        Assert.Equal([6, 5.25f], gradient);
        Assert.Equal([10 - 0.6f, 10 - 0.525f], parameters);
        Assert.Equal((0.1, true), (rate, clipped));
    }

    [Fact]
    public void Every_step_has_the_rate_of_the_schedule()
    {
        var update = new ParameterUpdate(Sgd, clip: null, new StepDecay(1, 0.5, 2), 1);
        float[] parameters = [0];

        var rates = Enumerable.Range(1, 5).Select(step => update.Apply(parameters, new float[] { 1 }, 1, step, step).LearningRate);

        Assert.Equal([1, 1, 0.5, 0.5, 0.25], rates);
        Assert.Equal([-3.25f], parameters);
    }

    [Fact]
    public void Decay_of_adamw_does_not_pass_through_the_gradient()
    {
        var update = new ParameterUpdate(OptimizerSettings.Default(OptimizerKind.AdamW), clip: null, new ConstantRate(0.1), 1);
        float[] parameters = [1], gradient = [0];

        update.Apply(parameters, gradient, 0, 1, 1);

        Assert.Equal([0f], gradient);
        Assert.Equal([0.999f], parameters);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void Limit_that_is_no_number_above_0_is_refused(double limit) => Assert.Throws<ArgumentException>(
        () => new ParameterUpdate(Sgd, new ClipSettings(ClipKind.Norm, limit), new ConstantRate(0.1), 1));

    [Fact]
    public void Step_allocates_nothing()
    {
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            var settings = OptimizerSettings.Default(kind) with { WeightDecay = 0.1 };
            var update = new ParameterUpdate(settings, new ClipSettings(ClipKind.Norm, 1), new LinearWarmup(2, new CosineDecay(0.1, 0, 2, 9)), 100);
            float[] parameters = TestValues.Floats(100), gradient = TestValues.Floats(100, 2);
            update.Apply(parameters, gradient, 5, step: 1, update: 1);

            var before = GC.GetAllocatedBytesForCurrentThread();
            update.Apply(parameters, gradient, 5, step: 2, update: 2);
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }
}
