using MiniBatch.Lessons.Page;
using static TorchSharp.torch;

namespace MiniBatch.Lessons.Course;

/// <summary>A network whose weights somebody thought of, and that computes XOR.</summary>
public sealed class XorByHand : ILesson
{
    /// <summary>How far from 0 or 1 an answer may be to count as one.</summary>
    private const double Sure = 0.05;

    public string Name => "xor-by-hand";

    public string Summary => "a network with fixed weights that computes XOR";

    public void Teach(LessonPage page)
    {
        page.Section("Two hidden neurons and an output: (5, 5 | −8), (−7, −7 | 3), (−11, −11 | 6)");
        page.Formula("h₁ = σ(5x₁ + 5x₂ − 8),   h₂ = σ(−7x₁ − 7x₂ + 3),   y = σ(−11h₁ − 11h₂ + 6)");
        var x = page.Given("x", tensor(new float[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }));
        var W1 = tensor(new float[,] { { 5, 5 }, { -7, -7 } });
        var b1 = tensor(new float[] { -8, 3 });
        var W2 = tensor(new float[,] { { -11, -11 } });
        var b2 = tensor(new float[] { 6 });
        var h = page.Let("h", (x.matmul(W1.t()) + b1).sigmoid());
        page.Check(h[.., 0], [0, 0, 0, 1], "h₁ is AND, nearly", 0.12);
        page.Check(h[.., 1], [1, 0, 0, 0], "h₂ is NOR", Sure);
        var y = page.Let("y", (h.matmul(W2.t()) + b2).sigmoid());
        page.Check(y.view(4), [0, 1, 1, 0], "y is neither of the two: XOR", Sure);

        page.Section("Why one layer can't");
        page.Say("A single neuron says 1 on one side of a straight line. No line has (0,1) and (1,0) on one side, (0,0) and (1,1) on "
            + "the other: their middles are the same point, (½, ½).");
        var weights = tensor(new float[] { 3, -2 });
        page.Check((x[0] + x[3]).matmul(weights), (x[1] + x[2]).matmul(weights), "whatever the weights");
        page.Try("./cluster train xor-perceptron, which stays at ln 2, and xor, which finds weights of its own");
        page.Try("replace σ by a step at 0: the table is exact, and has no gradient to learn from");
    }
}
