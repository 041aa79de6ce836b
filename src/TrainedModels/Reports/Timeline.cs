using MiniBatch.Shared.Ledger;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>What a worker was about.</summary>
public enum Activity
{
    /// <summary>Forward, loss, backward.</summary>
    Compute,

    /// <summary>Parameters and gradients travel.</summary>
    Send,

    /// <summary>Another worker of the same step is slower.</summary>
    Wait,

    /// <summary>Gradients are averaged and applied.</summary>
    Apply,
}

/// <summary>A stretch of a worker's time, in milliseconds from the timeline's beginning.</summary>
public readonly record struct TimelineBar(string Worker, Activity Activity, double From, double To, long Update);

/// <summary>What each worker did in some consecutive updates.</summary>
/// <param name="Workers">Lanes, in order.</param>
/// <param name="Bars">What is in them.</param>
/// <param name="Steps">Where a step begins; none where updates are applied on arrival.</param>
/// <param name="Milliseconds">Its length.</param>
public sealed record Timeline(
    IReadOnlyList<string> Workers, IReadOnlyList<TimelineBar> Bars, IReadOnlyList<(double At, long Step)> Steps, double Milliseconds)
{
    /// <summary>
    /// Steps laid end to end, for the next is opened by the commit of the one before. Of a run without steps each worker's
    /// updates laid end to end, for it is given its next slot when one has been applied; then no two lanes share a clock.
    /// </summary>
    public static Timeline Of(IReadOnlyCollection<LedgerLine> lines, bool isSynchronous)
    {
        var bars = new List<TimelineBar>();
        var steps = new List<(double, long)>();
        var ends = new SortedDictionary<string, double>(NaturalOrder.Instance);
        var now = 0.0;
        foreach (var line in lines)
        {
            if (isSynchronous) steps.Add((now, line.Step));
            foreach (var share in StepShare.Of(line))
            {
                var start = isSynchronous ? now : ends.GetValueOrDefault(share.Worker);
                var at = start;
                foreach (var (activity, time) in Parts(share))
                {
                    if (time > 0) bars.Add(new(share.Worker, activity, at, at + time, line.Step));
                    at += time;
                }
                ends[share.Worker] = start + line.Milliseconds;
            }
            now += line.Milliseconds;
        }
        return new Timeline([.. ends.Keys], bars, steps, ends.Values.DefaultIfEmpty(0).Max());
    }

    private static (Activity Activity, double Time)[] Parts(in StepShare share) =>
        [(Activity.Compute, share.Compute), (Activity.Send, share.Send), (Activity.Wait, share.Wait), (Activity.Apply, share.Apply)];
}
