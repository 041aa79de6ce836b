using MiniBatch.Shared.Numerics.Optimizers;
using static TorchSharp.torch;

namespace MiniBatch.Lessons.Tests;

/// <summary>The walk that several lessons take.</summary>
public sealed class DescentTests
{
    [Fact]
    public void Steps_go_down_by_the_rate_times_the_gradient()
    {
        var walk = new Descent(OptimizerKind.Sgd, 0.25, 8);
        Assert.Equal([8, 4, 2, 1], walk.Way(3, w => w.pow(2)));
        Assert.Equal(0.25f, walk.Steps(2, w => w.pow(2)).item<float>());
    }

    [Fact]
    public void Position_is_a_copy_and_the_start_stays_as_it_was()
    {
        var start = tensor(new float[] { 1, 2 });
        var walk = new Descent(OptimizerSettings.Default(OptimizerKind.Sgd), start);
        var before = walk.Position;
        walk.Step(w => w.sum());
        Assert.Equal([1f, 2], before.data<float>().ToArray());
        Assert.Equal([1f, 2], start.data<float>().ToArray());
        Assert.Equal([0.9f, 1.9f], walk.Position.data<float>().ToArray());
    }

    [Fact]
    public void Slope_of_a_curve_is_autograds()
    {
        var slope = Curves.SlopeOf("x²", -1, 1, x => x.pow(2));
        Assert.Equal((-1, -2), (slope.Points[0].X, slope.Points[0].Y));
        Assert.Equal((0, 0), (slope.Points[120].X, slope.Points[120].Y));
        Assert.Equal((1, 2), (slope.Points[^1].X, slope.Points[^1].Y));
    }
}
