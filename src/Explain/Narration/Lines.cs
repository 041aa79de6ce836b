namespace MiniBatch.Explain.Narration;

/// <summary>Puts text into lines of at most 100 columns.</summary>
internal static class Lines
{
    /// <summary>As wide as a page, a terminal side by side with slides, or a diff.</summary>
    public const int Columns = 100;

    private static readonly string[] GoodBreaks = [" + ", " = ", "; ", ", "];

    /// <summary>Breaks between terms where there are some, else at a space; lines after the first are indented.</summary>
    /// <param name="text">One line of any length; spaces at its beginning stay.</param>
    /// <param name="indent">Columns before each further line.</param>
    public static IEnumerable<string> Wrap(string text, int indent = 6)
    {
        while (text.Length > Columns)
        {
            // The break comes before an operator, and after a comma.
            var end = GoodBreaks.Max(mark => text.LastIndexOf(mark, Columns - 1, StringComparison.Ordinal) + (mark[0] == ' ' ? 0 : 1));
            if (end <= Columns / 2) end = text.LastIndexOf(' ', Columns);
            if (end <= indent) break;   // one long word
            yield return text[..end].TrimEnd();
            text = new string(' ', indent) + text[(end + 1)..];
        }
        yield return text;
    }

    /// <summary>Cells in columns, two spaces apart; the first column is indented.</summary>
    public static IEnumerable<string> Table(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = Enumerable.Range(0, rows.Max(row => row.Count)).Select(c => rows.Max(row => c < row.Count ? row[c].Length : 0)).ToArray();
        return rows.Select(row => $"  {string.Join("  ", row.Select((cell, c) => cell.PadRight(widths[c])))}".TrimEnd());
    }
}
