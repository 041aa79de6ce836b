using MiniBatch.Graphics.Plots;
using MiniBatch.Lessons.Page;
using MiniBatch.Shared.Numerics.Optimizers;
using static TorchSharp.torch;

namespace MiniBatch.Lessons.Course;

/// <summary>Too small, right, too large: where it can be computed by hand.</summary>
public sealed class LearningRate : ILesson
{
    private const int Steps = 20;

    public string Name => "learning-rate";

    public string Summary => "a learning rate too small, right, large, too large";

    public void Teach(LessonPage page)
    {
        page.Section("Gradient descent on a parabola, 20 steps from w = 1");
        page.Formula("f(w) = w²,   w ← w − η·2w = (1 − 2η)·w,   after n steps (1 − 2η)ⁿ");
        page.Check(After(Steps, rate: 0.005), Math.Pow(0.99, 20), "too small: hardly moved");
        page.Check(After(Steps, rate: 0.2), Math.Pow(0.6, 20), "right");
        page.Check(After(1, rate: 0.5), 0, "perfect, on this function only");
        page.Check(After(Steps, rate: 0.9), Math.Pow(-0.8, 20), "large: from side to side, but it gets there");
        page.Check(After(Steps, rate: 1), 1, "1, −1, 1, …: it never gets there");
        page.Check(After(Steps, rate: 1.05), Math.Pow(-1.1, 20), "too large: each step is uphill");
        page.Say("The border is η = 1 = 2/f″: a step of more than twice the way to the minimum ends higher than it began.");

        page.Draw("loss", new Plot("Loss by step", new("steps"), new("f(w) = w²", 1e-5, 1e3, AxisSpacing.Logarithmic),
        [
            Loss("η = 0.005, too small", 0.005),
            Loss("η = 0.2, right", 0.2),
            Loss("η = 0.9, large", 0.9),
            Loss("η = 1.05, too large", 1.05),
        ]));
        page.Draw("path", new Plot("The way of w down the parabola", new("w"), new("f(w)", 0, 3),
        [
            Curves.Of("f(w) = w²", -1.7, 1.7, w => w.pow(2)),
            Path("η = 0.2", 0.2, 8) with { Shape = SeriesShape.Points },
            Path("η = 0.9", 0.9, 8),
            Path("η = 1.05", 1.05, 5),
        ]));
        page.Try("./cluster train hours-points --epochs 50 --lr 0.1, and --lr 0.2: the border, 2/f″, is at 0.18 there");
        page.Try("./cluster lesson optimizers: rules that choose a step for each parameter");
    }

    private static Tensor After(int steps, double rate) => new Descent(OptimizerKind.Gd, rate, 1).Steps(steps, Square);

    private static Tensor Square(Tensor w) => w.pow(2);

    private static PlotSeries Loss(string name, double rate) =>
        PlotSeries.Of(name, new Descent(OptimizerKind.Gd, rate, 1).Way(Steps, Square).Select(w => w * w));

    private static PlotSeries Path(string name, double rate, int steps) =>
        new(name, [.. new Descent(OptimizerKind.Gd, rate, 1).Way(steps, Square).Select(w => new PlotPoint(w, w * w))]);
}
