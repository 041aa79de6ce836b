namespace MiniBatch.Shared.Ledger;

/// <summary>What <see cref="LedgerVerifier"/> found, up to the ledger's end or the first difference.</summary>
/// <param name="Difference">The first thing that is not as the run's spec and the dataset say, with its line; null where there is none.</param>
/// <param name="Lines">Sound lines.</param>
/// <param name="Bytes">Bytes of these lines, with their line feeds: what the chain of hashes covers.</param>
/// <param name="SampleBytes">Bytes of the dataset that were summed again: pixels and labels.</param>
/// <param name="Torn">Whether a line without its line feed follows: the run is under way, or was killed while it wrote.</param>
/// <param name="Last">The last sound line; null where there is none.</param>
/// <param name="Epochs">Those that the lines belong to, in order; the last may be incomplete.</param>
public sealed record LedgerVerifierResult(
    string? Difference, long Lines, long Bytes, long SampleBytes, bool Torn, LedgerLine? Last, IReadOnlyList<VerifiedEpoch> Epochs)
{
    /// <summary>Samples that were applied, over all epochs.</summary>
    public long Samples => Epochs.Sum(epoch => epoch.Samples);

    /// <summary>Samples that were left out, over all epochs: their gradients were not finite.</summary>
    public long SkippedSamples => Epochs.Sum(epoch => epoch.SkippedSamples);
}

/// <summary>An epoch as the ledger tells it.</summary>
/// <param name="Epoch">1-based.</param>
/// <param name="Updates">Its updates: steps, or in asynchronous modes slots.</param>
/// <param name="Samples">Samples that they applied, each of them once.</param>
/// <param name="SkippedSamples">Samples whose updates were left out.</param>
/// <param name="MeanLoss">Mean over the samples applied, before each update; null where there is none.</param>
/// <param name="IsComplete">Whether these are all of its updates.</param>
public sealed record VerifiedEpoch(int Epoch, int Updates, long Samples, long SkippedSamples, double? MeanLoss, bool IsComplete);
