using System.Runtime;
using MiniBatch.Explain.Steps;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Numerics.Schedules;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Computation;

/// <summary>
/// Slots, average, clipping, decay and update rule together, as parameter server and worker do it, beside libtorch's optimizers on
/// the same gradients for 200 steps. Elements may differ by rounding (libtorch may fuse a multiplication with an addition), not
/// by more.
/// </summary>
public sealed class ServerOptimizersTests
{
    private const int Steps = 200;

    private static readonly ScheduleSettings WarmCosine = new(ScheduleKind.Cosine, WarmupSteps: 20, MinimumRate: 0);

    /// <summary>gd is sgd with another batch.</summary>
    public static TheoryData<OptimizerKind> Rules => [.. Enum.GetValues<OptimizerKind>().Where(kind => kind != OptimizerKind.Gd)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Softmax_trained_for_200_steps_is_what_libtorch_makes_of_it(OptimizerKind kind) =>
        AssertSame(Runs.Spec() with { Optimizer = OptimizerSettings.Default(kind) });

    [Theory]
    [MemberData(nameof(Rules))]
    public void Softmax_with_decay_is_what_libtorch_makes_of_it(OptimizerKind kind) =>
        AssertSame(Runs.Spec() with { Optimizer = OptimizerSettings.Default(kind) with { WeightDecay = 0.01 } });

    [Theory]
    [InlineData(OptimizerKind.Nesterov, ClipKind.Norm, 0.3)]
    [InlineData(OptimizerKind.Nesterov, ClipKind.Value, 0.01)]
    [InlineData(OptimizerKind.Adam, ClipKind.Norm, 0.3)]
    [InlineData(OptimizerKind.Sgd, ClipKind.Value, 0.1)]
    public void Softmax_with_clipped_gradients_is_what_libtorch_makes_of_it(OptimizerKind kind, ClipKind by, double limit)
    {
        var spec = Runs.Spec() with { Optimizer = OptimizerSettings.Default(kind), Clip = new ClipSettings(by, limit) };
        Assert.InRange(AssertSame(spec), 1, Steps - 1);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Convolutions_with_decay_clipping_warm_up_and_cosine_are_what_libtorch_makes_of_them(OptimizerKind kind)
    {
        var spec = Runs.Spec("mnist-cnn", batch: 8) with
        {
            Optimizer = OptimizerSettings.Default(kind) with { WeightDecay = 0.001 }, Schedule = WarmCosine, Clip = new ClipSettings(ClipKind.Norm, 2),
        };
        Assert.InRange(AssertSame(spec), 1, Steps - 1);
    }

    /// <returns>Steps whose gradient was clipped.</returns>
    private static int AssertSame(RunSpec spec)
    {
        using var computer = Runs.Computer(spec);
        var version = computer.Version();
        var start = version.ToArray();
        var rates = spec.Schedule.Create(spec.Optimizer.LearningRate, epochs: 1, stepsPerEpoch: Steps);
        var ours = new ParameterUpdate(spec.Optimizer, spec.Clip, rates, version.Length);
        using var theirs = nn.Parameter(tensor(version));
        using var optimizer = TorchOptimizer.Create(spec.Optimizer, [theirs]);
        var clippedCount = 0;
        for (var step = 1; step <= Steps; step++)
        {
            var gradient = Average(computer, spec, step - 1);
            StepOfTorch(theirs, optimizer, gradient, rates.RateAt(step), spec.Clip);
            var (_, clipped) = ours.Apply(version, gradient, Math.Sqrt(GradientNorm.Squared(gradient)), step, step);
            if (clipped) clippedCount++;
            computer.Load(version);
        }

        Assert.True(version.Zip(start, (now, before) => Math.Abs(now - before)).Max() > 0.01, "the model did not move, so this compares nothing");
        AssertFloats.Within(1e-6, theirs.data<float>().ToArray(), version);
        return clippedCount;
    }

    private static void StepOfTorch(Parameter theirs, optim.Optimizer optimizer, float[] gradient, double rate, ClipSettings? clip)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        (theirs * tensor(gradient)).sum().backward();   // its gradient is that very vector
        if (clip is { By: ClipKind.Norm }) nn.utils.clip_grad_norm_([theirs], clip.Limit);
        if (clip is { By: ClipKind.Value }) nn.utils.clip_grad_value_([theirs], clip.Limit);
        foreach (var group in optimizer.ParamGroups) group.LearningRate = rate;
        // TorchSharp's own optimizers do not hold their scalars: a collection would free one under a kernel (HeldScalars).
        var isHeld = GC.TryStartNoGCRegion(64 << 20);
        optimizer.step();
        if (isHeld && GCSettings.LatencyMode == GCLatencyMode.NoGCRegion) GC.EndNoGCRegion();
    }

    private static float[] Average(SlotComputer computer, RunSpec spec, int step)
    {
        var (epoch, stepInEpoch) = (1 + step / spec.StepsPerEpoch, step % spec.StepsPerEpoch);
        var slots = new ReadOnlyMemory<float>[spec.Slots];
        var samples = new int[spec.Slots];
        for (var slot = 0; slot < spec.Slots; slot++)
        {
            var gradient = new float[computer.Vector.Layout.TotalCount];
            samples[slot] = computer.ComputeGradient(epoch, stepInEpoch, slot, gradient).SampleCount;
            slots[slot] = gradient;
        }
        var mean = new float[computer.Vector.Layout.TotalCount];
        GradientAverage.InSlotOrder(slots, samples, spec.Reduction, mean);
        return mean;
    }
}
