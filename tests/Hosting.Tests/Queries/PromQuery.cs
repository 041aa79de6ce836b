using System.Globalization;
using System.Text.RegularExpressions;

namespace MiniBatch.Hosting.Tests.Queries;

/// <summary>A query of Prometheus, or a part of one.</summary>
internal abstract record PromQuery
{
    /// <summary>Series of a metric; with a range, the samples of each over some time.</summary>
    public sealed record Selector(string Metric, IReadOnlyList<string> Labels, bool HasRange) : PromQuery;

    /// <summary>A function: <c>rate(…)</c>.</summary>
    public sealed record Call(string Function, IReadOnlyList<PromQuery> Arguments) : PromQuery;

    /// <summary>Many series made fewer: <c>sum by (worker) (…)</c>.</summary>
    public sealed record Aggregation(string Operator, Grouping Grouping, PromQuery Of) : PromQuery;

    /// <summary>Series of two sides, paired by their labels: <c>a / on (instance) b</c>.</summary>
    public sealed record Pairing(string Operator, Grouping Grouping, PromQuery Left, PromQuery Right) : PromQuery;

    /// <summary>A number.</summary>
    public sealed record Number(double Value) : PromQuery;

    /// <summary>Reads one.</summary>
    /// <exception cref="FormatException">It is none, or has what no query here has had yet.</exception>
    public static PromQuery Parse(string text) => new PromQueryParser(text).Query();
}

/// <summary>Which labels count: <c>by</c> or <c>on</c> these alone, <c>without</c> or <c>ignoring</c> them; with neither, all.</summary>
/// <param name="Labels">Null for all.</param>
/// <param name="IsComplement">All others.</param>
/// <param name="ManyToOne"><c>group_left</c>: several series on the left have the same one on the right.</param>
internal sealed record Grouping(IReadOnlyList<string>? Labels, bool IsComplement, bool ManyToOne = false);

/// <summary>Reads a query, by recursive descent.</summary>
/// <remarks>https://prometheus.io/docs/prometheus/latest/querying/basics/, operators/: without @, offset, bool, ^ and subqueries.</remarks>
internal sealed partial class PromQueryParser
{
    private static readonly string[][] Operators = [["or"], ["and", "unless"], ["==", "!=", "<", ">", "<=", ">="], ["+", "-"], ["*", "/", "%"]];

    private static readonly HashSet<string> Aggregations = ["sum", "avg", "min", "max", "count"];

    private readonly string _text;
    private readonly List<string> _words;
    private int _next;

    public PromQueryParser(string text)
    {
        _text = text;
        _words = [.. Word().Matches(text).Select(match => match.Value).Where(word => !string.IsNullOrWhiteSpace(word))];
    }

    public PromQuery Query()
    {
        var query = Pairing(0);
        return _next == _words.Count ? query : throw Unexpected();
    }

    private PromQuery Pairing(int level)
    {
        if (level == Operators.Length) return Operand();
        var left = Pairing(level + 1);
        while (Operators[level].Contains(Peek))
        {
            var name = Take();
            var grouping = Grouping("on", "ignoring");
            var manyToOne = Accept("group_left");
            if (manyToOne && Peek == "(" && _words.ElementAtOrDefault(_next + 1) == ")") _next += 2;   // takes no label over
            left = new PromQuery.Pairing(name, grouping with { ManyToOne = manyToOne }, left, Pairing(level + 1));
        }
        return left;
    }

    private PromQuery Operand()
    {
        if (Accept("("))
        {
            var inner = Pairing(0);
            Expect(")");
            return inner;
        }
        var word = Take();
        if (word == "Inf") return new PromQuery.Number(double.PositiveInfinity);
        if (double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return new PromQuery.Number(number);
        if (!char.IsLetter(word[0])) throw Unexpected();
        if (Aggregations.Contains(word)) return Aggregation(word);
        return Peek == "(" ? new PromQuery.Call(word, Arguments()) : Selector(word);
    }

    private PromQuery.Aggregation Aggregation(string name)
    {
        var grouping = Grouping("by", "without");
        // Neither: one series of all.
        if (grouping.Labels is null) grouping = new Grouping([], IsComplement: false);
        return new PromQuery.Aggregation(name, grouping, Arguments().Single());
    }

    private List<PromQuery> Arguments()
    {
        var arguments = new List<PromQuery>();
        Expect("(");
        do arguments.Add(Pairing(0));
        while (Accept(","));
        Expect(")");
        return arguments;
    }

    private PromQuery.Selector Selector(string metric)
    {
        var labels = new List<string>();
        if (Accept("{"))
        {
            do
            {
                labels.Add(Take());
                if (Take() is not ("=" or "!=" or "=~" or "!~") || Take()[0] != '"') throw Unexpected();
            }
            while (Accept(","));
            Expect("}");
        }
        var hasRange = Peek.StartsWith('[');
        if (hasRange) Take();
        return new PromQuery.Selector(metric, labels, hasRange);
    }

    private Grouping Grouping(string these, string others) =>
        Accept(these) ? new Grouping(Names(), IsComplement: false)
        : Accept(others) ? new Grouping(Names(), IsComplement: true)
        : new Grouping(null, IsComplement: false);

    private List<string> Names()
    {
        var names = new List<string>();
        Expect("(");
        while (!Accept(")"))
        {
            names.Add(Take());
            Accept(",");
        }
        return names;
    }

    private string Peek => _next < _words.Count ? _words[_next] : "";

    private string Take() => _next < _words.Count ? _words[_next++] : throw Unexpected();

    private bool Accept(string word)
    {
        if (Peek != word) return false;
        _next++;
        return true;
    }

    private void Expect(string word)
    {
        if (!Accept(word)) throw Unexpected();
    }

    private FormatException Unexpected() => new($"not expected at word {_next + 1} ({Peek}) of: {_text}");

    // The last alternative takes what belongs to nothing else, so that it is refused, not left out.
    [GeneratedRegex("""\s+|\[[^\]]+\]|"[^"]*"|[0-9]+(\.[0-9]+)?|[a-zA-Z_:][a-zA-Z0-9_:]*|[=!]~|[=!<>]=|.""")]
    private static partial Regex Word();
}
