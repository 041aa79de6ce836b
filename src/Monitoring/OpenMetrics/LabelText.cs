using System.Buffers;

namespace MiniBatch.Monitoring.OpenMetrics;

/// <summary>Writes labels as the format has them, into the same memory again and again. Used under a lock.</summary>
internal sealed class LabelText
{
    private readonly ArrayBufferWriter<char> _text = new(128);
    private readonly string _first;

    /// <param name="first">Tags that come before the others, always.</param>
    public LabelText(IEnumerable<KeyValuePair<string, object?>>? first = null)
    {
        _first = "";
        _first = Write([.. first ?? []]).ToString();
    }

    /// <summary>The tags as labels; valid until the next call.</summary>
    /// <param name="tags">In the order in which they are written.</param>
    /// <param name="other">Written for every value, where it is given.</param>
    public ReadOnlySpan<char> Write(ReadOnlySpan<KeyValuePair<string, object?>> tags, string? other = null)
    {
        _text.Clear();
        _text.Write(_first);
        foreach (var (name, value) in tags)
        {
            if (_text.WrittenCount > 0) _text.Write(",");
            _text.Write(name);
            _text.Write("=\"");
            Escape(other ?? value as string ?? value?.ToString() ?? "");
            _text.Write("\"");
        }
        return _text.WrittenSpan;
    }

    private void Escape(string value)
    {
        foreach (var c in value)
        {
            switch (c)
            {
                case '\\': _text.Write("\\\\"); break;
                case '"': _text.Write("\\\""); break;
                case '\n': _text.Write("\\n"); break;
                default: _text.Write([c]); break;
            }
        }
    }
}
