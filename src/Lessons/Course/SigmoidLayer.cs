using MiniBatch.Lessons.Page;
using static TorchSharp.torch;

namespace MiniBatch.Lessons.Course;

/// <summary>A layer is a matrix, a bias and a function of each number.</summary>
public sealed class SigmoidLayer : ILesson
{
    private const double TwoDigits = 0.005;

    public string Name => "sigmoid-layer";

    public string Summary => "a layer of two neurons: σ(Wx + b)";

    public void Teach(LessonPage page)
    {
        page.Section("One layer, by hand");
        page.Formula("y = σ(Wx + b),   σ(a) = 1 / (1 + e⁻ᵃ)");
        var W = page.Given("W", tensor(new float[,] { { 1, -2 }, { -1, 1 } }));
        var b = page.Given("b", tensor(new float[] { 1, 0 }));
        var x = page.Given("x", tensor(new float[] { 1, -1 }));
        page.Check(W.matmul(x) + b, [1 * 1 + -2 * -1 + 1, -1 * 1 + 1 * -1]);
        page.Check((W.matmul(x) + b).sigmoid(), [0.98, 0.12], "on the slide", TwoDigits);

        page.Section("The same for a batch: samples are rows, so it is x·Wᵀ + b");
        var batch = page.Given("batch", tensor(new float[,] { { 1, -1 }, { 0, 0 } }));
        page.Check((batch.matmul(W.t()) + b).sigmoid(), new[,] { { 0.98, 0.12 }, { 0.73, 0.5 } }, "first row: the slide's", TwoDigits);
        page.Try("./cluster lesson xor-by-hand: two such layers compute what one can't");
        page.Try("./cluster train and-gate: a single neuron that finds its weights");
    }
}
