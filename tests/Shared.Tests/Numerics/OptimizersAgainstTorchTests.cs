using System.Runtime.InteropServices;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Tests.Numerics;

/// <summary>
/// Our update rules beside torch's, on the same gradients of a real model for 100 steps. Elements may differ by
/// rounding (libtorch may fuse a multiplication with an addition), not by more.
/// </summary>
public class OptimizersAgainstTorchTests
{
    private const int Steps = 100;
    private const int BatchSize = 20;

    public static TheoryData<string, OptimizerKind, double> Cases => new()
    {
        { "softmax", OptimizerKind.Sgd, 0.1 },
        { "softmax", OptimizerKind.Momentum, 0.05 },
        { "softmax", OptimizerKind.Adam, 0.001 },
        { "cnn", OptimizerKind.Sgd, 0.1 },
        { "cnn", OptimizerKind.Momentum, 0.05 },
        { "cnn", OptimizerKind.Adam, 0.001 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Parameters_after_100_steps_are_those_of_torch(string modelName, OptimizerKind kind, double learningRate)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        using var model = modelName == "cnn" ? SmallCnn() : Softmax();
        var parameters = model.parameters().ToList();
        using var theirs = TorchOptimizer(parameters, kind, learningRate);
        var own = Flatten(parameters, parameter => parameter.alias());
        var ours = OptimizerFactory.Create(OptimizerSettings.Default(kind) with { LearningRate = learningRate }, own.Length);
        var start = own.ToArray();

        var data = SyntheticImages.Create(200, seed: 5).Train;
        for (var step = 1; step <= Steps; step++)
        {
            theirs.zero_grad();
            Backward(model, data, step);
            ours.Apply(own, Flatten(parameters, parameter => parameter.grad!), learningRate, step);
            theirs.step();
        }

        var expected = Flatten(parameters, parameter => parameter.alias());
        Assert.True(Distance(start, expected) > 1e-2, "the model did not move, so this compares nothing");
        Assert.InRange(Distance(expected, own), 0, 1e-6);
    }

    private static nn.Module<Tensor, Tensor> Softmax() => nn.Sequential(nn.Flatten(), nn.Linear(784, 10));

    private static nn.Module<Tensor, Tensor> SmallCnn() => nn.Sequential(
        nn.Conv2d(1, 4, kernel_size: 3, stride: 2, padding: 1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size: 2),
        nn.Flatten(),
        nn.Linear(4 * 7 * 7, 10));

    private static optim.Optimizer TorchOptimizer(IEnumerable<Parameter> parameters, OptimizerKind kind, double learningRate) => kind switch
    {
        OptimizerKind.Sgd => optim.SGD(parameters, learningRate),
        OptimizerKind.Momentum => optim.SGD(parameters, learningRate, momentum: 0.9),
        _ => optim.Adam(parameters, lr: learningRate),
    };

    private static void Backward(nn.Module<Tensor, Tensor> model, LabelledImages data, int step)
    {
        using var scope = NewDisposeScope();
        var plan = EpochPlan.For(data.Count, BatchSize, 1, seed: 5, SampleOrder.Shuffled, LastBatch.Drop, epoch: step);
        var pixels = new float[BatchSize * data.PixelsPerImage];
        var labels = new long[BatchSize];
        PixelScaling.GatherUnitFloats(data.Images, data.PixelsPerImage, plan.BatchSamples(0), pixels);
        PixelScaling.GatherLabels(data.Labels, plan.BatchSamples(0), labels);
        var x = tensor(pixels).view(BatchSize, 1, data.Rows, data.Columns);
        nn.functional.cross_entropy(model.call(x), tensor(labels)).backward();
    }

    // One float32 vector, parameter after parameter.
    private static float[] Flatten(IEnumerable<Parameter> parameters, Func<Parameter, Tensor> part)
    {
        var flat = new List<float>();
        foreach (var parameter in parameters)
        {
            using var values = part(parameter);
            flat.AddRange(MemoryMarshal.Cast<byte, float>(values.bytes));
        }

        return flat.ToArray();
    }

    private static float Distance(float[] a, float[] b) => a.Zip(b, (x, y) => MathF.Abs(x - y)).Max();
}
