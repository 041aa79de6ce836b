using System.CommandLine;
using System.Text;
using MiniBatch.Graphics.Images;
using MiniBatch.Graphics.Plots;
using MiniBatch.Lessons.Page;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using TorchSharp;

namespace MiniBatch.Lessons;

/// <summary><c>lesson</c>: lists the lessons, or runs one and holds every number against the slide's.</summary>
public static class LessonCommand
{
    /// <summary>The command.</summary>
    /// <param name="lessons">In the course's order.</param>
    public static Command Create(IReadOnlyList<ILesson> lessons)
    {
        var name = new Argument<string?>("name") { Description = "which; without it they are listed", Arity = ArgumentArity.ZeroOrOne };
        var svg = Flag.Path("--svg", "where to write the lesson's plots as SVG files [nowhere: they are on the terminal]", "DIR");
        var command = new Command("lesson", "Lists the worked examples of the course, or runs one.") { name };
        command.AddFlags(HelpHeading.Kept, svg);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(name) is not { } wanted)
            {
                if (parsed.GetValue(svg) is not null) throw new UserErrorException("--svg goes with a lesson: say which", UserErrorException.Usage);
                List(lessons);
                return;
            }
            var lesson = lessons.FirstOrDefault(known => known.Name == wanted)
                ?? throw new UserErrorException(
                    $"there is no lesson '{wanted}'; there are {string.Join(", ", lessons.Select(known => known.Name))}", UserErrorException.Usage);
            var page = Run(lesson);
            foreach (var line in LessonPrinter.Lines(lesson, page, TerminalPicture.HasColors)) Console.WriteLine(line);
            if (parsed.GetValue(svg) is { } directory) WritePlots(lesson, page, directory);
            RequireAllPassed(lesson, page);
        });
        return command;
    }

    /// <summary>Runs a lesson; its tensors are gone afterwards.</summary>
    public static LessonPage Run(ILesson lesson)
    {
        KernelPins.Apply(Processor.CapabilityHere);
        using var scope = torch.NewDisposeScope();
        var page = new LessonPage();
        lesson.Teach(page);
        return page;
    }

    private static void List(IReadOnlyList<ILesson> lessons)
    {
        var width = lessons.Max(lesson => lesson.Name.Length);
        foreach (var lesson in lessons) Console.WriteLine($"{lesson.Name.PadRight(width)}  {lesson.Summary}");
    }

    private static void WritePlots(ILesson lesson, LessonPage page, string directory)
    {
        if (!page.Drawings.Any())
        {
            Console.Error.WriteLine($"minibatch: the lesson {lesson.Name} has no plots; nothing is written");
            return;
        }
        Directory.CreateDirectory(directory);
        foreach (var drawing in page.Drawings)
        {
            var path = Path.Combine(directory, $"{lesson.Name}-{drawing.Name}.svg");
            File.WriteAllText(path, SvgPlot.Draw(drawing.Picture), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            Console.WriteLine($"written: {path}");
        }
    }

    private static void RequireAllPassed(ILesson lesson, LessonPage page)
    {
        var failed = page.Checks.Where(check => !check.IsPassed).ToList();
        if (failed.Count == 0) return;
        var which = string.Join("; ", failed.Select(check => $"{check.Source} is {check.Result}, not {check.Expected}"));
        throw new UserErrorException($"lesson {lesson.Name}: {failed.Count} of {page.Checks.Count()} checks failed: {which}");
    }
}
