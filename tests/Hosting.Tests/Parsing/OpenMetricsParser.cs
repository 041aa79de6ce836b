using System.Text.RegularExpressions;

namespace MiniBatch.Hosting.Tests.Parsing;

/// <summary>
/// A strict parser of the OpenMetrics text format 1.0: what the specification forbids, and what it merely allows and this program has
/// no use for (timestamps, exemplars, other types), is an error with the number of its line.
/// </summary>
internal sealed partial class OpenMetricsParser
{
    private static readonly Dictionary<string, string[]> Suffixes = new()
    {
        ["counter"] = ["_total", "_created"],
        ["gauge"] = [""],
        ["histogram"] = ["_bucket", "_sum", "_count", "_created"],
        ["info"] = ["_info"],
    };

    private readonly Dictionary<string, ExposedFamily> _families = [];
    private readonly HashSet<string> _keys = [];
    private readonly Dictionary<string, string> _familyOfSampleName = [];
    private ExposedFamily? _current;

    /// <exception cref="FormatException">It is not strictly the format.</exception>
    public static Exposition Parse(string text)
    {
        var parser = new OpenMetricsParser();
        if (!text.EndsWith("\n# EOF\n", StringComparison.Ordinal) && text != "# EOF\n") throw new FormatException("it does not end with # EOF and a line feed");
        var lines = text.Split('\n')[..^2];
        for (var number = 1; number <= lines.Length; number++)
        {
            try
            {
                parser.Read(lines[number - 1]);
            }
            catch (FormatException e)
            {
                throw new FormatException($"line {number}, {lines[number - 1]}: {e.Message}", e);
            }
        }
        parser.Leave();
        return new Exposition(parser._families);
    }

    private void Read(string line)
    {
        if (line.StartsWith('#')) ReadMetadata(line);
        else ReadSample(SampleLine.Parse(line));
    }

    private void ReadMetadata(string line)
    {
        var match = MetadataLine().Match(line);
        Require(match.Success, "neither TYPE, UNIT nor HELP");
        var (kind, name, text) = (match.Groups["kind"].Value, match.Groups["name"].Value, match.Groups["text"].Value);
        if (_current?.Name != name)
        {
            Leave();
            Require(!_families.ContainsKey(name), "the family was left before");
            _families[name] = _current = new ExposedFamily(name);
        }
        Require(_current!.Samples.Count == 0, "after a sample of its family");
        switch (kind)
        {
            case "TYPE":
                Require(_current.Type is null, "a second TYPE");
                Require(Suffixes.ContainsKey(text), "no type that this program has");
                _current.Type = text;
                foreach (var suffix in Suffixes[text]) Require(_familyOfSampleName.TryAdd(name + suffix, name), $"{name + suffix} is another family's");
                break;
            case "UNIT":
                Require(_current.Unit is null, "a second UNIT");
                Require(text.Length > 0 && name.EndsWith($"_{text}", StringComparison.Ordinal), "the name does not end in its unit");
                _current.Unit = text;
                break;
            default:
                Require(_current.Help is null, "a second HELP");
                Require(EscapedText().IsMatch(text), "an escape that there is not");
                _current.Help = text;
                break;
        }
    }

    private void ReadSample(ExposedSample sample)
    {
        Require(_current?.Type is not null, "a sample before its family's TYPE");
        Require(Suffixes[_current!.Type!].Any(suffix => sample.Name == _current.Name + suffix), "no sample of the family that it stands in");
        Require(_keys.Add(sample.Key), "a second sample of the same labels");
        Require(_current.Type == "gauge" || sample.Value >= 0 && double.IsFinite(sample.Value), "less than nothing, or no number");
        Require(_current.Type != "info" || sample.Value == 1, "an info that is not 1");
        Require(!sample.Labels.ContainsKey("le") || sample.Name.EndsWith("_bucket", StringComparison.Ordinal), "le is for buckets");
        _current.Samples.Add(sample);
    }

    private void Leave()
    {
        if (_current is not { } family) return;
        Require(family.Type is not null, $"{family.Name} has no TYPE");
        Require(family.Type != "info" || family.Unit is null, $"{family.Name}: an info has no unit");
        if (family.Type == "histogram") HistogramRules.Check(family);
    }

    internal static void Require(bool holds, string what)
    {
        if (!holds) throw new FormatException(what);
    }

    [GeneratedRegex("^# (?<kind>TYPE|UNIT|HELP) (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<text>.*)$")]
    private static partial Regex MetadataLine();

    [GeneratedRegex(@"^([^\\]|\\[\\n""])*$")]
    private static partial Regex EscapedText();
}
