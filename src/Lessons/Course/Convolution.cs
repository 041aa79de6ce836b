using MiniBatch.Lessons.Page;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MiniBatch.Lessons.Course;

/// <summary>How large a convolution's output is, and what is in it.</summary>
public sealed class Convolution : ILesson
{
    public string Name => "convolution";

    public string Summary => "sizes ⌊(in − k + 2p)/s⌋ + 1; 5×5 under a 3×3 kernel";

    public void Teach(LessonPage page)
    {
        Sizes(page);
        Sums(page);
        page.Try("./cluster lesson pooling, the other half of a convolutional layer");
        page.Try("./cluster train mnist-cnn --workers 2 --epochs 1: 32 and 64 kernels that nobody thought of");
    }

    private static void Sizes(LessonPage page)
    {
        page.Section("How large");
        page.Formula("out = ⌊(in − kernel + 2·padding) / stride⌋ + 1");
        page.Check(Shape(227, 227, kernel: 11, stride: 4, padding: 0), [55, 55], "(227 − 11)/4 + 1");
        page.Check(Shape(64, 64, kernel: 7, stride: 2, padding: 0), [29, 29], "⌊(64 − 7)/2⌋ + 1 = ⌊28.5⌋ + 1");
        page.Check(Shape(32, 64, kernel: 5, stride: 1, padding: 0), [28, 60], "32 − 5 + 1, 64 − 5 + 1");
        page.Check(Shape(28, 28, kernel: 3, stride: 1, padding: 1), [28, 28], "28 − 3 + 2 + 1: mnist-cnn");
    }

    private static void Sums(LessonPage page)
    {
        page.Section("What is in it");
        page.Formula("each output number: the kernel laid over the image, products summed");
        var image = page.Given("image", tensor(new float[,]
        {
            { 1, 2, 3, 0, 1 },
            { 0, 1, 5, 1, 0 },
            { 1, 0, 2, 2, 1 },
            { 1, 1, 2, 0, 0 },
            { 1, 0, 1, 1, 1 },
        }));
        var kernel = page.Given("kernel", tensor(new float[,] { { 1, 0, 1 }, { 0, 1, 0 }, { 1, 0, 1 } }));
        page.Formula("F.conv2d wants (batch, channels, height, width)");
        page.Check(F.conv2d(image.view(1, 1, 5, 5), kernel.view(1, 1, 3, 3))[0, 0], new double[,] { { 8, 9, 8 }, { 8, 5, 9 }, { 6, 5, 5 } }, "on the slide");
        page.Check((image[..3, ..3] * kernel).sum(), 1 + 3 + 1 + 1 + 2, "the first of them");
    }

    private static long[] Shape(long height, long width, long kernel, long stride, long padding)
    {
        using var layer = nn.Conv2d(1, 1, kernel, stride, padding);
        return layer.call(zeros(1, 1, height, width)).shape[2..];
    }
}
