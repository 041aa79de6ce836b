namespace MiniBatch.Shared.CommandLine;

/// <summary>Text in lines of limited width.</summary>
public static class WrappedText
{
    /// <summary>The words, as many a line as go; a word that is longer than a line has one of its own.</summary>
    /// <param name="text">Words apart by spaces.</param>
    /// <param name="width">Columns of a line.</param>
    /// <returns>At least one line, though it be empty.</returns>
    public static IEnumerable<string> Lines(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }
            line += line.Length > 0 ? $" {word}" : word;
        }
        yield return line;
    }
}
