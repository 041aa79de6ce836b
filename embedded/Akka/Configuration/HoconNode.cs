using System.Text;

namespace Akka.Configuration;

/// <summary>A value of a parsed configuration: an object, a list or a text.</summary>
internal abstract class HoconNode
{
    /// <summary>This node where it has a value, and what <paramref name="fallback"/> adds where it has none.</summary>
    public virtual HoconNode Over(HoconNode? fallback) => this;
}

/// <summary>A scalar as it was written, without its quotes; typed on reading.</summary>
internal sealed class HoconText(string text) : HoconNode
{
    public string Text { get; } = text;

    public override string ToString() => $"\"{Text.Replace("\\", @"\\").Replace("\"", "\\\"")}\"";
}

/// <summary>A list; items are any nodes.</summary>
internal sealed class HoconList(IReadOnlyList<HoconNode> items) : HoconNode
{
    public IReadOnlyList<HoconNode> Items { get; } = items;

    public override string ToString() => $"[{string.Join(", ", Items)}]";
}

/// <summary>An object: keys in the order in which they were first written. Mutated by the parser only.</summary>
internal sealed class HoconObject : HoconNode
{
    private readonly Dictionary<string, HoconNode> _fields = [];

    public IReadOnlyDictionary<string, HoconNode> Fields => _fields;

    /// <summary>The later value wins; two objects are merged.</summary>
    public void Put(string key, HoconNode value) =>
        _fields[key] = _fields.TryGetValue(key, out var before) ? value.Over(before) : value;

    /// <summary>The object at a dotted path below this one, made where it is missing.</summary>
    public HoconObject Descend(IEnumerable<string> keys)
    {
        var at = this;
        foreach (var key in keys)
        {
            if (!at._fields.TryGetValue(key, out var next) || next is not HoconObject inner)
                at._fields[key] = inner = new HoconObject();
            at = inner;
        }
        return at;
    }

    public HoconNode? Find(IEnumerable<string> keys)
    {
        HoconNode? at = this;
        foreach (var key in keys)
            at = (at as HoconObject)?._fields.GetValueOrDefault(key);
        return at;
    }

    public override HoconNode Over(HoconNode? fallback)
    {
        if (fallback is not HoconObject other) return this;
        var merged = new HoconObject();
        foreach (var (key, value) in other._fields) merged._fields[key] = value;
        foreach (var (key, value) in _fields) merged._fields[key] = value.Over(other._fields.GetValueOrDefault(key));
        return merged;
    }

    public override string ToString()
    {
        var text = new StringBuilder("{ ");
        foreach (var (key, value) in _fields) text.Append('"').Append(key).Append("\" : ").Append(value).Append('\n');
        return text.Append('}').ToString();
    }
}
