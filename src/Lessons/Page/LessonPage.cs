using System.Runtime.CompilerServices;
using MiniBatch.Graphics.Plots;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Lessons.Page;

/// <summary>
/// What a lesson writes, line by line. The code that the page shows beside a number is the code that computed it: the compiler hands
/// it over (<see cref="CallerArgumentExpressionAttribute"/>), so that the two can't drift apart.
/// </summary>
public sealed class LessonPage
{
    /// <summary>Of a number of size 1 or less; float32 has seven digits.</summary>
    private const double Rounding = 1e-5;

    private readonly List<PageLine> _lines = [];

    /// <summary>In reading order.</summary>
    public IReadOnlyList<PageLine> Lines => _lines;

    /// <summary>What the lesson holds against the slide.</summary>
    public IEnumerable<PageLine.Check> Checks => _lines.OfType<PageLine.Check>();

    /// <summary>The lesson's pictures.</summary>
    public IEnumerable<PageLine.Drawing> Drawings => _lines.OfType<PageLine.Drawing>();

    /// <summary>Opens a part of the lesson.</summary>
    public void Section(string title) => _lines.Add(new PageLine.Section(title));

    /// <summary>A formula as the slide has it, a line each.</summary>
    public void Formula(params ReadOnlySpan<string> lines)
    {
        foreach (var line in lines) _lines.Add(new PageLine.Formula(line));
    }

    /// <summary>A sentence.</summary>
    public void Say(string words) => _lines.Add(new PageLine.Sentence(words));

    /// <summary>Shows a tensor that the lesson begins with, and gives it back.</summary>
    public Tensor Given(string name, Tensor value)
    {
        _lines.Add(new PageLine.Given(name, Reading.Of(value)));
        return value;
    }

    /// <summary>Shows <c>name = code</c> with what it gave, and gives it back.</summary>
    public Tensor Let(string name, Tensor value, [CallerArgumentExpression(nameof(value))] string code = "")
    {
        _lines.Add(new PageLine.Code($"{name} = {OneLine(code)}", Reading.Of(value)));
        return value;
    }

    /// <summary>Runs code that gives nothing, and shows it: <c>() => loss.backward()</c>.</summary>
    public void Do(Action action, [CallerArgumentExpression(nameof(action))] string code = "")
    {
        action();
        _lines.Add(new PageLine.Code(OneLine(code).Replace("() => ", ""), null));
    }

    /// <summary>Shows code with its number, and holds it against the number that it should be.</summary>
    /// <param name="actual">Code of one number.</param>
    /// <param name="expected">The slide's number, or the formula with its numbers put in: shown as well.</param>
    /// <param name="why">Where the expected number comes from, if its code does not say it.</param>
    /// <param name="within">The difference allowed: half of a slide's last digit; else what float32 rounds away.</param>
    /// <param name="code">The compiler's.</param>
    /// <param name="formula">The compiler's.</param>
    public void Check(
        Tensor actual, double expected, string why = "", double? within = null,
        [CallerArgumentExpression(nameof(actual))] string code = "", [CallerArgumentExpression(nameof(expected))] string formula = "") =>
        Add(code, Reading.Of(actual), Reading.Of(expected), within, Explanation(formula, why));

    /// <summary>The same for a row of numbers.</summary>
    public void Check(
        Tensor actual, double[] expected, string why = "", double? within = null,
        [CallerArgumentExpression(nameof(actual))] string code = "", [CallerArgumentExpression(nameof(expected))] string formula = "") =>
        Add(code, Reading.Of(actual), Reading.Of(expected), within, Explanation(formula, why));

    /// <summary>The same for a matrix.</summary>
    public void Check(
        Tensor actual, double[,] expected, string why = "", double? within = null, [CallerArgumentExpression(nameof(actual))] string code = "") =>
        Add(code, Reading.Of(actual), Reading.Of(tensor(expected)), within, why);

    /// <summary>The same for two tensors: what libtorch computes, and what the formula does.</summary>
    public void Check(
        Tensor actual, Tensor expected, string why = "", double? within = null,
        [CallerArgumentExpression(nameof(actual))] string code = "", [CallerArgumentExpression(nameof(expected))] string formula = "") =>
        Add(code, Reading.Of(actual), Reading.Of(expected), within, Explanation(formula, why));

    /// <summary>The same for a shape.</summary>
    public void Check(
        long[] actual, long[] expected, string why = "", [CallerArgumentExpression(nameof(actual))] string code = "",
        [CallerArgumentExpression(nameof(expected))] string formula = "") =>
        Add(code, Reading.Of(actual), Reading.Of(expected), 0, Explanation(formula, why));

    /// <summary>The same for a number that is no tensor.</summary>
    public void Check(
        double actual, double expected, string why = "", double? within = null,
        [CallerArgumentExpression(nameof(actual))] string code = "", [CallerArgumentExpression(nameof(expected))] string formula = "") =>
        Add(code, Reading.Of(actual), Reading.Of(expected), within, Explanation(formula, why));

    /// <summary>A picture, also written to <c>LESSON-NAME.svg</c> where files are asked for.</summary>
    public void Draw(string name, Plot plot) => _lines.Add(new PageLine.Drawing(name, plot));

    /// <summary>Something that the reader can do next.</summary>
    public void Try(string what) => _lines.Add(new PageLine.Try(what));

    private void Add(string code, Reading actual, Reading expected, double? within, string why)
    {
        var size = expected.Values.Select(Math.Abs).Append(1).Max();
        _lines.Add(new PageLine.Check(OneLine(code), actual, expected, within ?? Rounding * size, why));
    }

    /// <summary>A formula with its numbers put in explains a number; the number itself does not.</summary>
    private static string Explanation(string formula, string why)
    {
        var isLiteral = formula.All(character => char.IsDigit(character) || ".,-[] ".Contains(character));
        return string.Join("; ", new[] { isLiteral ? "" : $"= {OneLine(formula)}", why }.Where(part => part.Length > 0));
    }

    /// <summary>The code without its line breaks, and without the marks that only the compiler wants.</summary>
    private static string OneLine(string code) =>
        string.Join(' ', code.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Replace("!.", ".").Replace("![", "[");
}
