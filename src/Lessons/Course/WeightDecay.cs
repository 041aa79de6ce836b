using MiniBatch.Lessons.Page;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Lessons.Course;

/// <summary>L2 regularisation: a price on large weights.</summary>
public sealed class WeightDecay : ILesson
{
    public string Name => "weight-decay";

    public string Summary => "L2: where the minimum goes; why AdamW is not Adam";

    public void Teach(LessonPage page)
    {
        page.Section("A price on the weight: λ = 0.5, η = 0.1");
        page.Formula("L(w) = (w − 1)² + ½λw²,   g = 2(w − 1) + λw", "the minimum moves from 1 to 2/(2 + λ)");
        var decayed = new Descent(With(OptimizerKind.Sgd), tensor(1f));
        page.Check(decayed.Step(Distance), 1 - 0.1 * (2 * (1 - 1) + 0.5 * 1), "from w = 1");
        page.Check(decayed.Steps(200, Distance), 2 / (2 + 0.5));

        page.Section("Adam divides the decay by √v, too; AdamW shrinks the weight itself");
        page.Formula("AdamW: w ← w − η·λ·w, then Adam's step without the decay");
        page.Check(new Descent(With(OptimizerKind.Adam), tensor(1f)).Step(Flat), 1 - 0.1, "a step of η, whatever λ is");
        page.Check(new Descent(With(OptimizerKind.AdamW), tensor(1f)).Step(Flat), 1 - 0.1 * 0.5);
        page.Try("./cluster train fashion-mlp --optimizer adamw --weight-decay 0.01, and --optimizer adam");
        page.Try("set λ = 0: both minima are at 1, and adamw is adam");
    }

    private static OptimizerSettings With(OptimizerKind kind) => OptimizerSettings.Default(kind) with { LearningRate = 0.1, WeightDecay = 0.5 };

    private static Tensor Distance(Tensor w) => (w - 1).pow(2);

    /// <summary>Data that say nothing about the weight.</summary>
    private static Tensor Flat(Tensor w) => 0 * w;
}
