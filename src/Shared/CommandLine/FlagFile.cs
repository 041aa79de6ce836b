using System.Text;
using System.Text.Json;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.CommandLine;

/// <summary>A JSON file of flags: <c>{ "epochs": 3, "limit-train": 1000 }</c>.</summary>
public sealed class FlagFile
{
    private readonly string _path;

    private FlagFile(string path, IReadOnlyDictionary<string, string> values) => (_path, Values) = (path, values);

    /// <summary>What it says, as text, by flag (<c>--epochs</c>).</summary>
    public IReadOnlyDictionary<string, string> Values { get; }

    /// <summary>Reads a file, in UTF-8 or UTF-16, with a byte order mark or without.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="known">Flags that it may name.</param>
    /// <exception cref="UserErrorException">It is missing, no JSON object of plain values, says a key twice or names a flag that is not known.</exception>
    public static FlagFile Read(string path, IReadOnlySet<string> known)
    {
        var values = new Dictionary<string, string>();
        try
        {
            using var json = JsonDocument.Parse(Text(File.ReadAllBytes(path)));
            foreach (var property in json.RootElement.EnumerateObject())
            {
                var flag = "--" + property.Name;
                if (!known.Contains(flag)) throw Usage($"{Place(path, flag)} is no flag of any command{Suggestion(property.Name, known)}");
                if (property.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False))
                    throw Usage($"{Place(path, flag)} {property.Value.GetRawText()}: give a text, a number, true or false");
                if (!values.TryAdd(flag, property.Value.ToString())) throw Usage($"{Place(path, flag)} is there twice; leave one");
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Usage($"--config {path}: there is no such file");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw Usage($"--config {path}: not a JSON object of flags ({e.Message})");
        }
        return new FlagFile(path, values);
    }

    /// <summary>Where a flag stands, to begin a message with.</summary>
    public string Place(string flag) => Place(_path, flag);

    private static string Place(string path, string flag) => $"--config {path}: \"{flag[2..]}\"";

    /// <summary>JSON begins with an ASCII character: the zero beside it tells UTF-16 where no byte order mark does.</summary>
    private static string Text(byte[] bytes)
    {
        Encoding encoding = bytes is [0, not 0, ..] ? new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true)
            : bytes is [not 0, 0, ..] ? new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true)
            : new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        using var reader = new StreamReader(new MemoryStream(bytes), encoding, detectEncodingFromByteOrderMarks: true);
        return reader.ReadToEnd();
    }

    private static string Suggestion(string name, IEnumerable<string> known)
    {
        var (near, distance) = known.Select(flag => (Name: flag[2..], Distance: EditDistance(flag[2..], name)))
            .OrderBy(one => one.Distance).ThenBy(one => one.Name, StringComparer.Ordinal).First();
        return distance <= Math.Max(1, name.Length / 3) ? $"; did you mean \"{near}\"?" : "";
    }

    /// <summary>Letters to put in, take out or change to make one word the other (Levenshtein); a capital or _ for - counts for nothing.</summary>
    private static int EditDistance(string a, string b)
    {
        (a, b) = (Folded(a), Folded(b));
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }
        return row[^1];

        static string Folded(string word) => word.ToLowerInvariant().Replace('_', '-');
    }

    private static UserErrorException Usage(string message) => new(message, UserErrorException.Usage);
}
