using System.Globalization;

namespace Akka.Configuration;

/// <summary>A parsed configuration: immutable, read by dotted paths ("akka.remote.dot-netty.tcp.port").</summary>
/// <remarks>
/// A reader gives its default where the path has no value, and throws <see cref="ConfigurationException"/> that names
/// path and value where the value is not of the wanted type.
/// </remarks>
public class Config
{
    /// <summary>Has no value at any path.</summary>
    public static readonly Config Empty = new();

    internal Config(HoconObject root) => Tree = root;

    /// <summary>An empty configuration.</summary>
    public Config() : this(new HoconObject()) { }

    /// <summary><paramref name="source"/> where it has a value, <paramref name="fallback"/> elsewhere.</summary>
    public Config(Config source, Config fallback) : this((HoconObject)source.Tree.Over(fallback.Tree)) { }

    internal HoconObject Tree { get; }

    /// <summary>True where no key was given.</summary>
    public virtual bool IsEmpty => Tree.Fields.Count == 0;

    /// <summary>Parses a text: <c>Config config = "akka.loglevel = DEBUG"</c>.</summary>
    public static implicit operator Config(string str) => ConfigurationFactory.ParseString(str);

    /// <summary>This configuration where it has a value, <paramref name="fallback"/> elsewhere; objects are merged.</summary>
    public virtual Config WithFallback(Config fallback) => new(this, fallback);

    /// <summary>The part below <paramref name="path"/>; null where there is none, as in Akka.NET.</summary>
    public virtual Config GetConfig(string path) => Find(path) is HoconObject part ? new Config(part) : null!;

    /// <summary>True where the path has any value.</summary>
    public virtual bool HasPath(string path) => Find(path) != null;

    /// <summary>A text; numbers and booleans as they were written.</summary>
    public virtual string GetString(string path, string? @default = null) => Text(path) ?? @default!;

    /// <summary>A 32-bit integer.</summary>
    public virtual int GetInt(string path, int @default = 0) =>
        Read(path, @default, "an integer", text => int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));

    /// <summary>A 64-bit integer.</summary>
    public virtual long GetLong(string path, long @default = 0) =>
        Read(path, @default, "an integer", text => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));

    /// <summary>A floating-point number, always with a decimal point.</summary>
    public virtual double GetDouble(string path, double @default = 0) =>
        Read(path, @default, "a number", text => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));

    /// <summary>true, on, yes; false, off, no.</summary>
    public virtual bool GetBoolean(string path, bool @default = false) => Read(path, @default, "a boolean", text => text switch
    {
        "true" or "on" or "yes" => true,
        "false" or "off" or "no" => false,
        _ => throw new FormatException(),
    });

    /// <summary>A duration: "250ms", "3 s", "2 minutes"; a bare number is milliseconds, "infinite" is -1 ms.</summary>
    public virtual TimeSpan GetTimeSpan(string path, TimeSpan? @default = null, bool allowInfinite = true) =>
        Read(path, @default ?? TimeSpan.Zero, "a duration", text => HoconUnits.Duration(text, allowInfinite));

    /// <summary>A size in bytes: "128000b", "64 KiB", "1m"; null where the path has none.</summary>
    public virtual long? GetByteSize(string path) => GetByteSize(path, null);

    /// <summary>A size in bytes: "128000b", "64 KiB", "1m".</summary>
    public virtual long? GetByteSize(string path, long? def = null) => Read(path, def, "a size", text => HoconUnits.Bytes(text));

    /// <summary>A list of texts; empty where the path has none.</summary>
    public virtual IList<string> GetStringList(string path) => GetStringList(path, []);

    /// <summary>A list of texts.</summary>
    public virtual IList<string> GetStringList(string path, string[] defaultPaths) => Find(path) switch
    {
        null => defaultPaths,
        HoconList list when list.Items.All(item => item is HoconText) => list.Items.Select(item => ((HoconText)item).Text).ToList(),
        var other => throw Wrong(path, "a list of texts", other),
    };

    /// <summary>The configuration as HOCON.</summary>
    public override string ToString() => Tree.ToString();

    /// <summary>Keys with their texts directly below <paramref name="path"/>; what is not a text is left out.</summary>
    internal IEnumerable<KeyValuePair<string, string>> TextsBelow(string path) =>
        Find(path) is HoconObject part
            ? part.Fields.Where(field => field.Value is HoconText).Select(field => KeyValuePair.Create(field.Key, ((HoconText)field.Value).Text))
            : [];

    private HoconNode? Find(string path) => Tree.Find(HoconUnits.SplitPath(path)) is var node && node is HoconText { Text: "null" } ? null : node;

    private string? Text(string path) => Find(path) switch
    {
        null => null,
        HoconText text => text.Text,
        var other => throw Wrong(path, "a text", other),
    };

    private T Read<T>(string path, T fallback, string kind, Func<string, T> read)
    {
        if (Text(path) is not { } text) return fallback;
        try
        {
            return read(text);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw Wrong(path, kind, new HoconText(text));
        }
    }

    private static ConfigurationException Wrong(string path, string wanted, HoconNode found) =>
        new($"Configuration '{path}' must be {wanted}, not {found}.");
}
