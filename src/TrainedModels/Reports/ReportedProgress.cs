using System.Globalization;
using MiniBatch.Shared.Runs;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>How far a run came and how it stands: by its summary, or where it has written none yet, by its ledger and epochs.</summary>
/// <param name="Outcome">"completed", "failed", "stopped" or "unfinished".</param>
/// <param name="Reason">One line.</param>
/// <param name="Steps">Of which every slot is applied.</param>
/// <param name="Workers">With a summary the most that took part at once, else all that the ledger names.</param>
/// <param name="Epochs">Those that are done.</param>
/// <param name="SamplesPerSecond">Of training alone; null before the first epoch's end.</param>
public sealed record ReportedProgress(
    string Outcome, string Reason, long Steps, int Workers, IReadOnlyList<EpochSummary> Epochs, double? SamplesPerSecond)
{
    /// <summary>After the last epoch that was evaluated.</summary>
    public double? TestAccuracy => LastEvaluated?.TestAccuracy;

    /// <summary>The last epoch that was evaluated.</summary>
    public EpochSummary? LastEvaluated => Epochs.LastOrDefault(epoch => epoch.TestLoss is not null);

    /// <summary>Of a run that has ended.</summary>
    public static ReportedProgress Of(RunSummary summary) =>
        new(summary.Outcome, summary.Reason, summary.Steps, summary.Workers, summary.Epochs, summary.SamplesPerSecond);

    /// <summary>Of a run without a summary: its coordinator was killed, or is still at work.</summary>
    public static ReportedProgress OfUnfinished(RunDirectory directory, RunSpec spec, LedgerDigest ledger)
    {
        IReadOnlyList<EpochSummary> epochs = File.Exists(directory.Epochs) ? [.. File.ReadLines(directory.Epochs).Select(ReadEpoch).OfType<EpochSummary>()] : [];
        var seconds = epochs.Sum(epoch => epoch.Seconds);
        return new ReportedProgress(
            "unfinished", $"it has written no summary: it is under way, or was killed and goes on with ./cluster train --resume {directory.Root}",
            (spec.FirstVersion + ledger.Updates) / spec.Mode.UpdatesPerStep(spec.Slots), ledger.Workers.Count, epochs,
            seconds > 0 ? epochs.Sum(epoch => epoch.Seconds * epoch.SamplesPerSecond) / seconds : null);
    }

    /// <summary>A line of epochs.csv; null of its heading, and of one that a crash tore.</summary>
    private static EpochSummary? ReadEpoch(string line)
    {
        var fields = line.Split(',');
        return fields.Length == 6 && int.TryParse(fields[0], CultureInfo.InvariantCulture, out var epoch)
            && Number(fields[4]) is { } seconds && Number(fields[5]) is { } samplesPerSecond
            ? new EpochSummary(epoch, Number(fields[1]), Number(fields[2]), Number(fields[3]), seconds, samplesPerSecond)
            : null;
    }

    private static double? Number(string field) => double.TryParse(field, CultureInfo.InvariantCulture, out var value) ? value : null;
}
