using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>What the gather made of a gradient.</summary>
public enum GatherVerdict
{
    /// <summary>The first of its key: it counts, and the gather keeps its buffer.</summary>
    Accepted,

    /// <summary>A copy of one that is in, or of a step that is committed; dropped.</summary>
    Duplicate,

    /// <summary>Of another coordinator's life; dropped.</summary>
    OtherIncarnation,

    /// <summary>Of a step that was never opened, or no slot of this run: the sender is broken.</summary>
    Impossible,
}

/// <summary>
/// Gathers the M gradients of the open step: takes the first of each (incarnation, step, slot), drops copies, from
/// whomever they come. Pure; owned by the exchange thread.
/// </summary>
/// <param name="incarnation">The coordinator's.</param>
/// <param name="slotCount">M.</param>
public sealed class StepGather(Incarnation incarnation, int slotCount)
{
    private readonly SlotGradient[] _header = new SlotGradient[slotCount];
    private readonly WorkerId[] _from = new WorkerId[slotCount];
    private readonly ReadOnlyMemory<float>[] _gradient = new ReadOnlyMemory<float>[slotCount];
    private readonly int[] _sampleCount = new int[slotCount];
    private readonly bool[] _in = new bool[slotCount];

    /// <summary>The open step, 1-based; 0 before the first.</summary>
    public long Step { get; private set; }

    /// <summary>Slots whose gradient is in.</summary>
    public int Count { get; private set; }

    /// <summary>Whether all M are in.</summary>
    public bool IsComplete => Count == slotCount;

    /// <summary>Gradients, in slot order; float32[parameters + buffers] each. Of the complete step.</summary>
    public ReadOnlySpan<ReadOnlyMemory<float>> Gradients => _gradient;

    /// <summary>Samples of each slot, in slot order.</summary>
    public ReadOnlySpan<int> SampleCounts => _sampleCount;

    /// <summary>What came with the gradients, in slot order.</summary>
    public ReadOnlySpan<SlotGradient> Headers => _header;

    /// <summary>Who sent the gradients, in slot order.</summary>
    public ReadOnlySpan<WorkerId> Senders => _from;

    /// <summary>Opens a step; the gradients of the one before are forgotten.</summary>
    /// <param name="step">The step.</param>
    /// <param name="plannedSamples">Samples that the plan gives to each slot.</param>
    public void Open(long step, ReadOnlySpan<int> plannedSamples)
    {
        Step = step;
        Count = 0;
        plannedSamples.CopyTo(_sampleCount);
        Array.Clear(_in);
        Array.Clear(_gradient);
    }

    /// <summary>Offers a gradient.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="header">What came with it.</param>
    /// <param name="gradient">Kept if the verdict is <see cref="GatherVerdict.Accepted"/>, until the next opening.</param>
    public GatherVerdict Offer(WorkerId from, in SlotGradient header, ReadOnlyMemory<float> gradient)
    {
        if (header.Incarnation != incarnation) return GatherVerdict.OtherIncarnation;
        if (header.Step > Step || (uint)header.Slot >= (uint)slotCount) return GatherVerdict.Impossible;
        if (header.Step < Step || _in[header.Slot]) return GatherVerdict.Duplicate;
        if (header.SampleCount != _sampleCount[header.Slot] || header.Version != Step - 1) return GatherVerdict.Impossible;
        _in[header.Slot] = true;
        _header[header.Slot] = header;
        _from[header.Slot] = from;
        _gradient[header.Slot] = gradient;
        Count++;
        return GatherVerdict.Accepted;
    }
}
