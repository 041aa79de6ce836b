using System.Globalization;
using Spectre.Console;

namespace MiniBatch.Launcher.Bench;

/// <summary>Shows a benchmark to people.</summary>
public static class BenchTable
{
    private const string None = "–";

    /// <summary>Writes the tables, how to read them, and where it was measured.</summary>
    public static void Write(IAnsiConsole console, BenchResult result)
    {
        Write(console, ["workload", "system", "samples/s", "(min–max)", "steps/s", "of loops", "vs DDP", "1st epoch", "1st step"], result.Rows.Select(Cells));
        Write(
            console, ["workload", "system", "step µs", "compute", "send", "wait", "apply", "between", "cores", "faults", "switches"],
            result.Rows.Select(StepCells));
        foreach (var line in Legend(result)) console.WriteLine(line);
    }

    /// <summary>The texts of a row: how fast.</summary>
    public static IReadOnlyList<string> Cells(BenchRow row) =>
    [
        row.Workload,
        row.System,
        Whole(row.SamplesPerSecond.Median),
        $"({Whole(row.SamplesPerSecond.Min)}–{Whole(row.SamplesPerSecond.Max)})",
        Few(row.StepsPerSecond),
        Ratio(row.RatioToLoops),
        Ratio(row.RatioToDdp),
        Ratio(row.RatioOfFirstEpoch),
        row.FirstStepSeconds is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s") : None,
    ];

    /// <summary>The texts of a row: where a step's time goes, and what it takes of the machine.</summary>
    public static IReadOnlyList<string> StepCells(BenchRow row)
    {
        var step = row.Step;
        return
        [
            row.Workload,
            row.System,
            Whole(step?.Whole), Whole(step?.Compute), Whole(step?.Send), Whole(step?.Wait), Whole(step?.Apply), Whole(step?.Between),
            Used(use => use.OwnCores, "0.00"),
            Used(use => use.PageFaults / row.StepsPerSecond, "0.0"),
            Used(use => use.ContextSwitches / row.StepsPerSecond, "0.0"),
        ];

        string Used(Func<MachineUse, double> what, string format) =>
            row.Use.Count > 0 ? Spread.Of(row.Use.Select(what)).Median.ToString(format, CultureInfo.InvariantCulture) : None;
    }

    /// <summary>Who disturbed the measurements, or null.</summary>
    public static string? Disturbance(BenchResult result)
    {
        var disturbed = result.Rows
            .SelectMany(row => row.Use.Select(use => (Row: row, Use: use)))
            .Where(one => one.Use.IsDisturbed(result.Machine.Cores))
            .ToArray();
        if (disturbed.Length == 0) return null;
        var (worst, use) = disturbed.MaxBy(one => one.Use.TakenCores);
        var measurements = disturbed.Length == 1 ? "one measurement" : $"{disturbed.Length} measurements";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"This machine was busy: in {measurements} others took cores, at most {use.OtherCores:0.00} and its host {use.StolenCores:0.00} of {result.Machine.Cores}"
            + $" ({worst.Workload}, {worst.System}). Don't believe the figures; measure again when it is idle.");
    }

    private static void Write(IAnsiConsole console, string[] columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns(columns);
        for (var number = 2; number < table.Columns.Count; number++) table.Columns[number].RightAligned();
        foreach (var row in rows) table.AddRow(row.Select(Markup.Escape).ToArray());
        console.Write(table);
    }

    private static IEnumerable<string> Legend(BenchResult result)
    {
        yield return $"Training alone, one thread a process, {result.GlobalBatch} samples a step, MiniBatch in {result.Slots} slots:"
            + $" the median of {result.Rounds} interleaved round{(result.Rounds == 1 ? "" : "s")}. of loops: over as many C# loops as processes compute."
            + " vs DDP: above 1 is faster than PyTorch DDP. 1st epoch: its speed over the last one's. 1st step: from the start of the first process.";
        yield return "Of a step, medians: compute of the worker that came last; send, with its waking; what the others waited for it; apply, from the last gradient"
            + " to the commit; between, from there to the next step. cores, page faults and context switches a step: of all processes.";
        yield return $"{result.Machine}; computed on {result.Device}";
        foreach (var engine in result.Rows.Select(row => row.Engine).Distinct()) yield return engine;
        if (Disturbance(result) is { } disturbance) yield return disturbance;
    }

    private static string Whole(double? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? None;

    private static string Few(double number) => number.ToString(number < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    private static string Ratio(double? ratio) => ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? None;
}
