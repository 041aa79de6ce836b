using System.Text.Json;

namespace MiniBatch.LivePage.Feed;

/// <summary>
/// Of a ledger line what curves are drawn of. Chain and checksums are nobody's business here; a ledger of another version may have more
/// fields, or fewer.
/// </summary>
internal sealed record LedgerText(
    long Step, int Epoch, double Loss, int Correct, double LearningRate, double GradientNorm, double Milliseconds, IReadOnlyList<LedgerText.Slot>? Slots)
{
    /// <summary>Samples of the update.</summary>
    public int Samples => Slots!.Sum(slot => slot.Samples);

    /// <summary>Reads a line; null where it is of an older version, or damaged: verify says so.</summary>
    public static LedgerText? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, PageJson.Default.LedgerText) is { Slots: not null } read ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Of one slot.</summary>
    internal sealed record Slot(int Samples);
}
