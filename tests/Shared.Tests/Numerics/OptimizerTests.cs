using System.Text.Json;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.Numerics;

public class OptimizerTests
{
    private static readonly OptimizerKind[] Kinds = Enum.GetValues<OptimizerKind>();

    [Fact]
    public void Sgd_steps_against_the_gradient()
    {
        var parameters = Run(new SgdOptimizer(2), 0.1, [1, 2], [[0.5f, -1]]);

        Assert.Equal([0.95f, 2.1f], parameters);
    }

    [Fact]
    public void Momentum_starts_with_the_first_gradient_and_remembers_it()
    {
        var optimizer = new MomentumOptimizer(1, momentum: 0.5);

        // b = 1, then 0.5·1 + 2 = 2.5, then 0.5·2.5 + 0 = 1.25.
        Assert.Equal([10 - (0.5f * (1 + 2.5f + 1.25f))], Run(optimizer, 0.5, [10], [[1], [2], [0]]));
        Assert.Equal([1.25f], Assert.Single(optimizer.State).Values);
    }

    [Fact]
    public void Adam_follows_its_paper()
    {
        float[][] gradients = [[0.1f, -20], [0.3f, 5], [-0.2f, 0]];
        double[] expected = [1, -3], mean = [0, 0], square = [0, 0];
        for (var t = 1; t <= gradients.Length; t++)
        {
            for (var i = 0; i < 2; i++)
            {
                double g = gradients[t - 1][i];
                mean[i] = (0.9 * mean[i]) + (0.1 * g);
                square[i] = (0.999 * square[i]) + (0.001 * g * g);
                var meanHat = mean[i] / (1 - Math.Pow(0.9, t));
                var squareHat = square[i] / (1 - Math.Pow(0.999, t));
                expected[i] -= 0.01 * meanHat / (Math.Sqrt(squareHat) + 1e-8);
            }
        }

        var parameters = Run(Create(OptimizerKind.Adam, 2), 0.01, [1, -3], gradients);

        Assert.Equal(expected[0], parameters[0], 1e-6);
        Assert.Equal(expected[1], parameters[1], 1e-6);
    }

    [Fact]
    public void Adam_first_step_has_the_length_of_the_learning_rate_whatever_the_gradient()
    {
        var parameters = Run(Create(OptimizerKind.Adam, 3), 0.01, [0, 0, 0], [[1e-3f, -1e3f, 1]]);

        Assert.Equal([-0.01f, 0.01f, -0.01f], parameters.Select(value => MathF.Round(value, 5)));
    }

    [Fact]
    public void Nesterov_looks_one_step_ahead()
    {
        var optimizer = new NesterovOptimizer(1, momentum: 0.5);

        // b = 1, 2.5, 1.25; the steps are g + b/2 = 1.5, 3.25, 0.625.
        Assert.Equal([10 - (0.5f * (1.5f + 3.25f + 0.625f))], Run(optimizer, 0.5, [10], [[1], [2], [0]]));
    }

    [Fact]
    public void AdaGrad_divides_by_the_root_of_all_squares()
    {
        var optimizer = new AdaGradOptimizer(1, epsilon: 0);

        Assert.Equal(10 - (0.5 * (1 + (4 / 5.0))), Run(optimizer, 0.5, [10], [[3], [4]])[0], 1e-6);
        Assert.Equal([25f], Assert.Single(optimizer.State).Values);
    }

    [Fact]
    public void RmsProp_divides_by_the_root_of_a_mean_that_forgets()
    {
        var optimizer = new RmsPropOptimizer(1, alpha: 0.75, epsilon: 1);

        // v = 4/4 = 1, then 3/4 + 36/4 = 9.75.
        Assert.Equal(10 - (0.5 * ((2 / 2.0) + (6 / (Math.Sqrt(9.75) + 1)))), Run(optimizer, 0.5, [10], [[2], [6]])[0], 1e-6);
    }

    [Fact]
    public void AdamW_shrinks_parameters_that_have_no_gradient_and_keeps_the_decay_out_of_its_averages()
    {
        var optimizer = OptimizerFactory.Create(Default(OptimizerKind.AdamW) with { WeightDecay = 0.5 }, 1);

        Assert.Equal(8 * 0.95 * 0.95, Run(optimizer, 0.1, [8], [[0], [0]])[0], 1e-5);
        Assert.All(optimizer.State, state => Assert.Equal([0f], state.Values));
    }

    // A parameter must be the same wherever it lies: in a vector's body for one length, in the tail for another.
    [Fact]
    public void Every_element_has_the_same_bits_alone_as_among_others()
    {
        foreach (var kind in Kinds)
        {
            foreach (var length in TestValues.Lengths.Where(length => length is > 0 and < 100))
            {
                var start = TestValues.Floats(length, 1);
                float[][] gradients = [TestValues.Floats(length, 2), TestValues.Floats(length, 3), TestValues.Floats(length, 4)];
                var together = Run(Create(kind, length), 0.037, start, gradients);
                var alone = start.Select((value, i) =>
                    Run(Create(kind, 1), 0.037, [value], gradients.Select(gradient => new[] { gradient[i] }).ToArray())[0]);

                AssertBits.Equal(together, alone.ToArray());
            }
        }
    }

    [Fact]
    public void Restored_state_continues_with_the_same_bits()
    {
        foreach (var kind in Kinds)
        {
            float[][] gradients = [TestValues.Floats(33, 2), TestValues.Floats(33, 3), TestValues.Floats(33, 4)];
            var whole = Run(Create(kind, 33), 0.1, TestValues.Floats(33), gradients);

            var first = Create(kind, 33);
            var second = Create(kind, 33);
            var halfway = Run(first, 0.1, TestValues.Floats(33), gradients[..2]);
            foreach (var (saved, restored) in first.State.Zip(second.State))
                saved.Values.CopyTo(restored.Values, 0);
            second.Apply(halfway, gradients[2], 0.1, step: 3);

            AssertBits.Equal(whole, halfway);
        }
    }

    [Theory]
    [InlineData(OptimizerKind.Gd)]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.Momentum, "momentum_buffer")]
    [InlineData(OptimizerKind.Nesterov, "momentum_buffer")]
    [InlineData(OptimizerKind.AdaGrad, "sum")]
    [InlineData(OptimizerKind.RmsProp, "square_avg")]
    [InlineData(OptimizerKind.Adam, "exp_avg", "exp_avg_sq")]
    [InlineData(OptimizerKind.AdamW, "exp_avg", "exp_avg_sq")]
    public void State_has_the_names_of_torch(OptimizerKind kind, params string[] names) =>
        Assert.Equal(names, Create(kind, 1).State.Select(state => state.Name));

    [Theory]
    [InlineData(2, 3, 1)]
    [InlineData(3, 2, 1)]
    [InlineData(3, 3, 0)]
    public void Apply_refuses_other_lengths_and_a_step_before_the_first(int parameterCount, int gradientCount, long step) =>
        Assert.ThrowsAny<ArgumentException>(
            () => Create(OptimizerKind.Adam, 3).Apply(new float[parameterCount], new float[gradientCount], 0.1, step));

    public static TheoryData<OptimizerSettings, string> Impossible => new()
    {
        { Default(OptimizerKind.Sgd) with { LearningRate = 0 }, "learning rate" },
        { Default(OptimizerKind.Sgd) with { LearningRate = double.NaN }, "learning rate" },
        { Default(OptimizerKind.Gd) with { WeightDecay = -1 }, "weight decay" },
        { Default(OptimizerKind.AdamW) with { WeightDecay = double.PositiveInfinity }, "weight decay" },
        { Default(OptimizerKind.Momentum) with { Momentum = 1 }, "momentum" },
        { Default(OptimizerKind.Nesterov) with { Momentum = null }, "nesterov have no momentum" },
        { Default(OptimizerKind.AdaGrad) with { Epsilon = -1 }, "epsilon" },
        { Default(OptimizerKind.RmsProp) with { Alpha = 1 }, "alpha" },
        { Default(OptimizerKind.RmsProp) with { Epsilon = double.NaN }, "epsilon" },
        { Default(OptimizerKind.Adam) with { Beta1 = 1 }, "beta1" },
        { Default(OptimizerKind.Adam) with { Beta2 = -0.1 }, "beta2" },
        { Default(OptimizerKind.AdamW) with { Epsilon = null }, "adamw have no epsilon" },
        { new((OptimizerKind)99, 0.1), "no optimizer" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Create_refuses_settings_out_of_range_by_name(OptimizerSettings settings, string named) =>
        Assert.Contains(named, Assert.ThrowsAny<ArgumentException>(() => OptimizerFactory.Create(settings, 1)).Message);

    [Fact]
    public void Create_makes_the_kind_that_is_named() =>
        Assert.Equal(Kinds.Select(kind => kind == OptimizerKind.Gd ? "sgd" : OptimizerSettings.NameOf(kind)), Kinds.Select(kind => Create(kind, 1).Name));

    [Fact]
    public void Kinds_are_written_in_json_as_they_are_typed() =>
        Assert.All(Kinds, kind => Assert.Equal($"\"{OptimizerSettings.NameOf(kind)}\"", JsonSerializer.Serialize(kind, Json.Compact)));

    private static OptimizerSettings Default(OptimizerKind kind) => OptimizerSettings.Default(kind);

    private static Optimizer Create(OptimizerKind kind, int parameterCount) => OptimizerFactory.Create(Default(kind), parameterCount);

    private static float[] Run(Optimizer optimizer, double learningRate, float[] start, float[][] gradients)
    {
        var parameters = start.ToArray();
        for (var step = 1; step <= gradients.Length; step++)
            optimizer.Apply(parameters, gradients[step - 1], learningRate, step);
        return parameters;
    }
}
