using MiniBatch.Graphics.Plots;
using MiniBatch.Lessons.Page;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MiniBatch.Lessons.Course;

/// <summary>What stands between two linear layers, without which they would be one.</summary>
public sealed class Activations : ILesson
{
    public string Name => "activations";

    public string Summary => "sigmoid, tanh, ReLU, Leaky ReLU, ELU, Maxout";

    public void Teach(LessonPage page)
    {
        var x = tensor(new float[] { -2, 0, 2 });
        page.Section("At x = −2, 0, 2");
        page.Formula("sigmoid  σ(x) = 1 / (1 + e⁻ˣ)");
        page.Check(F.sigmoid(x), [0.119203, 0.5, 0.880797], "1 / (1 + e²) and so on");
        page.Formula("tanh     (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) = 2σ(2x) − 1");
        page.Check(F.tanh(x), 2 * F.sigmoid(2 * x) - 1);
        page.Formula("ReLU     max(0, x)");
        page.Check(F.relu(x), [0, 0, 2]);
        page.Formula("Leaky    max(0.1·x, x)");
        page.Check(F.leaky_relu(x, 0.1), [-0.2, 0, 2]);
        page.Formula("ELU      x above 0, α(eˣ − 1) below, α = 1");
        page.Check(F.elu(x, 1), [Math.Exp(-2) - 1, 0, 2]);
        page.Formula("Maxout   max(w₁x + b₁, w₂x + b₂), here max(−x − 1, x/2)");
        page.Check((-x - 1).maximum(x / 2), [1, 0, 1]);
        page.Check((0 * x).maximum(x), F.relu(x), "ReLU is a Maxout");

        page.Section("Slopes, by autograd at x = 0.5");
        page.Formula("σ′ = σ(1 − σ),   tanh′ = 1 − tanh²");
        page.Check(SlopeAt(0.5f, F.sigmoid), 0.622459 * (1 - 0.622459));
        page.Check(SlopeAt(0.5f, x => F.tanh(x)), 1 - Math.Pow(Math.Tanh(0.5), 2));
        page.Check(SlopeAt(0, F.sigmoid), 0.25, "its steepest");
        page.Check(SlopeAt(0, x => F.tanh(x)), 1, "its steepest");

        page.Draw("curves", new Plot("Activations", new("x"), new("value", -2, 4),
        [
            Curves.Of("sigmoid", -4, 4, F.sigmoid),
            Curves.Of("tanh", -4, 4, x => F.tanh(x)),
            Curves.Of("ReLU", -4, 4, x => F.relu(x)),
            Curves.Of("Leaky ReLU 0.1", -4, 4, x => F.leaky_relu(x, 0.1)),
            Curves.Of("ELU", -4, 4, x => F.elu(x, 1)),
            Curves.Of("Maxout", -4, 4, x => (-x - 1).maximum(x / 2)),
        ]));
        page.Draw("slopes", new Plot("Their slopes", new("x"), new("derivative", -0.2, 1.2),
        [
            Curves.SlopeOf("sigmoid", -4, 4, F.sigmoid),
            Curves.SlopeOf("tanh", -4, 4, x => F.tanh(x)),
            Curves.SlopeOf("ReLU", -4, 4, x => F.relu(x)),
            Curves.SlopeOf("Leaky ReLU 0.1", -4, 4, x => F.leaky_relu(x, 0.1)),
            Curves.SlopeOf("ELU", -4, 4, x => F.elu(x, 1)),
        ]));
        page.Try("./cluster lesson vanishing-gradients: what slopes below 1 do to a deep network");
    }

    private static Tensor SlopeAt(float at, Func<Tensor, Tensor> f)
    {
        var x = tensor(at, requires_grad: true);
        f(x).backward();
        return x.grad!;
    }
}
