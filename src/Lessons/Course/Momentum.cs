using MiniBatch.Graphics.Plots;
using MiniBatch.Lessons.Page;
using MiniBatch.Shared.Numerics.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Lessons.Course;

/// <summary>A ball that rolls through a hollow in which gradient descent stays.</summary>
public sealed class Momentum : ILesson
{
    private const int Steps = 300;
    private const double Rate = 0.01;
    private const float Start = 2;

    /// <summary>The minima are known to four digits.</summary>
    private const double FourDigits = 5e-5;

    public string Name => "momentum";

    public string Summary => "past a local minimum in which gradient descent stays";

    public void Teach(LessonPage page)
    {
        page.Section("A landscape with two hollows, from w = 2, η = 0.01, 300 steps");
        page.Formula("f(w) = (w² − 1)² + 0.3w", "hollows: f(0.9601) = 0.2941,   and the lowest place f(−1.0356) = −0.3054");
        var descent = new Descent(OptimizerKind.Sgd, Rate, Start).Steps(Steps, Landscape);
        page.Check(descent, 0.9601, "it stays in the first hollow", FourDigits);
        page.Check(Landscape(descent), 0.2941, within: FourDigits);
        page.Formula("b ← μ·b + g,   w ← w − η·b");
        var ball = WithMomentum(0.9).Steps(Steps, Landscape);
        page.Check(ball, -1.0356, "μ = 0.9: over the ridge", FourDigits);
        page.Check(Landscape(ball), -0.3054, within: FourDigits);
        page.Check(WithMomentum(0.5).Steps(Steps, Landscape), 0.9601, "μ = 0.5 is too little", FourDigits);

        page.Draw("way", new Plot("Where w is", new("steps"), new("w"),
        [
            PlotSeries.Of("gradient descent", new Descent(OptimizerKind.Sgd, Rate, Start).Way(100, Landscape)),
            PlotSeries.Of("μ = 0.5", WithMomentum(0.5).Way(100, Landscape)),
            PlotSeries.Of("μ = 0.9", WithMomentum(0.9).Way(100, Landscape)),
        ]));
        page.Draw("landscape", new Plot("The landscape, and where they end", new("w"), new("f(w)", -1, 4),
        [
            Curves.Of("f(w)", -1.9, 2, Landscape),
            new("gradient descent", [End(descent)], SeriesShape.Points),
            new("momentum 0.9", [End(ball)], SeriesShape.Points),
        ]));
        page.Try("start at 1.6: with μ = 0.9 the ball turns back just below the ridge. With which μ does it get over?");
        page.Try("./cluster train fashion-softmax --optimizer momentum --momentum 0.9, and --optimizer sgd");
    }

    private static Tensor Landscape(Tensor w) => (w.pow(2) - 1).pow(2) + 0.3 * w;

    private static Descent WithMomentum(double momentum) => new(
        OptimizerSettings.Default(OptimizerKind.Momentum) with { LearningRate = Rate, Momentum = momentum }, tensor(Start));

    private static PlotPoint End(Tensor w) => new(w.ToDouble(), Landscape(w).ToDouble());
}
