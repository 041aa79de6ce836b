using MiniBatch.Graphics.Plots;

namespace MiniBatch.Lessons.Page;

/// <summary>One thing on a lesson's page; which things there are is closed.</summary>
public abstract record PageLine
{
    private PageLine()
    {
    }

    /// <summary>What the next lines are about.</summary>
    public sealed record Section(string Title) : PageLine;

    /// <summary>As the slide has it.</summary>
    public sealed record Formula(string Line) : PageLine;

    /// <summary>A sentence.</summary>
    public sealed record Sentence(string Words) : PageLine;

    /// <summary>A number, row or matrix that the lesson begins with.</summary>
    public sealed record Given(string Name, Reading Value) : PageLine;

    /// <summary>Code that was run, and what it gave; no reading where it gave nothing.</summary>
    public sealed record Code(string Source, Reading? Result) : PageLine;

    /// <summary>Code that was run, what it gave, and what it should have given.</summary>
    /// <param name="Source">The code.</param>
    /// <param name="Result">What it gave.</param>
    /// <param name="Expected">The slide's numbers, or the formula's.</param>
    /// <param name="Within">The difference that a number may have.</param>
    /// <param name="Why">How the expected numbers come about, or where they stand.</param>
    public sealed record Check(string Source, Reading Result, Reading Expected, double Within, string Why) : PageLine
    {
        /// <summary>Whether all is as it should be.</summary>
        public bool IsPassed => Result.IsNear(Expected, Within);
    }

    /// <summary>A picture.</summary>
    /// <param name="Name">Of its file, without what comes after the dot.</param>
    /// <param name="Picture">What to draw.</param>
    public sealed record Drawing(string Name, Plot Picture) : PageLine;

    /// <summary>Something to do next.</summary>
    public sealed record Try(string What) : PageLine;
}
