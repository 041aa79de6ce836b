using System.Globalization;
using Spectre.Console;

namespace MiniBatch.Launcher.Bench;

/// <summary>Shows a benchmark to people.</summary>
public static class BenchTable
{
    /// <summary>Writes the table, how to read it, and where it was measured.</summary>
    public static void Write(IAnsiConsole console, BenchResult result)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("workload", "system", "samples/s", "(min–max)", "steps/s", "vs DDP");
        for (var number = 2; number < table.Columns.Count; number++) table.Columns[number].RightAligned();
        foreach (var row in result.Rows) table.AddRow(Cells(row).Select(Markup.Escape).ToArray());
        console.Write(table);
        foreach (var line in Legend(result)) console.WriteLine(line);
    }

    /// <summary>The texts of a row.</summary>
    public static IReadOnlyList<string> Cells(BenchRow row) =>
    [
        row.Workload,
        row.System,
        Whole(row.SamplesPerSecond.Median),
        $"({Whole(row.SamplesPerSecond.Min)}–{Whole(row.SamplesPerSecond.Max)})",
        row.StepsPerSecond.ToString(row.StepsPerSecond < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture),
        row.RatioToDdp is { } ratio ? ratio.ToString("0.00", CultureInfo.InvariantCulture) : "–",
    ];

    private static IEnumerable<string> Legend(BenchResult result)
    {
        yield return $"Training alone, one thread a process, {result.GlobalBatch} samples a step, MiniBatch in {result.Slots} slots:"
            + $" the median of {result.Rounds} interleaved round{(result.Rounds == 1 ? "" : "s")}. vs DDP: above 1 is faster than PyTorch DDP.";
        yield return $"{result.Machine}; computed on {result.Device}";
        foreach (var engine in result.Rows.Select(row => row.Engine).Distinct()) yield return engine;
    }

    private static string Whole(double number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
