namespace MiniBatch.Shared.Ledger;

/// <summary>One committed step in the run's ledger, <c>steps.jsonl</c>.</summary>
/// <param name="Step">1-based over the run; also the version it made.</param>
/// <param name="Epoch">1-based.</param>
/// <param name="Generation">Of the assignment at its commit.</param>
/// <param name="Loss">Mean over its samples, before the update.</param>
/// <param name="Correct">Samples whose largest logit was their class, before the update.</param>
/// <param name="LearningRate">η.</param>
/// <param name="GradientNorm">Euclidean norm of the averaged gradient, before clipping.</param>
/// <param name="Clipped">Whether the gradient was over the limit of the run's clipping.</param>
/// <param name="VersionCrc">CRC-32C of the version it made: parameters and buffers, 8 hex digits.</param>
/// <param name="StateSha256">Of the version with the optimizer's state; every 50 steps, else null.</param>
/// <param name="Milliseconds">From opening to commit.</param>
/// <param name="Slots">In slot order.</param>
public sealed record LedgerLine(
    long Step, int Epoch, long Generation, double Loss, int Correct, double LearningRate, double GradientNorm, bool Clipped,
    string VersionCrc, string? StateSha256, double Milliseconds, IReadOnlyList<LedgerSlot> Slots)
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
public sealed record LedgerSlot(string Worker, int Samples, string Crc, int ComputeMicroseconds);
