using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;

namespace MiniBatch.Shared.Tests.Numerics;

/// <summary>Clipping and decay: what they change of a gradient, with the same bits wherever a value lies.</summary>
public class GradientClipTests
{
    [Fact]
    public void Norm_over_the_limit_becomes_the_limit_and_the_direction_stays()
    {
        float[] gradient = [3, -4];

        Assert.True(Clip(gradient, ClipKind.Norm, 0.5));
        Assert.Equal(0.3, gradient[0], 1e-6);
        Assert.Equal(-0.4, gradient[1], 1e-6);
    }

    [Theory]
    [InlineData(ClipKind.Norm, 5.1)]
    [InlineData(ClipKind.Value, 4)]
    public void Gradient_within_the_limit_keeps_its_bits(ClipKind by, double limit)
    {
        float[] gradient = [3, -4];

        Assert.False(Clip(gradient, by, limit));
        AssertBits.Equal([3, -4], gradient);
    }

    [Fact]
    public void Values_over_the_limit_become_the_limit_and_the_others_stay()
    {
        float[] gradient = [3, -4, 0.5f, -2];

        Assert.True(Clip(gradient, ClipKind.Value, 2));
        AssertBits.Equal([2, -2, 0.5f, -2], gradient);
    }

    [Fact]
    public void Nothing_is_clipped_where_no_limit_is_set() => Assert.False(GradientClip.Apply(new float[] { 1e30f }, 1e30, null));

    [Theory]
    [InlineData(ClipKind.Norm)]
    [InlineData(ClipKind.Value)]
    public void Value_over_the_limit_is_found_wherever_it_lies(ClipKind by)
    {
        for (var length = 1; length < 40; length++)
        {
            for (var at = 0; at < length; at++)
            {
                var gradient = new float[length];
                gradient[at] = -3;

                Assert.True(Clip(gradient, by, 2));
                Assert.Equal(-2, gradient[at], 1e-5f);
                Assert.Equal(length - 1, gradient.Count(value => value == 0));
            }
        }
    }

    [Fact]
    public void Every_value_has_the_same_bits_alone_as_among_others()
    {
        foreach (var length in TestValues.Lengths.Where(length => length > 0))
        {
            var (start, parameters) = (TestValues.Floats(length, 1), TestValues.Floats(length, 2));
            foreach (var by in Enum.GetValues<ClipKind>())
            {
                var together = start.ToArray();
                GradientClip.Apply(together, norm: 10, new ClipSettings(by, 0.37));
                WeightDecay.AddTo(together, parameters, 0.011);
                var alone = start.Select((value, i) =>
                {
                    float[] one = [value];
                    GradientClip.Apply(one, norm: 10, new ClipSettings(by, 0.37));
                    WeightDecay.AddTo(one, [parameters[i]], 0.011);
                    return one[0];
                });
                AssertBits.Equal(together, alone.ToArray());
            }
        }
    }

    [Fact]
    public void Decay_grows_the_gradient_by_its_share_of_the_parameters()
    {
        float[] gradient = [1, 1];
        WeightDecay.AddTo(gradient, [2, -4], 0.25);
        Assert.Equal([1.5f, 0], gradient);
        Assert.Throws<ArgumentException>(() => WeightDecay.AddTo(gradient, [1], 0.25));
    }

    private static bool Clip(float[] gradient, ClipKind by, double limit) =>
        GradientClip.Apply(gradient, Math.Sqrt(GradientNorm.Squared(gradient)), new ClipSettings(by, limit));
}
