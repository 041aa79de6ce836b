namespace MiniBatch.Shared.Ledger;

/// <summary>
/// How one worker spent one update, from what the ledger has of it; the parts make up the update's time. What a report and the
/// metrics say of time comes from here.
/// </summary>
/// <param name="Worker">Its name.</param>
/// <param name="Slots">That it computed.</param>
/// <param name="Samples">Of these slots.</param>
/// <param name="Compute">Milliseconds of forward, loss and backward, as the worker measured them.</param>
/// <param name="Send">
/// Milliseconds that are left until its last gradient was in: order and parameters on their way to it, gradients on their way back,
/// and whatever they queued for.
/// </param>
/// <param name="Wait">Milliseconds from its last gradient to the step's last: others were slower.</param>
/// <param name="Apply">Milliseconds from the step's last gradient to its commit: averaging and update, which all its workers wait for.</param>
/// <remarks>
/// Lines of versions that timed no arrivals have what is not computing as if all workers had sent equally long, and the update in it.
/// </remarks>
public readonly record struct StepShare(string Worker, int Slots, int Samples, double Compute, double Send, double Wait, double Apply)
{
    /// <summary>The workers of one update. One that was applied on arrival has one, which waits for nobody.</summary>
    public static IReadOnlyList<StepShare> Of(LedgerLine line)
    {
        var works = Works(line);
        if (line.Slots[0].ArrivedMicroseconds is null) SupposeArrivals(works, line.Milliseconds);
        var complete = Math.Min(line.Milliseconds, works.Max(work => work.Arrived));
        var shares = new StepShare[works.Count];
        for (var i = 0; i < shares.Length; i++)
        {
            var work = works[i];
            var arrived = Math.Min(complete, work.Arrived);
            // A slot that was given to two workers may have been begun before the step that took it was opened.
            var compute = Math.Min(arrived, work.Compute);
            shares[i] = new StepShare(
                work.Worker, work.Slots, work.Samples, compute, arrived - compute, complete - arrived, line.Milliseconds - complete);
        }
        return shares;
    }

    /// <summary>A worker's slots together; times in milliseconds.</summary>
    private readonly record struct Work(string Worker, int Slots, int Samples, double Compute, double Arrived);

    /// <summary>In the order of their first slots. (No grouping by LINQ: a coordinator does this for thousands of steps a second.)</summary>
    private static List<Work> Works(LedgerLine line)
    {
        var works = new List<Work>();
        foreach (var slot in line.Slots)
        {
            var compute = slot.ComputeMicroseconds / 1000.0;
            var arrived = (slot.ArrivedMicroseconds ?? 0) / 1000.0;
            var i = 0;
            while (i < works.Count && works[i].Worker != slot.Worker) i++;
            if (i == works.Count) works.Add(new Work(slot.Worker, 1, slot.Samples, compute, arrived));
            else
            {
                var work = works[i];
                works[i] = new Work(
                    work.Worker, work.Slots + 1, work.Samples + slot.Samples, work.Compute + compute, Math.Max(work.Arrived, arrived));
            }
        }
        return works;
    }

    private static void SupposeArrivals(List<Work> works, double all)
    {
        var slowest = Math.Min(all, works.Max(work => work.Compute));
        for (var i = 0; i < works.Count; i++)
            works[i] = works[i] with { Arrived = all - slowest + works[i].Compute };
    }
}
