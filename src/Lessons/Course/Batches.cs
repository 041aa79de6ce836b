using MiniBatch.Graphics.Plots;
using MiniBatch.Lessons.Page;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MiniBatch.Lessons.Course;

/// <summary>Batch size, iterations and epochs; and why gradients of parts may be averaged.</summary>
public sealed class Batches : ILesson
{
    private const int SampleCount = 60;
    private const int Epochs = 3;

    public string Name => "batches";

    public string Summary => "batch size, iterations, epochs; gradients averaged";

    public void Teach(LessonPage page)
    {
        Counting(page);
        Averaging(page);
        Comparison(page);
        page.Try("./cluster train hours-points --workers 3: each worker computes one of the three gradients");
        page.Try("./cluster train mnist-softmax --batch 1000 --epochs 3, and --batch 50: fewer updates an epoch, or noisier ones");
        page.Try("./cluster train mnist-softmax --optimizer gd: every step sees all 60,000 images");
    }

    private static void Counting(LessonPage page)
    {
        page.Section("Counting");
        page.Formula("iterations of an epoch = samples / batch size,   updates = epochs · iterations");
        page.Check(EpochPlan.StepsFor(60_000, 100, LastBatch.Drop), 600, "MNIST by 100");
        page.Check(15 * EpochPlan.StepsFor(60_000, 100, LastBatch.Drop), 9000, "15 epochs");
        page.Check(EpochPlan.StepsFor(60_000, 64, LastBatch.Drop), 937, "32 images are left over, dropped");
        page.Check(EpochPlan.StepsFor(60_000, 64, LastBatch.Keep), 938, "or kept, as a smaller batch");
        page.Check(EpochPlan.StepsFor(60_000, 60_000, LastBatch.Drop), 1, "full batch");
    }

    private static void Averaging(LessonPage page)
    {
        page.Section("The gradient of a batch is the mean of its samples' gradients");
        page.Formula("hours and points: ŷ = Wx, x = y = (1, 2, 3), W = 0", "∂(ŷ − y)²/∂W = 2(ŷ − y)·x");
        var x = tensor(new float[] { 1, 2, 3 });
        page.Check(Gradient(x[0]), 2 * (0 - 1) * 1, "sample 1: a worker's share");
        page.Check(Gradient(x[1]), 2 * (0 - 2) * 2, "sample 2");
        page.Check(Gradient(x[2]), 2 * (0 - 3) * 3, "sample 3");
        page.Check(Gradient(x), (-2 - 8 - 18) / 3.0, "what the parameter server makes of them");
        page.Check(0.01 * -Gradient(x), 0.093, "W after one step, on the slide", 0.0005);
    }

    private static void Comparison(LessonPage page)
    {
        page.Section($"A line through {SampleCount} noisy points, {Epochs} epochs at η = 0.1");
        page.Draw("sizes", new Plot("Loss over all points, by how many were seen", new("samples seen"), new("MSE", 0.05, 10, AxisSpacing.Logarithmic),
        [
            Training("batch 60: gradient descent", 60),
            Training("batch 10: mini-batches", 10),
            Training("batch 1: one at a time", 1),
        ]));
        page.Say("For the same number of samples, small batches make more updates and get down sooner; each follows the noise of its few "
            + "samples, so the curve trembles. Mini-batches lie between, and keep a processor busy.");
    }

    private static Tensor Gradient(Tensor x)
    {
        var W = tensor(0f, requires_grad: true);
        F.mse_loss(W * x, x).backward();
        return W.grad!;
    }

    private static PlotSeries Training(string name, int batchSize)
    {
        using var scope = NewDisposeScope();
        var (x, y) = Points();
        var line = new Descent(OptimizerSettings.Default(OptimizerKind.Sgd) with { LearningRate = 0.1 }, zeros(2));
        var losses = new List<PlotPoint> { new(0, Loss(line.Position, x, y).ToDouble()) };
        for (var seen = 0; seen < Epochs * SampleCount; seen += batchSize)
        {
            var from = seen % SampleCount;
            var position = line.Step(w => Loss(w, x[from..(from + batchSize)], y[from..(from + batchSize)]));
            losses.Add(new(seen + batchSize, Loss(position, x, y).ToDouble()));
        }
        return new(name, losses);
    }

    private static Tensor Loss(Tensor line, Tensor x, Tensor y) => F.mse_loss(line[0] * x + line[1], y);

    /// <summary>y = 2x + 1 and noise, x in [−1, 1).</summary>
    private static (Tensor X, Tensor Y) Points()
    {
        var random = new SplitMix64(seed: 1);
        var x = new float[SampleCount];
        var y = new float[SampleCount];
        for (var i = 0; i < SampleCount; i++)
        {
            x[i] = (float)(2 * random.NextUnitDouble() - 1);
            y[i] = (float)(2 * x[i] + 1 + random.NextUnitDouble() - 0.5);
        }
        return (tensor(x), tensor(y));
    }
}
