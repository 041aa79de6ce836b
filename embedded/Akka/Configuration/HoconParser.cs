using System.Text;

namespace Akka.Configuration;

/// <summary>
/// Reads the part of HOCON that configurations of this program use: nested objects, dotted and quoted keys,
/// '=' and ':' (or neither before '{'), quoted, triple-quoted and bare values, lists, comments with # and //.
/// What it does not read (substitutions, includes, '+=') is refused by name, never taken for a text.
/// </summary>
internal sealed class HoconParser
{
    private readonly string _text;
    private int _at;

    private HoconParser(string text) => _text = text;

    /// <exception cref="ConfigurationException">The text is no HOCON of this subset; the message has line and column.</exception>
    public static HoconObject Parse(string text)
    {
        var parser = new HoconParser(text);
        parser.SkipBlank();
        var root = parser.Accept('{') ? parser.Fields('}') : parser.Fields(null);
        parser.SkipBlank();
        if (!parser.AtEnd) throw parser.Wrong($"unexpected '{parser.Peek}' after the end of the configuration");
        return root;
    }

    private bool AtEnd => _at >= _text.Length;

    private char Peek => AtEnd ? '\0' : _text[_at];

    private HoconObject Fields(char? close)
    {
        var fields = new HoconObject();
        while (true)
        {
            SkipBlank();
            if (close is { } end && Accept(end)) return fields;
            if (AtEnd) return close == null ? fields : throw Wrong($"'{close}' is missing");
            if (Peek is '}' or ']' or ',' or '=' or ':') throw Wrong($"a key was expected, not '{Peek}'");
            Field(fields);
        }
    }

    private void Field(HoconObject into)
    {
        var path = Key();
        SkipBlank();
        if (Looking("+=")) throw Wrong("'+=' is not supported");
        if (Peek != '{' && !Accept('=') && !Accept(':')) throw Wrong($"'=', ':' or '{{' was expected after key '{string.Join('.', path)}'");
        SkipBlank();
        var value = Value(out var isObject);
        into.Descend(path[..^1]).Put(path[^1], value);
        SkipSpaces();
        // Akka.NET's own parser stumbles over it, and what passes here must pass there.
        if (isObject && Peek == ',') throw Wrong("a comma after '}' is not accepted");
        if (!Accept(',') && !AtEnd && Peek is not ('\n' or '\r' or '}' or '#') && !Looking("//"))
            throw Wrong($"a new line, ',' or '}}' was expected, not '{Peek}'");
    }

    private List<string> Key()
    {
        var path = new List<string>();
        do
        {
            SkipSpaces();
            path.Add(Peek == '"' ? Quoted() : BareKey());
            SkipSpaces();
        }
        while (Accept('.'));
        if (path is ["include"]) throw Wrong("'include' is not supported");
        return path;
    }

    private string BareKey()
    {
        var from = _at;
        while (!AtEnd && (char.IsLetterOrDigit(Peek) || Peek is '-' or '_' or '/' or '$' or '*')) _at++;
        return _at > from ? _text[from.._at] : throw Wrong(AtEnd ? "a key is missing" : $"'{Peek}' cannot be in a key without quotes");
    }

    private HoconNode Value(out bool isObject)
    {
        isObject = Accept('{');
        if (isObject) return Fields('}');
        return Accept('[') ? Items() : Scalar();
    }

    private HoconList Items()
    {
        var items = new List<HoconNode>();
        while (true)
        {
            SkipBlank();
            if (Accept(']')) return new HoconList(items);
            if (AtEnd) throw Wrong("']' is missing");
            items.Add(Value(out _));
            SkipSpaces();
            if (!Accept(',') && Peek is not (']' or '\n' or '\r' or '#') && !Looking("//"))
                throw Wrong(AtEnd ? "']' is missing" : $"',' or ']' was expected, not '{Peek}'");
        }
    }

    /// <summary>Quoted and bare pieces up to the end of the value; pieces that stand together are one text.</summary>
    private HoconText Scalar()
    {
        var text = new StringBuilder();
        var kept = 0; // What a quoted piece ends with stays, spaces too; trailing spaces of a bare piece go.
        var any = false;
        while (!AtEnd && Peek is not (',' or '}' or ']' or '\n' or '\r' or '#') && !Looking("//"))
        {
            any = true;
            if (Peek == '"')
            {
                text.Append(Quoted());
                kept = text.Length;
                continue;
            }
            if (Looking("${")) throw Wrong("substitutions (${...}) are not supported");
            if (Peek is '{' or '[' or '=' or ':' && !IsBareColon()) throw Wrong($"'{Peek}' cannot be in a value without quotes");
            if (!char.IsWhiteSpace(Peek)) kept = text.Length + 1;
            text.Append(_text[_at++]);
        }
        return any ? new HoconText(text.ToString(0, kept)) : throw Wrong("a value is missing");
    }

    /// <summary>"akka.tcp://system@host:80" is commonly written bare; Akka.NET takes the colon there, and so does this.</summary>
    private bool IsBareColon() => Peek == ':' && _at + 1 < _text.Length && !char.IsWhiteSpace(_text[_at + 1]);

    private string Quoted()
    {
        if (Looking("\"\"\"")) return TripleQuoted();
        var opened = _at++;
        var text = new StringBuilder();
        while (Peek != '"')
        {
            if (AtEnd || Peek is '\n' or '\r')
            {
                _at = opened;
                throw Wrong("this quote is not closed");
            }
            text.Append(Peek == '\\' ? Escape() : _text[_at++]);
        }
        _at++;
        return text.ToString();
    }

    private string TripleQuoted()
    {
        var end = _text.IndexOf("\"\"\"", _at + 3, StringComparison.Ordinal);
        if (end < 0) throw Wrong("this triple quote is not closed");
        var text = _text[(_at + 3)..end];
        _at = end + 3;
        return text;
    }

    private char Escape()
    {
        _at++;
        var code = Peek;
        _at++;
        switch (code)
        {
            case '"' or '\\' or '/': return code;
            case 'n': return '\n';
            case 't': return '\t';
            case 'r': return '\r';
            case 'b': return '\b';
            case 'f': return '\f';
            case 'u' when _at + 4 <= _text.Length && ushort.TryParse(_text.AsSpan(_at, 4),
                System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var unit):
                _at += 4;
                return (char)unit;
            default:
                _at -= 2;
                throw Wrong($"unknown escape '\\{code}'");
        }
    }

    private void SkipSpaces()
    {
        while (Peek is ' ' or '\t') _at++;
    }

    private void SkipBlank()
    {
        while (!AtEnd)
        {
            if (char.IsWhiteSpace(Peek)) _at++;
            else if (Peek == '#' || Looking("//")) SkipLine();
            else return;
        }
    }

    private void SkipLine()
    {
        while (!AtEnd && Peek != '\n') _at++;
    }

    private bool Looking(string at) => string.CompareOrdinal(_text, _at, at, 0, at.Length) == 0;

    private bool Accept(char wanted)
    {
        if (AtEnd || Peek != wanted) return false;
        _at++;
        return true;
    }

    private ConfigurationException Wrong(string what)
    {
        var before = _text.AsSpan(0, Math.Min(_at, _text.Length));
        return new ConfigurationException(
            $"HOCON, line {before.Count('\n') + 1}, column {before.Length - before.LastIndexOf('\n')}: {what}.");
    }
}
