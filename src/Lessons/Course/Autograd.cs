using MiniBatch.Lessons.Page;
using static TorchSharp.torch;

namespace MiniBatch.Lessons.Course;

/// <summary>Derivatives that backward() finds, beside those of the chain rule.</summary>
public sealed class Autograd : ILesson
{
    public string Name => "autograd";

    public string Summary => "what backward() finds, beside the chain rule";

    public void Teach(LessonPage page)
    {
        OneNeuron(page);
        FourWeights(page);
        AllThreeInputs(page);
        page.Try("./cluster lesson backpropagation: the same through a hidden layer");
        page.Try("./cluster train hours-points --workers 3: two such derivatives a step, from three workers");
    }

    private static void OneNeuron(LessonPage page)
    {
        page.Section("One neuron: x = 2, y = 0");
        page.Formula("z = xw + b,   loss = (z − y)²", "∂loss/∂w = 2(z − y)·x,   ∂loss/∂b = 2(z − y)");
        var x = tensor(2f);
        var y = tensor(0f);
        var w = page.Given("w", tensor(3f, requires_grad: true));
        var b = page.Given("b", tensor(1f, requires_grad: true));
        var z = page.Let("z", x * w + b);
        var loss = page.Let("loss", (z - y).pow(2));
        page.Do(() => loss.backward());
        page.Check(w.grad!, 2 * (7 - 0) * 2);
        page.Check(b.grad!, 2 * (7 - 0));
    }

    private static void FourWeights(LessonPage page)
    {
        page.Section("Four weights: a = 2, w = (1, 3, −2, 5)");
        page.Formula(
            "b = w₁a,   c = w₂a,   d = w₃b + w₄c,   L = 10 − d",
            "∂L/∂w₃ = −b,   ∂L/∂w₄ = −c,   ∂L/∂w₁ = −w₃·a,   ∂L/∂w₂ = −w₄·a");
        var a = tensor(2f);
        var w1 = tensor(1f, requires_grad: true);
        var w2 = tensor(3f, requires_grad: true);
        var w3 = tensor(-2f, requires_grad: true);
        var w4 = tensor(5f, requires_grad: true);
        var b = page.Let("b", w1 * a);
        var c = page.Let("c", w2 * a);
        var d = page.Let("d", w3 * b + w4 * c);
        var L = page.Let("L", 10 - d);
        page.Do(() => L.backward());
        page.Check(w1.grad!, -(-2) * 2);
        page.Check(w2.grad!, -5 * 2);
        page.Check(w3.grad!, -2, "−b");
        page.Check(w4.grad!, -6, "−c");
    }

    private static void AllThreeInputs(LessonPage page)
    {
        page.Section("With respect to everything: w = −2, x = 5, b = 3");
        page.Formula("f = wx + b,   ∂f/∂w = x,   ∂f/∂x = w,   ∂f/∂b = 1");
        var w = tensor(-2f, requires_grad: true);
        var x = tensor(5f, requires_grad: true);
        var b = tensor(3f, requires_grad: true);
        var f = page.Let("f", w * x + b);
        page.Do(() => f.backward());
        page.Check(w.grad!, 5, "x, on the slide");
        page.Check(x.grad!, -2, "w, on the slide");
        page.Check(b.grad!, 1, "on the slide");
    }
}
