using System.Text;

namespace MiniBatch.Graphics.Plots;

/// <summary>
/// A plot as lines of text: braille dots in the series' colours. Without colours, where dots would not tell several series apart,
/// each has a letter-like mark of its own.
/// </summary>
public static class TerminalPlot
{
    /// <summary>Columns of the narrowest terminal in use.</summary>
    public const int Width = 80;

    private const int Rows = 16;
    private const string Indent = "  ";
    private const string Marks = "•x+o*#%@";

    /// <summary>The lines, none wider than <paramref name="width"/>.</summary>
    /// <param name="plot">What to draw.</param>
    /// <param name="colors">Whether escape sequences may colour it.</param>
    /// <param name="width">At least 40.</param>
    public static IReadOnlyList<string> Lines(Plot plot, bool colors, int width = Width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 40);
        var frame = PlotFrame.For(plot);
        var margin = frame.Y.Ticks.Max(tick => tick.Label.Length);
        var columns = width - Indent.Length - margin - 2;
        var cells = Cells(plot, frame, columns, colors);
        var labels = frame.Y.Ticks.ToLookup(tick => Row(frame.Y.At(tick.Value)), tick => tick.Label);

        var lines = new List<string> { Indent + plot.Title };
        if (plot.Series.Count > 1) lines.AddRange(Legend(plot.Series, width, colors));
        lines.Add(Indent + plot.Y.Label);
        for (var row = 0; row < Rows; row++)
        {
            var label = labels[row].FirstOrDefault();
            lines.Add($"{Indent}{(label ?? "").PadLeft(margin)} {(label is null ? '│' : '┤')}{cells[row]}".TrimEnd());
        }
        lines.Add($"{Indent}{"".PadLeft(margin)} └{Ruler(frame.X, columns)}");
        lines.Add(Indent + "".PadLeft(margin + 2) + RulerLabels(frame.X, columns));
        lines.Add(plot.X.Label.PadLeft(width).TrimEnd());
        return lines;
    }

    private static int Row(double place) => Rows - 1 - (int)Math.Round(place * (Rows - 1));

    private static int Column(double place, int columns) => (int)Math.Round(place * (columns - 1));

    private static string[] Cells(Plot plot, PlotFrame frame, int columns, bool colors)
    {
        var canvas = new BrailleCanvas(columns, Rows);
        var points = new Dictionary<(int Column, int Row), int>();
        for (var i = 0; i < plot.Series.Count; i++)
        {
            foreach (var part in frame.Curves(plot.Series[i]))
            {
                for (var p = 1; p < part.Count; p++) canvas.Line(part[p - 1], part[p], owner: i);
            }
            foreach (var mark in frame.Marks(plot.Series[i])) points[(Column(mark.X, columns), Row(mark.Y))] = i;
        }

        var areDots = colors || plot.Series.Count == 1;
        return [.. Enumerable.Range(0, Rows).Select(row => string.Concat(Enumerable.Range(0, columns).Select(column =>
            points.TryGetValue((column, row), out var marked) ? Painted(Mark(plot.Series, marked, colors), marked, colors)
            : canvas.OwnerAt(column, row) is var owner && owner < 0 ? " "
            : Painted(areDots ? canvas.CharacterAt(column, row) : Mark(plot.Series, owner, colors), owner, colors))))];
    }

    /// <summary>What stands for a series where its dots do not; with colours a point is one all the same.</summary>
    private static char Mark(IReadOnlyList<PlotSeries> series, int number, bool colors) =>
        !colors ? Marks[number % Marks.Length] : series[number].Shape == SeriesShape.Points ? '●' : '━';

    private static string Painted(char mark, int series, bool colors) =>
        colors ? $"\e[38;5;{PlotColors.InTerminal(series)}m{mark}\e[0m" : mark.ToString();

    private static IEnumerable<string> Legend(IReadOnlyList<PlotSeries> series, int width, bool colors)
    {
        var (line, length) = (new StringBuilder(Indent), Indent.Length);
        for (var i = 0; i < series.Count; i++)
        {
            var entryLength = 2 + series[i].Name.Length;
            if (length > Indent.Length && length + 3 + entryLength > width)
            {
                yield return line.ToString();
                (line, length) = (new StringBuilder(Indent), Indent.Length);
            }
            if (length > Indent.Length) (line, length) = (line.Append("   "), length + 3);
            line.Append(Painted(Mark(series, i, colors), i, colors)).Append(' ').Append(series[i].Name);
            length += entryLength;
        }
        yield return line.ToString();
    }

    private static string Ruler(AxisScale x, int columns)
    {
        var line = new StringBuilder().Append('─', columns);
        foreach (var tick in x.Ticks) line[Column(x.At(tick.Value), columns)] = '┴';
        return line.ToString();
    }

    /// <summary>Each label under the middle of its tick, as far as the edges allow; one that would touch its neighbour is left out.</summary>
    private static string RulerLabels(AxisScale x, int columns)
    {
        var line = new StringBuilder();
        foreach (var tick in x.Ticks)
        {
            var start = Math.Clamp(Column(x.At(tick.Value), columns) - (tick.Label.Length / 2), 0, columns - tick.Label.Length);
            if (line.Length > 0 && start <= line.Length) continue;
            line.Append(' ', start - line.Length).Append(tick.Label);
        }
        return line.ToString();
    }
}
