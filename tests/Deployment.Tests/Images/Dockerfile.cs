using System.Text.Json;
using System.Text.RegularExpressions;

namespace MiniBatch.Deployment.Tests.Images;

/// <summary>One instruction of a Dockerfile.</summary>
/// <param name="Keyword">In capitals.</param>
/// <param name="Options">What stands between keyword and text as --name=value.</param>
/// <param name="Text">The rest, continued lines joined.</param>
internal sealed record Instruction(string Keyword, IReadOnlyDictionary<string, string> Options, string Text)
{
    /// <summary>Its words: those of a JSON list, where it is one.</summary>
    public string[] Words => Text.StartsWith('[')
        ? JsonSerializer.Deserialize<string[]>(Text)!
        : Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>NAME=value or NAME="value", as ENV and LABEL have them.</summary>
    public IEnumerable<KeyValuePair<string, string>> Pairs => Regex.Matches(Text, """(?<name>[\w.]+)=("(?<value>[^"]*)"|(?<value>\S+))""")
        .Select(match => KeyValuePair.Create(match.Groups["name"].Value, match.Groups["value"].Value));
}

/// <summary>What stands from one FROM to the next.</summary>
/// <param name="Name">What it is called by others; null where nobody does.</param>
/// <param name="Base">The image it starts from, or another stage's name.</param>
/// <param name="Platform">What it is told to be for; null where the engine decides.</param>
/// <param name="Instructions">All after FROM.</param>
internal sealed record Stage(string? Name, string Base, string? Platform, IReadOnlyList<Instruction> Instructions)
{
    public IEnumerable<Instruction> All(string keyword) => Instructions.Where(instruction => instruction.Keyword == keyword);

    public Instruction One(string keyword) => All(keyword).Single();

    public IReadOnlyDictionary<string, string> Environment => All("ENV").SelectMany(instruction => instruction.Pairs).ToDictionary();

    public IReadOnlyDictionary<string, string> Labels => All("LABEL").SelectMany(instruction => instruction.Pairs).ToDictionary();
}

/// <summary>A Dockerfile, read as far as ours go.</summary>
internal sealed partial class Dockerfile
{
    private Dockerfile(string path, string text)
    {
        Path = path;
        Text = text;
        Stages = Read(text);
    }

    /// <summary>From the repository's root.</summary>
    public string Path { get; }

    public string Text { get; }

    public IReadOnlyList<Stage> Stages { get; }

    /// <summary>What becomes the image.</summary>
    public Stage Final => Stages[^1];

    /// <summary>The paths of all.</summary>
    public static IEnumerable<string> All => Directory.GetFiles(Repository.PathOf("docker"), "*Dockerfile")
        .Select(path => System.IO.Path.GetRelativePath(Repository.Root, path)).Order();

    public static Dockerfile At(string path) => new(path, Repository.Read(path));

    private static List<Stage> Read(string text)
    {
        var stages = new List<Stage>();
        var defaults = new Dictionary<string, string>();
        var lines = text.Split('\n').Where(line => !line.TrimStart().StartsWith('#'));
        foreach (Match match in OneInstruction().Matches(Continuation().Replace(string.Join('\n', lines), " ")))
        {
            var keyword = match.Groups["keyword"].Value;
            var rest = match.Groups["text"].Value.Trim();
            var options = Option().Matches(match.Groups["options"].Value).ToDictionary(option => option.Groups["name"].Value, option => option.Groups["value"].Value);
            if (keyword == "ARG" && stages.Count == 0)
            {
                defaults.Add(rest.Split('=')[0], rest.Split('=')[1]);
                continue;
            }
            if (keyword == "FROM")
            {
                var words = Argument().Replace(rest, argument => defaults[argument.Groups["name"].Value]).Split(' ');
                stages.Add(new Stage(words.Length == 3 && words[1] == "AS" ? words[2] : null, words[0], options.GetValueOrDefault("platform"), new List<Instruction>()));
                continue;
            }
            ((List<Instruction>)stages[^1].Instructions).Add(new Instruction(keyword, options, Regex.Replace(rest, @"\s+", " ")));
        }
        return stages;
    }

    /// <summary>The stages that one is made of: itself, the one that it starts from, and so on.</summary>
    public IEnumerable<Stage> With(Stage stage) => Stages.FirstOrDefault(other => other.Name == stage.Base) is { } before ? With(before).Prepend(stage) : [stage];

    [GeneratedRegex(@"\$\{(?<name>\w+)\}")]
    private static partial Regex Argument();

    [GeneratedRegex(@"\\\s*\n")]
    private static partial Regex Continuation();

    [GeneratedRegex(@"^(?<keyword>[A-Z]+)[ \t]+(?<options>(--[a-z-]+=\S+[ \t]+)*)(?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex OneInstruction();

    [GeneratedRegex(@"--(?<name>[a-z-]+)=(?<value>\S+)")]
    private static partial Regex Option();
}
