using System.Text.RegularExpressions;

namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>The commands of the documents are kubectl's: it parses each, flags and all, and then shows its help instead.</summary>
public partial class KubectlTests
{
    public static TheoryData<string> Commands => [.. new[] { "docs/OPERATIONS.md", "docs/MONITORING.md", "README.md", "k8s/chart/templates/NOTES.txt" }
        .SelectMany(document => InText().Matches(Repository.Read(document)).Select(match => Plain(match.Groups["command"].Value)))
        .Where(command => command.Length > "kubectl ".Length).Distinct().Order()];

    [Fact]
    public void There_are_commands() => Assert.InRange(Commands.Count, 20, 200);

    [SkippableTheory]
    [MemberData(nameof(Commands))]
    public void A_command_of_the_documents_is_one(string command)
    {
        // What follows "--" is another program's.
        var (exitCode, output, error) = Tool.Run(Repository.Root, "kubectl", [.. command.Split(" -- ")[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..], "--help"]);
        Assert.True(exitCode == 0, $"{command}: {error}");
        Assert.Contains("Usage:", output);
        Assert.False(IsOfAParent(output), output);
        Assert.All(Applied().Matches(command), match => Assert.True(Directory.Exists(Repository.PathOf(match.Groups["path"].Value)), $"{command}: no such folder"));
    }

    /// <summary>kubectl finds what the documents said wrongly once.</summary>
    [SkippableTheory]
    [InlineData("kubectl -n minibatch wait --for=delete --timeout=2min pod/minibatch-coordinator-0")]
    [InlineData("kubectl -n minibatch rolout status deployment/minibatch-worker")]
    [InlineData("kubectl -n minibatch rollout state deployment/minibatch-worker")]
    public void A_command_that_is_none_is_found(string command)
    {
        var (exitCode, output, error) = Tool.Run(Repository.Root, "kubectl", [.. command.Split(' ')[1..], "--help"]);
        Assert.True(exitCode != 0 || IsOfAParent(output), output + error);
    }

    /// <summary>Of a command that there is not, kubectl shows the help of the one above.</summary>
    private static bool IsOfAParent(string help) => help.Contains("SUBCOMMAND", StringComparison.Ordinal) || help.Contains("Basic Commands", StringComparison.Ordinal);

    /// <summary>One line, without comments, placeholders and what a shell does with it.</summary>
    private static string Plain(string command)
    {
        var line = Template().Replace(command.ReplaceLineEndings(" "), "minibatch").Replace(" …", " minibatch-worker-x", StringComparison.Ordinal).Split(" #")[0].Split(" &")[0].Split(" >")[0].Split(';')[0];
        return Regex.Replace(line, @"\s+", " ").Trim();
    }

    // In a document a command stands between backticks or on a line of its own.
    [GeneratedRegex(@"`(?<command>kubectl [^`]*)`|^ *(openssl .*&& )?(?<command>kubectl .*)$", RegexOptions.Multiline)]
    private static partial Regex InText();

    [GeneratedRegex(@"\{\{[^}]*\}\}")]
    private static partial Regex Template();

    [GeneratedRegex(@" -k (?<path>k8s/\S+)")]
    private static partial Regex Applied();
}
