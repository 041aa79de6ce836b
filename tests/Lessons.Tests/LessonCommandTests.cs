using System.CommandLine;
using System.Xml.Linq;
using MiniBatch.Shared.CommandLine;

namespace MiniBatch.Lessons.Tests;

/// <summary>What a person types, and what comes of it.</summary>
public sealed class LessonCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lessons-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Without_a_name_every_lesson_is_a_line_in_the_courses_order()
    {
        var (exitCode, output, _) = Run(LessonCatalog.All, "lesson");

        Assert.Equal(0, exitCode);
        Assert.Equal(LessonCatalog.All.Select(lesson => lesson.Name), output.TrimEnd().Split('\n').Select(line => line.Split(' ')[0]));
        Assert.Equal([], output.Split('\n').Where(line => line.Length > 80));
    }

    [Fact]
    public void Unknown_lesson_is_one_line_with_those_there_are_and_exit_code_2()
    {
        var (exitCode, output, errors) = Run(LessonCatalog.All, "lesson", "autogradd");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith("minibatch: there is no lesson 'autogradd'; there are autograd, backpropagation, ", errors);
        Assert.Equal(errors.Length - 1, errors.IndexOf('\n'));
    }

    [Fact]
    public void Failed_check_is_named_and_the_exit_code_is_1()
    {
        var wrong = new MadeUp(page =>
        {
            page.Check(1.0 + 1, 2);
            page.Check(1.0 + 2, 4);
        });

        var (exitCode, output, errors) = Run([wrong], "lesson", "made-up");

        Assert.Equal(1, exitCode);
        Assert.Contains("✗ 1.0 + 2", output);
        Assert.Equal("minibatch: lesson made-up: 1 of 2 checks failed: 1.0 + 2 is 3, not 4\n", errors);
    }

    [Fact]
    public void Plots_are_written_where_asked_for_and_the_output_says_where()
    {
        var folder = Path.Combine(_folder, "new", "plots");

        var (exitCode, output, _) = Run(LessonCatalog.All, "lesson", "activations", "--svg", folder);

        Assert.Equal(0, exitCode);
        foreach (var name in new[] { "activations-curves.svg", "activations-slopes.svg" })
        {
            Assert.Equal("svg", XDocument.Load(Path.Combine(folder, name)).Root!.Name.LocalName);
            Assert.Contains($"written: {Path.Combine(folder, name)}\n", output);
        }
    }

    [Fact]
    public void No_file_is_written_unasked()
    {
        var before = Directory.GetFiles(Environment.CurrentDirectory);
        Assert.Equal(0, Run(LessonCatalog.All, "lesson", "activations").ExitCode);
        Assert.Equal(before, Directory.GetFiles(Environment.CurrentDirectory));
    }

    [Fact]
    public void Lesson_without_plots_says_so() => Assert.Equal(
        "minibatch: the lesson tensors has no plots; nothing is written\n", Run(LessonCatalog.All, "lesson", "tensors", "--svg", _folder).Errors);

    [Fact]
    public void Plots_of_no_lesson_in_particular_are_a_wrong_command_line() =>
        Assert.Equal((2, "", "minibatch: --svg goes with a lesson: say which\n"), Run(LessonCatalog.All, "lesson", "--svg", _folder));

    [Fact]
    public void Help_names_what_is_typed() =>
        Assert.Contains("./cluster lesson [NAME] [FLAGS]", Run(LessonCatalog.All, "lesson", "--help").Output);

    private static (int ExitCode, string Output, string Errors) Run(IReadOnlyList<ILesson> lessons, params string[] args)
    {
        var (standardOutput, standardError) = (Console.Out, Console.Error);
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Console.SetOut(output);
        Console.SetError(errors);
        try
        {
            var exitCode = CommandHost.Run(new RootCommand { LessonCommand.Create(lessons) }, args);
            return (exitCode, output.ToString(), errors.ToString());
        }
        finally
        {
            Console.SetOut(standardOutput);
            Console.SetError(standardError);
        }
    }
}
