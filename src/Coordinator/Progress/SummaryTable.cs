using System.Globalization;
using MiniBatch.Shared.Runs;
using Spectre.Console;

namespace MiniBatch.Coordinator.Progress;

/// <summary>The table that a run ends with.</summary>
public static class SummaryTable
{
    private const int RowsMax = 25;

    /// <summary>Writes it.</summary>
    public static void Write(IAnsiConsole console, RunSummary summary, RunDirectory directory)
    {
        if (summary.Epochs.Count > 0)
        {
            var table = new Table().Border(TableBorder.Rounded)
                .AddColumns("epoch", "train loss", "test loss", "test accuracy", "seconds", "samples/s");
            foreach (var column in table.Columns) column.RightAligned();
            foreach (var epoch in Shown(summary.Epochs))
            {
                table.AddRow(
                    Text($"{epoch.Epoch}"), LossText.Of(epoch.TrainLoss), epoch.TestLoss is null ? "" : LossText.Of(epoch.TestLoss),
                    Text($"{epoch.TestAccuracy:0.0000}"), Text($"{epoch.Seconds:0.0}"), Text($"{epoch.SamplesPerSecond:N0}"));
            }
            console.Write(table);
        }
        Line(console, "outcome", $"{summary.Outcome}: {summary.Reason}");
        if (summary.TestAccuracy is { } accuracy) Line(console, "test accuracy", Text($"{accuracy:0.0000}"));
        Line(console, "steps", Text($"{summary.Steps:N0} of {summary.GlobalBatch} samples in {summary.Slots} slots"));
        if (!summary.Mode.IsSynchronous) Line(console, "updates", Text($"{summary.Updates:N0}, one a slot on arrival ({summary.Mode})"));
        if (summary.UpdatesSkipped > 0) Line(console, "left out", Text($"{summary.UpdatesSkipped:N0} updates that were not finite"));
        if (summary.UpdatesClipped > 0) Line(console, "clipped", Text($"the gradients of {summary.UpdatesClipped:N0} of {summary.Updates:N0} updates"));
        if (summary.Staleness is { } staleness) Line(console, "staleness", Text($"{staleness.Mean:0.00} updates at the mean, {staleness.Max} at most  {Histogram(staleness.Slots)}"));
        Line(console, "workers", Text($"{summary.Workers} ({summary.Device})"));
        Line(console, "faults", Text($"{summary.Faults.Seen} seen, {summary.Faults.SlotsReassigned} slots reassigned, {summary.Faults.StepsRedone} steps redone, {summary.Faults.DuplicatesDropped} duplicates dropped"));
        if (summary.ParametersSha256.Length > 0)
        {
            Line(console, "parameters", Text($"{summary.ParameterCount:N0}  sha256 {summary.ParametersSha256}"));
            Line(console, "state", $"sha256 {summary.StateSha256}");
        }
        Line(console, "time", Text($"{summary.Seconds:0.0} s in all"));
        Line(console, "run directory", directory.Root);
    }

    // Never wrapped: hashes and paths are there to be copied.
    private static void Line(IAnsiConsole console, string name, string value) =>
        console.Profile.Out.Writer.WriteLine($"{name,-14} {value}");

    /// <summary>Epochs that were evaluated, of these as many as one screen has, the last always.</summary>
    private static IEnumerable<EpochSummary> Shown(IReadOnlyList<EpochSummary> epochs)
    {
        var evaluated = epochs.Where(epoch => epoch.TestLoss is not null).ToList();
        var every = (evaluated.Count + RowsMax - 1) / RowsMax;
        return evaluated.Where((_, i) => (evaluated.Count - 1 - i) % every == 0);
    }

    /// <summary>Slots by their staleness 0, 1, 2, …: a block each, as high as its share of the highest.</summary>
    private static string Histogram(IReadOnlyList<long> slots)
    {
        const string blocks = "▁▂▃▄▅▆▇█";
        var shown = slots.Take(32).ToList();
        var most = Math.Max(1, shown.Max());
        return string.Concat(shown.Select(count => count == 0 ? ' ' : blocks[(int)(count * (blocks.Length - 1) / most)])) + (slots.Count > 32 ? "…" : "");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
