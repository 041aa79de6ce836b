using MiniBatch.Lessons.Page;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Lessons.Course;

/// <summary>Sigmoid and cross entropy: the error that goes back is z − t, and what it does to a weight of the hidden layer.</summary>
public sealed class Backpropagation : ILesson
{
    /// <summary>How far a weight is moved to try.</summary>
    private const double Step = 1e-4;

    /// <summary>What float64 leaves of a difference of two losses divided by the step.</summary>
    private const double TriedWithin = 1e-8;

    /// <summary>What float64 leaves of a few products.</summary>
    private const double ExactWithin = 1e-12;

    public string Name => "backpropagation";

    public string Summary => "σ with cross entropy: ∂L/∂y is z − t; the hidden layer";

    public void Teach(LessonPage page)
    {
        ErrorOfTheOutput(page);
        HiddenWeight(page);
        page.Try("./cluster lesson vanishing-gradients: what the factors z(1 − z) do in deeper networks");
        page.Try("./cluster lesson cross-entropy: where the loss comes from");
    }

    private static void ErrorOfTheOutput(LessonPage page)
    {
        page.Section("The output's error: y = (0.8, −0.3), t = (1, 0)");
        page.Formula(
            "z = σ(y),   L = −Σ t·ln z + (1 − t)·ln(1 − z)",
            "∂L/∂z = (z − t) / (z(1 − z)),   ∂z/∂y = z(1 − z),   so ∂L/∂y = z − t");
        var t = tensor(new double[] { 1, 0 });
        var y = tensor(new[] { 0.8, -0.3 }, requires_grad: true);
        var z = page.Let("z", y.sigmoid());
        var L = page.Let("L", Loss(z, t));
        page.Do(() => L.backward());
        page.Check(y.grad!, z - t, "nothing else is left");
    }

    private static void HiddenWeight(LessonPage page)
    {
        page.Section("A hidden weight: 2 inputs, 3 hidden, 2 outputs, t = (1, 0)");
        page.Formula(
            "z_h = σ(W₁x),   z₀ = σ(W₂z_h)      w₁ … w₆ in W₁,   w₇ … w₁₂ in W₂",
            "∂L/∂w₁ = (z₀₁ − t₁)·w₇·z_h(1 − z_h)·x₁ + (z₀₂ − t₂)·w₁₀·z_h(1 − z_h)·x₁");
        var t = tensor(new double[] { 1, 0 });
        var x = page.Given("x", tensor(new[] { 0.6, -0.4 }));
        var W1 = page.Given("W1", tensor(new[,] { { 0.1, 0.2 }, { -0.3, 0.4 }, { 0.5, -0.6 } }, requires_grad: true));
        var W2 = page.Given("W2", tensor(new[,] { { 0.7, -0.8, 0.9 }, { -1.0, 1.1, -1.2 } }, requires_grad: true));
        var zh = page.Let("zh", W1.matmul(x).sigmoid());
        var z0 = page.Let("z0", W2.matmul(zh).sigmoid());
        var L = page.Let("L", Loss(z0, t));
        page.Do(() => L.backward());

        var (h, o1, o2) = (zh[0].ToDouble(), z0[0].ToDouble(), z0[1].ToDouble());
        page.Check(W1.grad![0, 0], (o1 - 1) * 0.7 * h * (1 - h) * 0.6 + (o2 - 0) * -1.0 * h * (1 - h) * 0.6, "the formula", ExactWithin);
        page.Check(W1.grad![0, 0], (LossWith(x, t, W1, W2, +Step) - LossWith(x, t, W1, W2, -Step)) / (2 * Step), "by trying both sides", TriedWithin);
    }

    private static Tensor Loss(Tensor z, Tensor t) => -(t * z.log() + (1 - t) * (1 - z).log()).sum();

    /// <summary>The loss with w₁ moved.</summary>
    private static double LossWith(Tensor x, Tensor t, Tensor W1, Tensor W2, double moved)
    {
        var other = W1.detach().clone();
        other[0, 0].add_(moved);
        return Loss(W2.matmul(other.matmul(x).sigmoid()).sigmoid(), t).ToDouble();
    }
}
