using System.Text.RegularExpressions;

namespace MiniBatch.Launcher.Tests;

/// <summary>What the documents name exists.</summary>
public partial class DocsTests
{
    internal static readonly string Root = FindRoot();

    public static TheoryData<string> Documents => [.. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)
        .Append(Path.Combine(Root, "README.md")).Append(Path.Combine(Root, "SECURITY.md")).Select(path => Path.GetRelativePath(Root, path))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_that_a_document_names_exists(string document)
    {
        var text = File.ReadAllText(Path.Combine(Root, document));
        var missing = Paths().Matches(text).Select(match => match.Groups["path"].Value.TrimEnd('/', '.'))
            .Where(path => !Path.Exists(Path.Combine(Root, path))).Distinct();
        Assert.Equal([], missing);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_to_a_file_leads_somewhere(string document)
    {
        var path = Path.Combine(Root, document);
        var broken = Links().Matches(File.ReadAllText(path)).Select(match => match.Groups["target"].Value)
            .Where(target => !target.StartsWith("http", StringComparison.Ordinal) && !Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, target)));
        Assert.Equal([], broken);
    }

    [Fact]
    public void What_the_architecture_says_to_look_for_is_where_it_says()
    {
        var rows = WhereRows().Matches(File.ReadAllText(Path.Combine(Root, "docs/ARCHITECTURE.md"))).ToList();
        Assert.InRange(rows.Count, 8, 50);
        Assert.All(rows, row => Assert.Contains(row.Groups["word"].Value, File.ReadAllText(Path.Combine(Root, row.Groups["path"].Value))));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_command_that_a_document_names_is_one(string document)
    {
        var script = File.ReadAllText(Path.Combine(Root, "cluster"));
        var known = KnownCommands().Match(script).Groups["names"].Value.Split(' ')
            .Concat(["setup", "test", "coordinator", "worker", "help", "COMMAND"]).ToHashSet();
        var unknown = Commands().Matches(File.ReadAllText(Path.Combine(Root, document)))
            .Select(match => match.Groups["name"].Value).Where(name => !known.Contains(name)).Distinct();
        Assert.Equal([], unknown);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_flag_that_a_document_names_is_one(string document)
    {
        // dotnet's, xunit's and the script's own; docker's, kind's, minikube's, kubectl's and helm's; TensorBoard's.
        HashSet<string> others =
        [
            "--group", "--filter", "--no-install-recommends",
            "--build", "--scale", "--cni", "--replicas", "--for", "--timeout", "--from-file", "--all",
            "--build-arg", "--checksum", "--cascade", "--type", "--patch", "--namespace", "--values", "--ignore-daemonsets", "--delete-emptydir-data", "--grace-period", "--force",
            "--logdir",
        ];
        var sources = string.Concat(Directory.GetFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/"))
            .Select(File.ReadAllText));
        var unknown = Flags().Matches(File.ReadAllText(Path.Combine(Root, document))).Select(match => match.Value)
            .Where(flag => !others.Contains(flag) && !sources.Contains($"\"{flag}\"")).Distinct();
        Assert.Equal([], unknown);
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Cluster.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"^\| [a-z][^|]* \| `(?<path>src/[^`|]*\.cs)` \| `(?<word>[^`|]*)` \|$", RegexOptions.Multiline)]
    private static partial Regex WhereRows();

    [GeneratedRegex(@"`(?<path>(src|tests|eng|docs|docker|k8s)/[A-Za-z0-9_./-]*)`")]
    private static partial Regex Paths();

    [GeneratedRegex(@"\]\((?<target>[^)#]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"\./cluster (?<name>[A-Za-z]+)")]
    private static partial Regex Commands();

    [GeneratedRegex(@"launcher_commands=\((?<names>[a-z ]+)\)")]
    private static partial Regex KnownCommands();

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z0-9-]+")]
    private static partial Regex Flags();
}
