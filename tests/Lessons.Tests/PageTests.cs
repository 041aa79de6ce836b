using MiniBatch.Lessons.Page;
using static TorchSharp.torch;

namespace MiniBatch.Lessons.Tests;

/// <summary>The page shows the code that ran, and finds what is wrong.</summary>
public sealed class PageTests
{
    private readonly LessonPage _page = new();

    [Fact]
    public void Check_keeps_the_code_of_both_sides_and_the_numbers()
    {
        var w = tensor(3f);
        _page.Check(w * 2, 2 * 3, "by hand");

        var check = Assert.Single(_page.Checks);
        Assert.Equal(("w * 2", "6", "6", "= 2 * 3; by hand"), (check.Source, check.Result.ToString(), check.Expected.ToString(), check.Why));
        Assert.True(check.IsPassed);
    }

    [Fact]
    public void Check_of_another_number_or_another_shape_fails()
    {
        _page.Check(tensor(3f), 3.001);
        _page.Check(tensor(new float[] { 1, 2 }), [1, 2.1]);
        _page.Check(tensor(new float[] { 1, 2 }), new double[,] { { 1, 2 } });
        _page.Check(tensor(float.NaN), 0);
        _page.Check(zeros(2, 2).shape, [4]);
        _page.Check(2.0, 3.0);

        Assert.Equal(6, _page.Checks.Count(check => !check.IsPassed));
    }

    [Fact]
    public void Tolerance_is_the_slides_last_digit_where_it_is_said()
    {
        _page.Check(tensor(0.982), 0.98, within: 0.005);
        _page.Check(tensor(0.986), 0.98, within: 0.005);

        Assert.Equal([true, false], _page.Checks.Select(check => check.IsPassed));
    }

    [Fact]
    public void Failed_check_is_marked_and_says_what_it_should_be()
    {
        _page.Check(tensor(1f) + 1, 3);
        _page.Check(tensor(1f) + 2, 3);

        var lines = LessonPrinter.Lines(new MadeUp(_ => { }), _page, colors: false).ToList();

        Assert.Contains("  ✗ tensor(1f) + 1                  2         should be 3", lines);
        Assert.Contains("  ✓ tensor(1f) + 2                  3", lines);
    }

    [Fact]
    public void Colours_change_nothing_but_colours()
    {
        _page.Section("One");
        _page.Formula("f = 1");
        _page.Check(ones(1), [1]);
        var lesson = new MadeUp(_ => { });

        var colored = LessonPrinter.Lines(lesson, _page, colors: true).ToList();

        Assert.Contains(colored, line => line.Contains("\e[32m✓\e[0m"));
        Assert.Equal(
            LessonPrinter.Lines(lesson, _page, colors: false), colored.Select(line => System.Text.RegularExpressions.Regex.Replace(line, "\e\\[[0-9;]*m", "")));
    }

    [Fact]
    public void Numbers_are_read_off_in_the_tensors_shape()
    {
        Assert.Equal("0.5", Reading.Of(tensor(0.5f)).ToString());
        Assert.Equal("(1 -2 0.333333)", Reading.Of(tensor(new[] { 1, -2, 1 / 3f })).ToString());
        Assert.Equal("(1 2 / 3 4)", Reading.Of(arange(1, 5).view(2, 2)).ToString());
        Assert.Equal("((0 1 / 2 3) (4 5 / 6 7))", Reading.Of(arange(8).view(2, 2, 2)).ToString());
        Assert.Equal("(0 3.4e-7 1.5e6)", Reading.Of(tensor(new[] { -0.0, 3.4e-7, 1.5e6 })).ToString());
        Assert.Equal([" 1 -2", "10  0"], Reading.Of(tensor(new float[,] { { 1, -2 }, { 10, 0 } })).Rows());
    }

    [Fact]
    public void Lesson_leaves_no_tensors()
    {
        Taught.Page("optimizers");
        var before = TensorCount();
        Taught.Page("optimizers");
        Assert.Equal(before, TensorCount());
    }

    private static long TensorCount()
    {
        GC.Collect();   // TorchSharp frees handles that nobody refers to in finalizers
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
