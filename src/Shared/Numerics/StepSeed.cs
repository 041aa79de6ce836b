namespace MiniBatch.Shared.Numerics;

/// <summary>
/// The seed of torch's generator while one slot is computed, so that dropout does not depend on who computes it.
/// </summary>
public static class StepSeed
{
    /// <summary>A pure function of its arguments; any other epoch, step or slot gives an unrelated seed.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">As in the epoch plan.</param>
    /// <param name="step">As in the epoch plan, or counted over the run: the epoch is mixed in either way.</param>
    /// <param name="slot">0-based.</param>
    public static ulong For(ulong seed, int epoch, long step, int slot) =>
        SplitMix64.Derive(seed, SeedPurpose.SlotDropout, (ulong)epoch, (ulong)step, (ulong)slot);
}
