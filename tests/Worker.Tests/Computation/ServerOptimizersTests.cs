using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Computation;

/// <summary>
/// Slots, average and update rule together, as parameter server and worker do it, beside libtorch's optimizers on the
/// same gradients. Elements may differ by rounding (libtorch may fuse), not by more.
/// </summary>
public sealed class ServerOptimizersTests
{
    private const int Steps = 100;

    [Theory]
    [InlineData(OptimizerKind.Sgd, 0.1)]
    [InlineData(OptimizerKind.Momentum, 0.05)]
    [InlineData(OptimizerKind.Adam, 0.001)]
    public void Softmax_trained_for_100_steps_is_what_libtorch_makes_of_it(OptimizerKind kind, double learningRate)
    {
        var spec = Runs.Spec();
        using var computer = Runs.Computer(spec);
        var version = computer.Version();
        var ours = OptimizerFactory.Create(OptimizerSettings.Default(kind) with { LearningRate = learningRate }, version.Length);
        using var theirs = nn.Parameter(tensor(version));
        using var optimizer = Torchs(theirs, kind, learningRate);
        var (first, last) = (0.0, 0.0);
        for (var step = 1; step <= Steps; step++)
        {
            var (gradient, loss) = Average(computer, spec, step - 1);
            if (step == 1) first = loss;
            last = loss;
            ours.Apply(version, gradient, learningRate, step);
            computer.Load(version);

            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            (theirs * tensor(gradient)).sum().backward();   // its gradient is that very vector
            optimizer.step();
        }

        Assert.True(last < first / 2, $"the loss went from {first} to {last}, so nothing was learnt and this compares nothing");
        AssertFloats.Within(1e-6, theirs.data<float>().ToArray(), version);
    }

    private static (float[] Gradient, double MeanLoss) Average(
        MiniBatch.Worker.Computation.SlotComputer computer, MiniBatch.Shared.Runs.RunSpec spec, int step)
    {
        var (epoch, stepInEpoch) = (1 + step / spec.StepsPerEpoch, step % spec.StepsPerEpoch);
        var slots = new ReadOnlyMemory<float>[spec.Slots];
        var samples = new int[spec.Slots];
        var lossSum = 0.0;
        for (var slot = 0; slot < spec.Slots; slot++)
        {
            var gradient = new float[computer.Vector.Layout.TotalCount];
            var result = computer.ComputeGradient(epoch, stepInEpoch, slot, gradient);
            (slots[slot], samples[slot]) = (gradient, result.SampleCount);
            lossSum += result.LossSum;
        }
        var mean = new float[computer.Vector.Layout.TotalCount];
        GradientAverage.InSlotOrder(slots, samples, spec.Reduction, mean);
        return (mean, lossSum / samples.Sum());
    }

    private static optim.Optimizer Torchs(TorchSharp.Modules.Parameter parameter, OptimizerKind kind, double learningRate) => kind switch
    {
        OptimizerKind.Sgd => optim.SGD([parameter], learningRate),
        OptimizerKind.Momentum => optim.SGD([parameter], learningRate, momentum: 0.9),
        _ => optim.Adam([parameter], lr: learningRate),
    };
}
