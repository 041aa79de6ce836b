using MiniBatch.Graphics.Plots;
using MiniBatch.Lessons.Page;
using MiniBatch.Shared.Workloads;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MiniBatch.Lessons.Course;

/// <summary>Losses of probabilities: how surprised one is by the truth.</summary>
public sealed class CrossEntropy : ILesson
{
    public string Name => "cross-entropy";

    public string Summary => "surprise −ln p, binary and of k classes, ln k at first";

    public void Teach(LessonPage page)
    {
        Surprise(page);
        Binary(page);
        Classes(page);
        FirstLoss(page);
        page.Draw("surprise", new Plot("Binary cross entropy of a prediction", new("predicted p", 0, 1), new("loss", 0, 5),
        [
            Curves.Of("if it is true: −ln p", 0.001, 0.999, p => -p.log()),
            Curves.Of("if it is false: −ln(1 − p)", 0.001, 0.999, p => -(1 - p).log()),
        ]));
        page.Try("./cluster train two-clouds: a first loss of ln 2, two classes and zero weights");
        page.Try("./cluster train mnist-softmax: the first step's loss is near 2.30, and falls from there");
        page.Try("./cluster lesson backpropagation: why its gradient is so simple");
    }

    private static void Surprise(LessonPage page)
    {
        page.Section("Surprise");
        page.Formula("surprise of what had probability p: −ln p");
        var p = page.Given("p", tensor(new[] { 1, 0.5f, 0.1f, 0.01f }));
        page.Check(-p.log(), [0, Math.Log(2), Math.Log(10), Math.Log(100)]);
    }

    private static void Binary(LessonPage page)
    {
        page.Section("Two classes");
        page.Formula("BCE = −(t·ln p + (1 − t)·ln(1 − p))");
        var p = tensor(0.9f);
        page.Check(F.binary_cross_entropy(p, tensor(1f)), -Math.Log(0.9), "right, and sure of it");
        page.Check(F.binary_cross_entropy(p, tensor(0f)), -Math.Log(1 - 0.9), "wrong, and sure of it");
        page.Check(F.binary_cross_entropy(tensor(0.5f), tensor(1f)), Math.Log(2), "undecided");
    }

    private static void Classes(LessonPage page)
    {
        page.Section("k classes");
        page.Formula("softmax(z)ᵢ = eᶻⁱ / Σ eᶻʲ,   CE = −ln softmax(z)ₜ");
        var z = page.Given("z", tensor(new[,] { { 2, 1, 0.1f } }));
        var e = new[] { Math.Exp(2), Math.Exp(1), Math.Exp(0.1) };
        page.Check(F.softmax(z, 1)[0], [e[0] / e.Sum(), e[1] / e.Sum(), e[2] / e.Sum()]);
        page.Check(F.cross_entropy(z, tensor(new long[] { 0 })), -Math.Log(e[0] / e.Sum()));
        page.Check(F.cross_entropy(z, tensor(new long[] { 2 })), -Math.Log(e[2] / e.Sum()));
    }

    private static void FirstLoss(LessonPage page)
    {
        page.Section("The first loss of a network that has learnt nothing: ln k");
        page.Formula("all classes alike: p = 1/k, −ln(1/k) = ln k");
        page.Check(F.cross_entropy(zeros(1, 2), tensor(new long[] { 1 })), Math.Log(2));
        page.Check(F.cross_entropy(zeros(1, 10), tensor(new long[] { 7 })), Math.Log(10));
        manual_seed(0);
        using var model = new Softmax();
        var scores = model.call(rand(100, 1, 28, 28));
        page.Check(F.cross_entropy(scores, zeros(100, dtype: int64)), Math.Log(10), "mnist-softmax before its first step", 0.25);
    }
}
