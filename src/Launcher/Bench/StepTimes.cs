using MiniBatch.Shared.Ledger;

namespace MiniBatch.Launcher.Bench;

/// <summary>
/// Where a step's time goes, in microseconds, from what the ledger has of each. Medians, each of its own, so that they need not add
/// up.
/// </summary>
/// <param name="Whole">From opening to commit.</param>
/// <param name="Compute">Forward, loss and backward of the worker whose gradient came last: all wait for it.</param>
/// <param name="Send">What is left of that worker's time: orders and parameters on their way to it, its waking, its gradient's way back.</param>
/// <param name="Wait">What the others waited for it, in the mean; 0 where there are none.</param>
/// <param name="Apply">From the last gradient to the commit: averaging and update.</param>
/// <param name="Between">From a commit to the next opening; the mean, for the ledger does not have it.</param>
public sealed record StepTimes(double Whole, double Compute, double Send, double Wait, double Apply, double Between)
{
    private const double MicrosecondsPerMillisecond = 1000;
    private const double MicrosecondsPerSecond = 1e6;

    /// <summary>Of these steps.</summary>
    /// <param name="lines">At least one.</param>
    /// <param name="seconds">That they took together.</param>
    public static StepTimes Of(IReadOnlyList<LedgerLine> lines, double seconds)
    {
        var shares = lines.Select(StepShare.Of).ToArray();
        var last = shares.Select(step => step.MinBy(share => share.Wait)).ToArray();
        return new StepTimes(
            Median(lines.Select(line => line.Milliseconds)),
            Median(last.Select(share => share.Compute)),
            Median(last.Select(share => share.Send)),
            Median(shares.Select(step => step.Count == 1 ? 0 : step.Sum(share => share.Wait) / (step.Count - 1))),
            Median(last.Select(share => share.Apply)),
            Math.Max(0, seconds * MicrosecondsPerSecond / lines.Count - lines.Average(line => line.Milliseconds) * MicrosecondsPerMillisecond));

        static double Median(IEnumerable<double> milliseconds) => Spread.Of(milliseconds).Median * MicrosecondsPerMillisecond;
    }

    /// <summary>The medians of several measurements' parts.</summary>
    public static StepTimes Median(IReadOnlyList<StepTimes> rounds)
    {
        return new StepTimes(Of(one => one.Whole), Of(one => one.Compute), Of(one => one.Send), Of(one => one.Wait), Of(one => one.Apply), Of(one => one.Between));

        double Of(Func<StepTimes, double> part) => Spread.Of(rounds.Select(part)).Median;
    }
}
