using MiniBatch.Graphics.Plots;
using MiniBatch.Lessons.Page;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MiniBatch.Lessons.Course;

/// <summary>Why networks with many sigmoids learn slowly at their far end.</summary>
public sealed class VanishingGradients : ILesson
{
    private const int Depth = 10;

    public string Name => "vanishing-gradients";

    public string Summary => "why deep stacks of sigmoids learn slowly";

    public void Teach(LessonPage page)
    {
        page.Section("A slope of at most ¼ for every layer");
        page.Formula("σ′(x) = σ(x)(1 − σ(x)) ≤ σ′(0) = ¼", "through n layers: ∂h_n/∂x = σ′·σ′·…·σ′ ≤ 4⁻ⁿ");
        var x = tensor(0.5f, requires_grad: true);
        var h = x;
        for (var layer = 0; layer < Depth; layer++) h = F.sigmoid(h);
        page.Say("After ten times h = F.sigmoid(h), from x = 0.5:");
        page.Do(() => h.backward());
        var gradient = page.Let("gradient", x.grad!);
        page.Check(gradient * Math.Pow(4, Depth), 0.3652, "of 4⁻¹⁰: each factor was under ¼", 0.0005);
        page.Check(Slopes(x => F.relu(x))[Depth], 1, "ten ReLUs instead: nothing is lost");

        page.Draw("depth", new Plot("What is left of a gradient", new("layers it has come through"), new("∂h/∂x, from x = 0.5", Spacing: AxisSpacing.Logarithmic),
        [
            PlotSeries.Of("sigmoid", Slopes(F.sigmoid)),
            PlotSeries.Of("tanh", Slopes(x => F.tanh(x))),
            PlotSeries.Of("ReLU", Slopes(x => F.relu(x))),
            PlotSeries.Of("4⁻ⁿ", Enumerable.Range(0, Depth + 1).Select(n => Math.Pow(0.25, n))),
        ]));
        page.Try("start at x = 4 instead of 0.5: the first σ′(4) is 0.0177, and the product smaller still");
        page.Try("./cluster train xor-deep: three sigmoid layers sit at ln 2 for thousands of steps; xor has one");
        page.Try("./cluster lesson activations: the slopes themselves");
    }

    /// <summary>∂h/∂x after 0, 1, … layers, float64.</summary>
    private static double[] Slopes(Func<Tensor, Tensor> activation)
    {
        var slopes = new double[Depth + 1];
        for (var layers = 0; layers <= Depth; layers++)
        {
            using var scope = NewDisposeScope();
            var x = tensor(0.5, requires_grad: true);
            var h = x * 1;
            for (var layer = 0; layer < layers; layer++) h = activation(h);
            h.backward();
            slopes[layers] = x.grad!.ToDouble();
        }
        return slopes;
    }
}
