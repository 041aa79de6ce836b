using System.Globalization;
using System.Text.RegularExpressions;
using static MiniBatch.Hosting.Tests.Parsing.OpenMetricsParser;

namespace MiniBatch.Hosting.Tests.Parsing;

/// <summary>One line with a sample: <c>name{label="value",other="value"} 1.5</c>.</summary>
internal static partial class SampleLine
{
    public static ExposedSample Parse(string line)
    {
        var match = Line().Match(line);
        Require(match.Success, "no sample: name, labels, one space, one number");
        var labels = new Dictionary<string, string>();
        for (var i = 0; i < match.Groups["label"].Captures.Count; i++)
        {
            var name = match.Groups["label"].Captures[i].Value;
            Require(!name.StartsWith("__", StringComparison.Ordinal), $"{name} is reserved");
            Require(labels.TryAdd(name, Unescape(match.Groups["text"].Captures[i].Value)), $"a second {name}");
        }
        return new ExposedSample(match.Groups["name"].Value, labels, Number(match.Groups["value"].Value));
    }

    public static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private static string Unescape(string text) => Escapes().Replace(text, escape => escape.Value switch
    {
        @"\n" => "\n",
        var other => other[1..],
    });

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?<text>([^"\\\n]|\\[\\n"])*)"(,(?=[a-zA-Z_])|(?=\})))*\})? (?<value>-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?|[+-]Inf|NaN)$""")]
    private static partial Regex Line();

    [GeneratedRegex(@"\\.")]
    private static partial Regex Escapes();
}
