using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Ledger;

/// <summary>The lines of a ledger one by one, for whoever wants to know what happened; <see cref="LedgerVerifier"/> asks more of them.</summary>
public static class LedgerLines
{
    /// <summary>Reads from the first line to the last whole one. Each must follow from the line before.</summary>
    /// <param name="path">The file; one that grows meanwhile is read as far as it goes.</param>
    /// <param name="origin">What the run started from, as its spec has it.</param>
    /// <exception cref="LedgerException">A line is no ledger line or breaks the chain; the message has its number.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static IEnumerable<LedgerLine> Read(string path, RunOrigin? origin = null)
    {
        using var steps = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var reader = new LedgerReader(steps);
        var chain = LedgerCodec.ChainStartOf(origin);
        for (var number = 1L; Next(reader, number, ref chain) is { } line; number++) yield return line;
    }

    private static LedgerLine? Next(LedgerReader reader, long number, ref string chain)
    {
        try
        {
            if (!reader.TryRead(out var bytes)) return null;
            (var line, chain) = LedgerCodec.Read(bytes, chain);
            return line;
        }
        catch (LedgerException e)
        {
            throw new LedgerException($"steps.jsonl line {number}: {e.Message}", e);
        }
    }
}
