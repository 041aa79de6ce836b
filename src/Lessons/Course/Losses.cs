using MiniBatch.Graphics.Plots;
using MiniBatch.Lessons.Page;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
using Reduction = TorchSharp.torch.nn.Reduction;

namespace MiniBatch.Lessons.Course;

/// <summary>Losses of numbers: absolute, squared, halved.</summary>
public sealed class Losses : ILesson
{
    public string Name => "losses";

    public string Summary => "losses of numbers: MAE, MSE, half the sum of squares";

    public void Teach(LessonPage page)
    {
        page.Section("Hours and points: y = (1, 2, 3), a model that says 0");
        page.Formula("MAE = 1/n·Σ|ŷ − y|,   MSE = 1/n·Σ(ŷ − y)²,   half-SSE = ½·Σ(ŷ − y)²");
        var y = page.Given("y", tensor(new float[] { 1, 2, 3 }));
        var guess = page.Given("guess", zeros(3));
        page.Check(F.l1_loss(guess, y), (1 + 2 + 3) / 3.0);
        page.Check(F.mse_loss(guess, y), (1 + 4 + 9) / 3.0, "4.67 on the slide");
        page.Check(F.mse_loss(guess, y, Reduction.Sum) / 2, (1 + 4 + 9) / 2.0);

        page.Section("Dog and wolf: ŷ = (0.75, 0.75), y = (1, 0)");
        var dog = tensor(new float[] { 1, 0 });
        var x = page.Given("x", tensor(new[] { 0.2f, 0.3f, 0.1f, 0.9f }));
        var W = (ones(2, 4) / 2).requires_grad_();
        page.Check(W.matmul(x), [0.75, 0.75], "all weights are ½");
        var loss = page.Let("loss", F.mse_loss(W.matmul(x), dog, Reduction.Sum) / 2);
        page.Check(loss, 0.3125, "half-SSE, on the slide");
        page.Formula("∂(½(ŷ − y)²)/∂w = (ŷ − y)·x: the ½ is there for this");
        page.Do(() => loss.backward());
        page.Check(W.grad![0, 3], (0.75 - 1) * 0.9, "∂L/∂w₄₁");
        page.Check(W.grad![1, 3], (0.75 - 0) * 0.9, "∂L/∂w₄₂; a slide prints 0.625");

        page.Draw("of-an-error", new Plot("Loss of one error", new("error ŷ − y"), new("loss"),
        [
            Curves.Of("absolute |e|", -2, 2, e => e.abs()),
            Curves.Of("squared e²", -2, 2, e => e.pow(2)),
            Curves.Of("half of it ½e²", -2, 2, e => e.pow(2) / 2),
        ]));
        page.Try("make one target an outlier, y = (1, 2, 30): MSE grows by a factor of 65, MAE by 5.5");
        page.Try("./cluster train hours-points and dog-wolf: the first losses are these, 4.67 and 0.3125");
        page.Try("./cluster lesson cross-entropy: losses of probabilities");
    }
}
