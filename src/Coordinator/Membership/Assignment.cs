using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Membership;

/// <summary>
/// Which workers take part, from a generation on. Whose items are whose follows from it by arithmetic, so it is small
/// and the same for slots and for evaluation blocks.
/// </summary>
/// <param name="Generation">Rises with every change.</param>
/// <param name="Workers">Those who take part, in the order in which they were admitted.</param>
public sealed record Assignment(Generation Generation, IReadOnlyList<WorkerId> Workers)
{
    /// <summary>Nobody, before the first worker.</summary>
    public static readonly Assignment Nobody = new(new Generation(0), []);

    /// <summary>
    /// The worker that holds an item at first: consecutive runs of items, sizes differing by at most one. Workers beyond
    /// the number of items hold none: they are spares.
    /// </summary>
    /// <param name="item">0 ≤ item &lt; itemCount.</param>
    /// <param name="itemCount">Slots of a step, or blocks of an evaluation.</param>
    public WorkerId OwnerOf(int item, int itemCount) =>
        Workers[(int)((long)item * Math.Min(Workers.Count, itemCount) / itemCount)];

    /// <summary>Workers without a slot.</summary>
    public IEnumerable<WorkerId> Spares(int slots) => Workers.Skip(slots);
}
