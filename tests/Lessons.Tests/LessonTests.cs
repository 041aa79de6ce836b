using System.Text.RegularExpressions;
using MiniBatch.Lessons.Page;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Lessons.Tests;

/// <summary>What holds of every lesson.</summary>
public sealed partial class LessonTests
{
    private static readonly string Root = FindRoot();

    private static readonly string FlagSources = string.Concat(
        Directory.GetFiles(Path.Combine(Root, "src/Shared/CommandLine"), "*.cs").Append(Path.Combine(Root, "src/Launcher/Commands/TrainCommand.cs"))
            .Select(File.ReadAllText));

    public static TheoryData<string> Names => [.. LessonCatalog.All.Select(lesson => lesson.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Lesson_passes_all_that_it_checks(string name)
    {
        var page = Taught.Page(name);

        Assert.NotEmpty(page.Checks);
        Assert.Equal([], page.Checks.Where(check => !check.IsPassed).Select(check => $"{check.Source} is {check.Result}, not {check.Expected}"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Lesson_is_no_wider_than_a_terminal_and_is_plain_without_colours(string name)
    {
        var lines = LessonPrinter.Lines(Taught.Lesson(name), Taught.Page(name), colors: false).ToList();

        Assert.Equal([], lines.Where(line => line.Length > 80));
        Assert.DoesNotContain('\e', string.Concat(lines));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Lesson_ends_with_what_to_try_and_names_only_what_there_is(string name)
    {
        var page = Taught.Page(name);

        Assert.IsType<PageLine.Try>(page.Lines[^1]);
        var tips = string.Join('\n', page.Lines.OfType<PageLine.Try>().Select(tip => tip.What));
        Assert.Subset(LessonCatalog.All.Select(lesson => lesson.Name).ToHashSet(), Lessons().Matches(tips).Select(match => match.Groups[1].Value).ToHashSet());
        Assert.Subset(
            WorkloadCatalog.All.Select(workload => workload.Name).ToHashSet(), Workloads().Matches(tips).Select(match => match.Groups[1].Value).ToHashSet());
        Assert.Equal([], Flags().Matches(tips).Select(match => match.Value).Where(flag => !FlagSources.Contains($"\"{flag}\"")));
        Assert.True(File.Exists(Path.Combine(Root, "src/Lessons/Course", $"{Taught.Lesson(name).GetType().Name}.cs")));
    }

    [Fact]
    public void Every_file_of_the_course_is_in_the_catalogue() => Assert.Equal(
        Directory.GetFiles(Path.Combine(Root, "src/Lessons/Course"), "*.cs").Select(Path.GetFileNameWithoutExtension).Order(),
        LessonCatalog.All.Select(lesson => lesson.GetType().Name).Order());

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Cluster.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"\./cluster lesson ([a-z-]+)")]
    private static partial Regex Lessons();

    [GeneratedRegex(@"\./cluster train ([a-z-]+)")]
    private static partial Regex Workloads();

    [GeneratedRegex(@"--[a-z-]+")]
    private static partial Regex Flags();
}
