using MiniBatch.Graphics.Plots;
using MiniBatch.Shared.CommandLine;

namespace MiniBatch.Lessons.Page;

/// <summary>A page as lines of text, at most as wide as the narrowest terminal in use.</summary>
public static class LessonPrinter
{
    private const int Width = TerminalPlot.Width;
    private const int ResultColumn = 36;
    private const int RemarkColumn = 46;
    private const string Indent = "    ";
    private const string RemarkIndent = "        ";

    private const string Bold = "\e[1m";
    private const string Cyan = "\e[36m";
    private const string Green = "\e[32m";
    private const string Red = "\e[31m";
    private const string Plain = "\e[0m";

    /// <summary>The lines of a lesson.</summary>
    /// <param name="lesson">Whose page it is.</param>
    /// <param name="page">What it wrote.</param>
    /// <param name="colors">Whether escape sequences may colour it.</param>
    public static IEnumerable<string> Lines(ILesson lesson, LessonPage page, bool colors)
    {
        yield return Painted(Bold, $"{lesson.Name}: {lesson.Summary}", colors);
        foreach (var line in page.Lines.Where(line => line is not PageLine.Try).SelectMany(line => Lines(line, colors))) yield return line;
        yield return "";
        yield return Painted(Bold, "Try next", colors);
        foreach (var line in page.Lines.OfType<PageLine.Try>().SelectMany(line => Lines(line, colors))) yield return line;
        foreach (var line in Tip($"change a number in src/Lessons/Course/{lesson.GetType().Name}.cs, and see which checks notice")) yield return line;
    }

    private static IEnumerable<string> Lines(PageLine line, bool colors) => line switch
    {
        PageLine.Section section => ["", Painted(Bold, section.Title, colors)],
        PageLine.Formula formula => [Painted(Cyan, $"  {formula.Line}", colors)],
        PageLine.Sentence sentence => Wrapped("  ", sentence.Words),
        PageLine.Given given => Given(given),
        PageLine.Code code => InColumns(" ", code.Source, Short(code.Result), ""),
        PageLine.Check check => InColumns(
            check.IsPassed ? Painted(Green, "✓", colors) : Painted(Red, "✗", colors), check.Source, check.Result.ToString(), Remark(check)),
        PageLine.Drawing drawing => ["", .. TerminalPlot.Lines(drawing.Picture, colors)],
        PageLine.Try next => Tip(next.What),
        _ => throw new ArgumentOutOfRangeException(nameof(line)),
    };

    /// <summary>What is known besides the number: what it should be where it reads otherwise, and why it should be that.</summary>
    private static string Remark(PageLine.Check check)
    {
        var expected = check.Expected.ToString();
        var shown = !check.IsPassed ? $"should be {expected}" : expected == check.Result.ToString() ? "" : expected;
        return string.Join(' ', new[] { shown, check.Why }.Where(part => part.Length > 0));
    }

    /// <summary>The numbers, or where they don't fit, how many there are.</summary>
    private static string Short(Reading? result) => result?.ToString() is not { } text ? ""
        : text.Length <= Width - ResultColumn ? text : $"a tensor of {string.Join(" × ", result.Shape)}";

    private static IEnumerable<string> Given(PageLine.Given given)
    {
        var isTall = given.Value.Shape is [> 2, _];
        var name = $"{Indent}{given.Name} = ";
        return isTall ? given.Value.Rows().Select((row, i) => (i == 0 ? name : "".PadLeft(name.Length)) + row) : [name + given.Value];
    }

    /// <summary>Mark, code, number and remark in columns; what does not fit goes on below.</summary>
    private static IEnumerable<string> InColumns(string mark, string source, string result, string remark)
    {
        // The mark may be coloured: what is counted is what comes after it.
        var (start, line) = ($"  {mark} ", source);
        if (result.Length > 0 && Indent.Length + line.Length >= ResultColumn)
        {
            yield return start + line;
            (start, line) = (Indent, "");
        }
        line = $"{line.PadRight(result.Length > 0 ? ResultColumn - Indent.Length : 0)}{result}";
        var column = Math.Max(RemarkColumn - Indent.Length, line.Length + 2);
        if (remark.Length == 0 || Indent.Length + column + remark.Length <= Width)
        {
            yield return (start + line.PadRight(column) + remark).TrimEnd();
            yield break;
        }
        yield return start + line;
        foreach (var below in Wrapped(RemarkIndent, remark)) yield return below;
    }

    private static IEnumerable<string> Tip(string what) => Wrapped(Indent, what).Select((line, i) => i == 0 ? $"  - {line.TrimStart()}" : line);

    private static IEnumerable<string> Wrapped(string indent, string words) =>
        WrappedText.Lines(words, Width - indent.Length).Select(line => indent + line);

    private static string Painted(string color, string text, bool colors) => colors ? color + text + Plain : text;
}
