using MiniBatch.Graphics.Plots;
using MiniBatch.Lessons.Page;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Lessons.Course;

/// <summary>The update rules, two steps each by hand, then on one valley.</summary>
public sealed class Optimizers : ILesson
{
    private const int RaceSteps = 60;

    public string Name => "optimizers";

    public string Summary => "each update rule two steps by hand, then a race";

    public void Teach(LessonPage page)
    {
        page.Say("Down f(w) = w² with f′(w) = 2w, from w = 1, η = 0.1. The rules are those that the parameter server applies.");
        Plain(page);
        WithMomentum(page);
        WithAStepForEachParameter(page);
        Race(page);
        page.Try("turn the valley by 45°, ½((x + y)² + 100(x − y)²)/2: the step for each parameter is worth less then");
        page.Try("./cluster train fashion-softmax --optimizer momentum --lr 0.05 --epochs 3: the same rules on 60,000 images");
        page.Try("./cluster lesson learning-rate, then momentum, weight-decay and batches");
    }

    private static Tensor Square(Tensor w) => w.pow(2);

    private static void Plain(LessonPage page)
    {
        page.Section("Gradient descent, full batch or mini-batch: w ← w − η·g");
        var sgd = new Descent(OptimizerKind.Sgd, 0.1, 1);
        page.Check(sgd.Step(Square), 1 - 0.1 * 2);
        page.Check(sgd.Step(Square), 0.8 - 0.1 * 1.6);
    }

    private static void WithMomentum(LessonPage page)
    {
        page.Section("Momentum, μ = 0.9: b ← μ·b + g,   w ← w − η·b");
        var momentum = new Descent(OptimizerKind.Momentum, 0.1, 1);
        page.Check(momentum.Step(Square), 1 - 0.1 * 2, "b = g");
        page.Check(momentum.Step(Square), 0.8 - 0.1 * (0.9 * 2 + 1.6));

        page.Section("Nesterov, μ = 0.9: the same b,   w ← w − η·(g + μ·b)");
        var nesterov = new Descent(OptimizerKind.Nesterov, 0.1, 1);
        page.Check(nesterov.Step(Square), 1 - 0.1 * (2 + 0.9 * 2));
        page.Check(nesterov.Step(Square), 0.62 - 0.1 * (1.24 + 0.9 * (0.9 * 2 + 1.24)));
    }

    private static void WithAStepForEachParameter(LessonPage page)
    {
        page.Section("AdaGrad: s ← s + g²,   w ← w − η·g / √s");
        var adagrad = new Descent(OptimizerKind.AdaGrad, 0.1, 1);
        page.Check(adagrad.Step(Square), 1 - 0.1 * 2 / Math.Sqrt(4));
        page.Check(adagrad.Step(Square), 0.9 - 0.1 * 1.8 / Math.Sqrt(4 + 1.8 * 1.8));

        page.Section("RMSProp, α = 0.9: v ← α·v + (1 − α)·g²,   w ← w − η·g / √v");
        var rmsprop = new Descent(OptimizerSettings.Default(OptimizerKind.RmsProp) with { LearningRate = 0.1, Alpha = 0.9 }, tensor(1f));
        page.Check(rmsprop.Step(Square), 1 - 0.1 * 2 / Math.Sqrt(0.1 * 4));
        page.Check(rmsprop.Step(Square), 0.683772 - 0.1 * 1.367544 / Math.Sqrt(0.9 * 0.4 + 0.1 * 1.367544 * 1.367544));

        page.Section("Adam: m, v means of g and g², both corrected for having begun at 0");
        page.Formula("m ← 0.9·m + 0.1·g,   v ← 0.999·v + 0.001·g²", "w ← w − η·(m/(1 − 0.9ᵗ)) / √(v/(1 − 0.999ᵗ))");
        var adam = new Descent(OptimizerKind.Adam, 0.1, 1);
        page.Check(adam.Step(Square), 1 - 0.1 * 2 / Math.Sqrt(4), "η, whatever the gradient");
        page.Check(adam.Step(Square), 0.9 - 0.1 * (0.36 / 0.19) / Math.Sqrt(0.007236 / 0.001999));
    }

    private static void Race(LessonPage page)
    {
        page.Section("A race down a long valley: f(x, y) = ½(x² + 100y²) from (−4, ½)");
        page.Formula("SGD at 0.018, near the most that the steep side bears: x ← 0.982·x");
        page.Check(Valley(Racer(OptimizerKind.Sgd, 0.018).Steps(RaceSteps, Valley)), 0.5 * 16 * Math.Pow(0.982, 2 * 60), "f after 60 steps");

        page.Draw("race", new Plot("Loss in a long valley, each rule at a rate that suits it", new("steps"), new("f", 1e-4, Spacing: AxisSpacing.Logarithmic),
        [
            Race("SGD 0.018", OptimizerKind.Sgd, 0.018),
            Race("momentum 0.01", OptimizerKind.Momentum, 0.01),
            Race("Nesterov 0.01", OptimizerKind.Nesterov, 0.01),
            Race("AdaGrad 0.5", OptimizerKind.AdaGrad, 0.5),
            Race("RMSProp 0.05", OptimizerKind.RmsProp, 0.05),
            Race("Adam 0.2", OptimizerKind.Adam, 0.2),
        ]));
        page.Say("The steep side limits SGD's rate, so it creeps along the flat one. Momentum gathers speed there; the others give each "
            + "parameter a step of its own.");
    }

    private static Tensor Valley(Tensor w) => (w.pow(2) * tensor(new[] { 0.5f, 50 })).sum();

    private static Descent Racer(OptimizerKind kind, double learningRate) =>
        new(OptimizerSettings.Default(kind) with { LearningRate = learningRate }, tensor(new[] { -4, 0.5f }));

    private static PlotSeries Race(string name, OptimizerKind kind, double learningRate)
    {
        var racer = Racer(kind, learningRate);
        return PlotSeries.Of(name, Enumerable.Range(0, RaceSteps).Select(_ => Valley(racer.Step(Valley)).ToDouble()).Prepend(Valley(racer.Position).ToDouble()));
    }
}
