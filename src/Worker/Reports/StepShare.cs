using MiniBatch.Shared.Ledger;

namespace MiniBatch.Worker.Reports;

/// <summary>
/// How one worker spent one update, from what the ledger has of it. Computing is measured, by the worker; the rest of the
/// update's time is derived.
/// </summary>
/// <param name="Worker">Its name.</param>
/// <param name="Slots">That it computed.</param>
/// <param name="Samples">Of these slots.</param>
/// <param name="Compute">Milliseconds of forward, loss and backward, measured.</param>
/// <param name="Wait">Milliseconds for which the slowest worker of the step computed longer than this one.</param>
/// <param name="Exchange">
/// Milliseconds that are left: parameters sent out, gradients sent back, averaged and applied, which are not measured one by one.
/// </param>
public readonly record struct StepShare(string Worker, int Slots, int Samples, double Compute, double Wait, double Exchange)
{
    /// <summary>The workers of one update. One that was applied on arrival has one, which waits for nobody.</summary>
    public static IReadOnlyList<StepShare> Of(LedgerLine line)
    {
        var workers = line.Slots.GroupBy(slot => slot.Worker).Select(slots => (
            Worker: slots.Key, Slots: slots.Count(), Samples: slots.Sum(slot => slot.Samples),
            // A slot that was given to two workers may have been begun before the step that took it was opened.
            Compute: Math.Min(line.Milliseconds, slots.Sum(slot => slot.ComputeMicroseconds) / 1000.0))).ToList();
        var slowest = workers.Max(worker => worker.Compute);
        return [.. workers.Select(worker => new StepShare(
            worker.Worker, worker.Slots, worker.Samples, worker.Compute, slowest - worker.Compute, line.Milliseconds - slowest))];
    }
}
