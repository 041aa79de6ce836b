using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MiniBatch.Deployment.Tests;

/// <summary>YAML as the JSON that it stands for: what is not quoted may be a number, a truth value or nothing.</summary>
internal static class Yaml
{
    /// <summary>Every document of a text, without the empty ones.</summary>
    public static IReadOnlyList<JsonObject> Documents(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => Convert(document.RootNode)).OfType<JsonObject>()];
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode mapping => Object(mapping),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Select(Convert)]),
        YamlScalarNode scalar => Scalar(scalar),
        _ => throw new InvalidDataException($"{node.Start}: {node.NodeType} is not expected here"),
    };

    private static JsonObject Object(YamlMappingNode mapping)
    {
        var result = new JsonObject();
        // A merged mapping ("<<") gives what the mapping itself does not say.
        var own = mapping.Where(entry => Key(entry.Key) != "<<");
        var merged = mapping.Where(entry => Key(entry.Key) == "<<").SelectMany(entry => (YamlMappingNode)entry.Value);
        foreach (var (key, value) in own.Concat(merged)) result.TryAdd(Key(key), Convert(value));
        return result;
    }

    private static string Key(YamlNode key) => ((YamlScalarNode)key).Value!;

    private static JsonNode? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain) return text;
        if (text is "" or "~" or "null") return null;
        if (text is "true" or "false") return text == "true";
        // YAML 1.1, which Kubernetes' tools read: 0440 is octal.
        if (text.Length > 1 && text[0] == '0' && text.All(digit => digit is >= '0' and <= '7')) return System.Convert.ToInt64(text, 8);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return whole;
        return text;
    }
}
