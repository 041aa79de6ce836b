using System.CommandLine;
using System.Text.RegularExpressions;
using MiniBatch.Launcher.Commands;
using MiniBatch.Shared.CommandLine;

namespace MiniBatch.Launcher.Tests;

/// <summary>What <c>./cluster train --help</c> shows.</summary>
public sealed partial class HelpTests
{
    private static readonly Command Train = LauncherCommand.Create().Subcommands.Single(command => command.Name == "train");

    /// <summary>Without one there is nothing.</summary>
    private static readonly string[] WithoutDefault = ["--resume"];

    [Fact]
    public void Flags_are_grouped_by_what_they_decide()
    {
        var headings = HelpPage.Of(Train, 100).Split('\n').Where(line => line.Length > 0 && !line.StartsWith(' ')).Skip(2);

        Assert.Equal(
            [
                "What is trained", "What a step is", "How it is optimised", "How the learning rate changes", "How it is spread",
                "Where it runs", "What is kept", "What is said", "In every command",
            ],
            headings);
    }

    [Fact]
    public void Every_default_is_there_with_its_reason()
    {
        var unexplained = Train.Options.Where(option => !option.Hidden && !WithoutDefault.Contains(option.Name))
            .Where(option => !ExplainedDefault().IsMatch(option.Description ?? ""))
            .Select(option => $"{option.Name}: {option.Description}");

        Assert.Equal([], unexplained);
    }

    [Fact]
    public void Learning_rates_are_those_that_the_rules_have() =>
        Assert.Contains(
            "0.1 for gd, sgd; 0.05 for momentum, nesterov; 0.01 for adagrad; 0.001 for rmsprop, adam, adamw",
            Train.Options.Single(option => option.Name == "--lr").Description);

    [Theory]
    [InlineData(40, 72)]   // words and flags that can't be broken
    [InlineData(80, 80)]
    [InlineData(140, 110)]
    public void Lines_are_as_wide_as_the_terminal_and_no_wider_than_one_reads(int width, int longest)
    {
        var lines = HelpPage.Of(Train, width).Split('\n');

        Assert.All(lines, line => Assert.True(line.Length <= longest, line));
        Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
    }

    [Fact]
    public void Usage_names_what_a_person_types()
    {
        Assert.Contains(" train [WORKLOAD] [FLAGS]\n", HelpPage.Of(Train, 80));
        Assert.Contains(" COMMAND [FLAGS]\n", HelpPage.Of(LauncherCommand.Create(), 80));
        Assert.Equal("./cluster", HelpPage.TypedName(LauncherCommand.Create()).Split(' ')[0]);
    }

    /// <summary>"… [0.9, as nearly everywhere: …]": what it is, then why, at the description's end.</summary>
    [GeneratedRegex(@"\[[^\[\]]+[,:;] [^\[\]]+\]$")]
    private static partial Regex ExplainedDefault();
}
