using MiniBatch.Lessons.Page;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Lessons.Course;

/// <summary>Shapes, broadcasting, two products, reductions, slices.</summary>
public sealed class Tensors : ILesson
{
    public string Name => "tensors";

    public string Summary => "view, broadcasting, mul, matmul, reductions, slices";

    public void Teach(LessonPage page)
    {
        Shapes(page);
        Broadcasting(page);
        Products(page);
        Reductions(page);
        Slices(page);
        page.Try("t.view(5, 3): 12 numbers do not make 15, and libtorch says so");
        page.Try("./cluster lesson autograd: tensors that remember where they came from");
    }

    private static void Shapes(LessonPage page)
    {
        page.Section("view: the same numbers in another shape");
        var t = page.Let("t", arange(12).view(2, 2, 3));
        page.Check(t.shape, [2, 2, 3]);
        page.Check(t.view(-1, 3), new double[,] { { 0, 1, 2 }, { 3, 4, 5 }, { 6, 7, 8 }, { 9, 10, 11 } }, "−1: as many as are left");
        page.Check(t.view(-1, 1, 3).shape, [4, 1, 3]);
    }

    private static void Broadcasting(LessonPage page)
    {
        page.Section("Broadcasting: a dimension of 1 is repeated");
        page.Formula("(1, 2) + (2, 1) → (2, 2)");
        var row = page.Given("row", tensor(new float[,] { { 1, 2 } }));
        var column = page.Given("column", tensor(new float[,] { { 3 }, { 4 } }));
        page.Check((row + column).shape, [2, 2], "on the slide");
        page.Check(row + column, new double[,] { { 4, 5 }, { 5, 6 } });
        page.Check(row + 10, new double[,] { { 11, 12 } }, "a number goes everywhere");
    }

    private static void Products(LessonPage page)
    {
        page.Section("mul is element by element (and broadcasts), matmul is rows by columns");
        var m = page.Given("m", tensor(new float[,] { { 1, 2 }, { 3, 4 } }));
        var v = page.Given("v", tensor(new float[,] { { 1 }, { 2 } }));
        page.Check(m.mul(v), new double[,] { { 1, 2 }, { 3 * 2, 4 * 2 } });
        page.Check(m.matmul(v), new double[,] { { 1 * 1 + 2 * 2 }, { 3 * 1 + 4 * 2 } });
    }

    private static void Reductions(LessonPage page)
    {
        page.Section("Reductions: dim is the dimension that goes away");
        var m = page.Given("m", tensor(new float[,] { { 1, 2 }, { 3, 4 } }));
        page.Check(m.mean(), 2.5);
        page.Check(m.mean([0]), [2, 3], "down the columns");
        page.Check(m.mean([1]), [1.5, 3.5], "along the rows");
        page.Check(m.sum(), 10);
        page.Check(m.sum(dim: 0), [4, 6]);
        page.Check(m.sum(dim: 1), [3, 7]);
        page.Check(m.max(), 4);
        page.Check(m.max(0).values, [3, 4]);
        page.Check(m.max(0).indexes, [1, 1], "where they were");
        page.Check(m.argmax(1), [1, 1], "the class that a row of scores names");
    }

    private static void Slices(LessonPage page)
    {
        page.Section("Slices: from .. up to, without; ^1 is the last");
        var t = page.Let("t", arange(12).view(4, 3));
        page.Check(t[1], [3, 4, 5]);
        page.Check(t[1..3], new double[,] { { 3, 4, 5 }, { 6, 7, 8 } });
        page.Check(t[.., 1], [1, 4, 7, 10], "a column");
        page.Check(t[.., ..^1], new double[,] { { 0, 1 }, { 3, 4 }, { 6, 7 }, { 9, 10 } }, "all but the last column");
        page.Check(t[^1, 0], 9);
    }
}
