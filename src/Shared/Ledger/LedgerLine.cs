using System.Text.Json.Serialization;

namespace MiniBatch.Shared.Ledger;

/// <summary>
/// One update in the run's ledger, <c>steps.jsonl</c>: a step, or in asynchronous modes a slot that was applied on arrival.
/// </summary>
/// <param name="Step">1-based over the run; also the version it made. In asynchronous modes the number of the update.</param>
/// <param name="Epoch">1-based.</param>
/// <param name="Generation">Of the assignment at its commit.</param>
/// <param name="Loss">Mean over its samples, before the update; not finite only where the update was left out.</param>
/// <param name="Correct">Samples whose largest logit was their class, before the update.</param>
/// <param name="LearningRate">η; of a slot that was applied on arrival, its share.</param>
/// <param name="GradientNorm">Euclidean norm of the averaged gradient, before clipping.</param>
/// <param name="Clipped">Whether the gradient was over the limit of the run's clipping; absent where it was not.</param>
/// <param name="VersionCrc">CRC-32C of the version it made: parameters and buffers, 8 hex digits.</param>
/// <param name="StateSha256">Of the version with the optimizer's state; every 50 steps, else null.</param>
/// <param name="Milliseconds">From opening to commit; where a slot was applied on arrival, from dealing it.</param>
/// <param name="Slots">In slot order.</param>
/// <param name="Skipped">What was not finite, where the update was left out and its samples were not applied; else absent.</param>
public sealed record LedgerLine(
    long Step, int Epoch, long Generation, double Loss, int Correct, double LearningRate, double GradientNorm,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Clipped,
    string VersionCrc, string? StateSha256, double Milliseconds, IReadOnlyList<LedgerSlot> Slots,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Skipped = null)
{
    /// <summary>
    /// What differs from another computation of the same step, or null: everything but who computed it, when, how fast and
    /// under which generation is decided by the run spec.
    /// </summary>
    public string? DifferenceFrom(LedgerLine other)
    {
        if (Step != other.Step) return $"step {Step} is not {other.Step}";
        if (Epoch != other.Epoch) return $"epoch {Epoch} is not {other.Epoch}";
        if (Slots.Count != other.Slots.Count) return $"{Slots.Count} slots are not {other.Slots.Count}";
        for (var slot = 0; slot < Slots.Count; slot++)
        {
            if (Slots[slot].Samples != other.Slots[slot].Samples) return $"slot {slot} has {Slots[slot].Samples} samples, not {other.Slots[slot].Samples}";
            if (Slots[slot].Crc != other.Slots[slot].Crc) return $"slot {slot} took other samples ({Slots[slot].Crc}, not {other.Slots[slot].Crc})";
        }
        if (!Loss.Equals(other.Loss)) return $"loss {Loss:R} is not {other.Loss:R}";
        if (Correct != other.Correct) return $"{Correct} correct are not {other.Correct}";
        if (!LearningRate.Equals(other.LearningRate)) return $"learning rate {LearningRate:R} is not {other.LearningRate:R}";
        if (!GradientNorm.Equals(other.GradientNorm)) return $"gradient norm {GradientNorm:R} is not {other.GradientNorm:R}";
        if (Clipped != other.Clipped) return $"clipped {Clipped} is not {other.Clipped}";
        if (Skipped is null != other.Skipped is null) return Skipped is null ? "it was applied, not left out" : "it was left out, not applied";
        if (VersionCrc != other.VersionCrc) return $"version {VersionCrc} is not {other.VersionCrc}";
        if (StateSha256 != other.StateSha256) return $"state {StateSha256} is not {other.StateSha256}";
        return null;
    }
}

/// <summary>One slot of a committed step.</summary>
/// <param name="Worker">Whose gradient was taken.</param>
/// <param name="Samples">Its samples.</param>
/// <param name="Crc">CRC-32C of each sample's pixels and label, 8 hex digits.</param>
/// <param name="ComputeMicroseconds">As the worker measured it.</param>
/// <param name="Arrival">Which slot it is, where it made an update of its own; absent in a synchronous run.</param>
/// <param name="ArrivedMicroseconds">From opening (or dealing) until its gradient was in; absent in ledgers of versions that did not measure it.</param>
public sealed record LedgerSlot(
    string Worker, int Samples, string Crc, int ComputeMicroseconds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LedgerArrival? Arrival = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? ArrivedMicroseconds = null);

/// <summary>Which slot of the plan was applied on arrival.</summary>
/// <param name="Step">Of the plan, 1-based over the run.</param>
/// <param name="Slot">0-based.</param>
/// <param name="FromVersion">The version it was computed from; updates since then are its staleness.</param>
public sealed record LedgerArrival(long Step, int Slot, long FromVersion);
