using System.Xml.Linq;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>
/// Makes the elements of a page, which is XML and HTML at once: whatever text is put into it is escaped, and what is left open in
/// neither is closed in both.
/// </summary>
internal static class Html
{
    /// <summary>An element; attributes and content as XElement takes them.</summary>
    public static XElement El(string name, params object?[] content) => new(name, content, IsVoid(name) ? null : "");

    /// <summary>An element of a class.</summary>
    public static XElement Of(string kind, string name, params object?[] content) => El(name, [new XAttribute("class", kind), .. content]);

    /// <summary>A table with a line of names above; wide ones can be moved sideways.</summary>
    public static XElement Table(string kind, IEnumerable<string> head, IEnumerable<IEnumerable<object?>> rows) => Of("scroll", "div",
        Of(kind, "table",
            El("thead", El("tr", head.Select(name => El("th", new XAttribute("scope", "col"), name)))),
            El("tbody", rows.Select(row => El("tr", row.Select((cell, i) =>
                cell is XElement { Name.LocalName: "td" } whole ? whole : i == 0 ? El("th", new XAttribute("scope", "row"), cell) : El("td", cell)))))));

    /// <summary>Names and what they are.</summary>
    public static XElement Facts(string kind, IEnumerable<(string Name, object? Value)> facts) => Of(kind, "dl",
        facts.Select(fact => El("div", El("dt", fact.Name), El("dd", fact.Value))));

    /// <summary>A number without a culture: 39,800 or 0.9772.</summary>
    public static string Text(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>HTML knows these without an end.</summary>
    private static bool IsVoid(string name) => name is "meta" or "img" or "br";
}
