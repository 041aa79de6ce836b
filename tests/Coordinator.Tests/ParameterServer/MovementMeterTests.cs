using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Tests.ParameterServer;

/// <summary>How far an update moved the parameters, for whoever watches.</summary>
public sealed class MovementMeterTests
{
    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.Momentum)]
    [InlineData(OptimizerKind.Adam)]
    public void An_update_is_measured_when_it_was_asked_for_and_no_other_is(OptimizerKind optimizer)
    {
        var model = new ModelState(Specs.Small(slots: 1, optimizer: optimizer), new ModelLayout([new TensorLayout("w", [3])], [new TensorLayout("mean", [1])], []), [1, 2, 3, 100]);
        Apply(model);
        Assert.Null(model.Movement.Last);

        model.Movement.MeasureNext();
        var before = model.Parameters.ToArray();
        Apply(model);
        var moved = Math.Sqrt(before.Zip(model.Parameters.ToArray(), (old, now) => Math.Pow(now - old, 2)).Sum());
        Assert.True(moved > 0);
        Assert.Equal(2, model.Movement.Last!.Value.Version);
        Assert.Equal(moved, model.Movement.Last.Value.Norm, tolerance: 1e-6);   // the differences are float32s there

        Apply(model);
        Assert.Equal(2, model.Movement.Last.Value.Version);
    }

    /// <summary>A step that is left out moves nothing: the one after it is measured.</summary>
    [Fact]
    public void An_update_that_is_left_out_is_not_measured()
    {
        var model = new ModelState(Specs.Small(slots: 1), new ModelLayout([new TensorLayout("w", [2])], [], []), [1, 2]);
        model.Movement.MeasureNext();
        var gather = Gathered(model, [float.NaN, 1]);
        Assert.Equal(0, model.Apply(gather).BrokenSlot);
        model.Skip();
        Assert.Null(model.Movement.Last);
        model.Apply(Gathered(model, [1, 1]));
        Assert.Equal(2, model.Movement.Last!.Value.Version);
    }

    private static void Apply(ModelState model) => model.Apply(Gathered(model, [0.5f, -1, 2, 0]));

    private static StepGather Gathered(ModelState model, float[] gradient)
    {
        var gather = new StepGather(Specs.First, 1);
        gather.Open(model.Version + 1, [12]);
        gather.Offer(Specs.Worker("a"), new SlotGradient(Specs.First, model.Version + 1, 0, model.Version, 12, 1, 0, 0, 1), gradient);
        Assert.True(gather.IsComplete);
        return gather;
    }
}
