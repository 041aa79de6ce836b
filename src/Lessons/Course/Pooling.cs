using MiniBatch.Lessons.Page;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MiniBatch.Lessons.Course;

/// <summary>Max and average pooling, and what they do to gradients.</summary>
public sealed class Pooling : ILesson
{
    public string Name => "pooling";

    public string Summary => "max and average pooling, forward and backward";

    public void Teach(LessonPage page)
    {
        page.Section("Windows of 2×2, side by side");
        page.Formula("out = ⌊in / 2⌋:   the greatest of four, or their mean");
        var image = page.Given("image", tensor(new float[,] { { 1, 1, 2, 4 }, { 5, 6, 7, 8 }, { 3, 2, 1, 0 }, { 1, 2, 3, 4 } }));
        var x = image.view(1, 1, 4, 4);
        page.Check(F.max_pool2d(x, 2)[0, 0], new double[,] { { 6, 8 }, { 3, 4 } });
        page.Check(F.avg_pool2d(x, 2)[0, 0], new[,] { { 3.25, 5.25 }, { 2, 2 } });

        page.Section("Backward: the greatest gets all of the gradient, or each of four a quarter");
        page.Check(GradientOf(x, pooled => F.max_pool2d(pooled, 2))[0, 0, ..2], new double[,] { { 0, 0, 0, 0 }, { 0, 1, 0, 1 } });
        page.Check(GradientOf(x, pooled => F.avg_pool2d(pooled, 2))[0, 0, ..2], new[,] { { 0.25, 0.25, 0.25, 0.25 }, { 0.25, 0.25, 0.25, 0.25 } });

        page.Section("In mnist-cnn each pooling halves the image: 28 → 14 → 7");
        page.Check(F.max_pool2d(zeros(1, 32, 28, 28), 2).shape, [1, 32, 14, 14]);
        page.Check(F.max_pool2d(zeros(1, 64, 14, 14), 2).shape, [1, 64, 7, 7]);
        page.Check(zeros(1, 64, 7, 7).flatten(1).shape, [1, 3136], "64·7·7, what its linear layer takes");
        page.Try("windows of 3 with stride 2: F.max_pool2d(x, 3, stride: 2). What size comes out?");
        page.Try("./cluster lesson convolution: the formula for any window");
    }

    private static Tensor GradientOf(Tensor at, Func<Tensor, Tensor> pool)
    {
        var x = at.clone().requires_grad_();
        pool(x).sum().backward();
        return x.grad!;
    }
}
