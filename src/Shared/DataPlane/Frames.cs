using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tracing;

namespace MiniBatch.Shared.DataPlane;

/// <summary>The fixed part of a frame: knows its type, writes itself, at most <see cref="FrameLimits.FixedBytesMax"/>.</summary>
public interface IFrame
{
    /// <summary>Type on the wire.</summary>
    FrameType Type { get; }

    /// <summary>Writes all fields, in the order of the record's parameters.</summary>
    void Write(ref FixedWriter writer);
}

/// <summary>Server → worker: initialise the model and send it whole.</summary>
/// <param name="Incarnation">The coordinator's.</param>
/// <remarks>Reply: <see cref="ModelInitialised"/>. Asked again of another worker if the first one dies.</remarks>
public readonly record struct InitialiseOrder(Incarnation Incarnation) : IFrame
{
    /// <inheritdoc />
    public FrameType Type => FrameType.InitialiseOrder;

    /// <inheritdoc />
    public void Write(ref FixedWriter writer) => writer.Int64(Incarnation.Value);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static InitialiseOrder Read(ref FixedReader reader) => new(new Incarnation(reader.Int64()));
}

/// <summary>Worker → server: version 0. Payload: float32[parameters + buffers], in layout order.</summary>
/// <param name="Incarnation">The coordinator's that asked.</param>
/// <param name="LayoutJson">The <see cref="ModelLayout"/>, as JSON.</param>
/// <param name="Sha256">Of the payload's bytes, lower-case hex; a second copy with another hash ends the run.</param>
/// <remarks>At least once; the first complete copy wins.</remarks>
public readonly record struct ModelInitialised(Incarnation Incarnation, string LayoutJson, string Sha256) : IFrame
{
    /// <inheritdoc />
    public FrameType Type => FrameType.ModelInitialised;

    /// <inheritdoc />
    public void Write(ref FixedWriter writer)
    {
        writer.Int64(Incarnation.Value);
        writer.Text(LayoutJson);
        writer.Text(Sha256);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static ModelInitialised Read(ref FixedReader reader) =>
        new(new Incarnation(reader.Int64()), reader.Text(), reader.Text());
}

/// <summary>
/// Server → worker: compute these slots of this step, from this version. Payload: that version,
/// float32[parameters + buffers], or none where this worker holds it already.
/// </summary>
/// <param name="Incarnation">The coordinator's.</param>
/// <param name="Generation">Of the assignment that gave the slots.</param>
/// <param name="Epoch">1-based.</param>
/// <param name="StepInEpoch">0-based.</param>
/// <param name="Step">1-based, over the whole run.</param>
/// <param name="Version">What to compute from: Step − 1 in a synchronous run.</param>
/// <param name="Slots">Which slots, in the order in which to compute them.</param>
/// <param name="Trace">The step's span, where it is traced.</param>
/// <remarks>At least once; idempotent by (Incarnation, Step, slot). Reply: a <see cref="SlotGradient"/> a slot.</remarks>
public readonly record struct StepOrder(
    Incarnation Incarnation, Generation Generation, int Epoch, int StepInEpoch, long Step, long Version, ItemList Slots, TraceContext Trace = default) : IFrame
{
    /// <inheritdoc />
    public FrameType Type => FrameType.StepOrder;

    /// <inheritdoc />
    public void Write(ref FixedWriter writer)
    {
        writer.Int64(Incarnation.Value);
        writer.Int64(Generation.Value);
        writer.Int32(Epoch);
        writer.Int32(StepInEpoch);
        writer.Int64(Step);
        writer.Int64(Version);
        Slots.Write(ref writer);
        Trace.Write(ref writer);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static StepOrder Read(ref FixedReader reader) => new(
        new Incarnation(reader.Int64()), new Generation(reader.Int64()), reader.Int32(), reader.Int32(), reader.Int64(),
        reader.Int64(), ItemList.Read(ref reader), TraceContext.Read(ref reader));
}

/// <summary>
/// Worker → server: the gradient of one slot of one step. Payload: float32[parameters], the gradient of the mean (or
/// sum) of the slot's losses, then float32[buffers], the buffers after the slot's forward pass.
/// </summary>
/// <param name="Incarnation">Of the order that it answers; any other is dropped.</param>
/// <param name="Step">The step it belongs to; one that is over is dropped.</param>
/// <param name="Slot">0-based.</param>
/// <param name="Version">What it was computed from.</param>
/// <param name="SampleCount">Samples of the slot, ≥ 1.</param>
/// <param name="LossSum">Sum of the samples' losses.</param>
/// <param name="CorrectCount">Samples whose largest logit was their class.</param>
/// <param name="SampleCrc">CRC-32C of the pixels and label of each sample, in slot order.</param>
/// <param name="ComputeMicroseconds">From taking up the slot to having its gradient.</param>
/// <remarks>At least once; idempotent by (Incarnation, Step, Slot): the first copy is taken. No reply.</remarks>
public readonly record struct SlotGradient(
    Incarnation Incarnation, long Step, int Slot, long Version, int SampleCount, double LossSum, int CorrectCount, uint SampleCrc,
    int ComputeMicroseconds) : IFrame
{
    /// <inheritdoc />
    public FrameType Type => FrameType.SlotGradient;

    /// <inheritdoc />
    public void Write(ref FixedWriter writer)
    {
        writer.Int64(Incarnation.Value);
        writer.Int64(Step);
        writer.Int32(Slot);
        writer.Int64(Version);
        writer.Int32(SampleCount);
        writer.Double(LossSum);
        writer.Int32(CorrectCount);
        writer.UInt32(SampleCrc);
        writer.Int32(ComputeMicroseconds);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static SlotGradient Read(ref FixedReader reader) => new(
        new Incarnation(reader.Int64()), reader.Int64(), reader.Int32(), reader.Int64(), reader.Int32(), reader.Double(),
        reader.Int32(), reader.UInt32(), reader.Int32());
}

/// <summary>
/// Server → worker: evaluate these blocks of the test samples with this version. Payload: that version, or none where
/// this worker holds it already.
/// </summary>
/// <param name="Incarnation">The coordinator's.</param>
/// <param name="Generation">Of the assignment that gave the blocks.</param>
/// <param name="Version">Steps applied.</param>
/// <param name="Blocks">Which blocks, in the order in which to compute them.</param>
/// <remarks>At least once; idempotent by (Incarnation, Version, block). Reply: a <see cref="BlockResult"/> a block.</remarks>
public readonly record struct EvaluationOrder(
    Incarnation Incarnation, Generation Generation, long Version, ItemList Blocks) : IFrame
{
    /// <inheritdoc />
    public FrameType Type => FrameType.EvaluationOrder;

    /// <inheritdoc />
    public void Write(ref FixedWriter writer)
    {
        writer.Int64(Incarnation.Value);
        writer.Int64(Generation.Value);
        writer.Int64(Version);
        Blocks.Write(ref writer);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static EvaluationOrder Read(ref FixedReader reader) => new(
        new Incarnation(reader.Int64()), new Generation(reader.Int64()), reader.Int64(), ItemList.Read(ref reader));
}

/// <summary>Worker → server: the sums over one block of test samples.</summary>
/// <param name="Incarnation">Of the order that it answers; any other is dropped.</param>
/// <param name="Version">Of the parameters; any other than the evaluated one is dropped.</param>
/// <param name="Block">0-based.</param>
/// <param name="SampleCount">Samples of the block.</param>
/// <param name="LossSum">Sum of the samples' losses.</param>
/// <param name="CorrectCount">Samples whose largest logit was their class.</param>
/// <remarks>At least once; idempotent by (Incarnation, Version, Block). No reply.</remarks>
public readonly record struct BlockResult(
    Incarnation Incarnation, long Version, int Block, int SampleCount, double LossSum, int CorrectCount) : IFrame
{
    /// <inheritdoc />
    public FrameType Type => FrameType.BlockResult;

    /// <inheritdoc />
    public void Write(ref FixedWriter writer)
    {
        writer.Int64(Incarnation.Value);
        writer.Int64(Version);
        writer.Int32(Block);
        writer.Int32(SampleCount);
        writer.Double(LossSum);
        writer.Int32(CorrectCount);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static BlockResult Read(ref FixedReader reader) => new(
        new Incarnation(reader.Int64()), reader.Int64(), reader.Int32(), reader.Int32(), reader.Double(), reader.Int32());
}

/// <summary>Worker → server, every 250 ms whatever it computes: the process is alive.</summary>
/// <param name="Incarnation">The coordinator's.</param>
public readonly record struct Beat(Incarnation Incarnation) : IFrame
{
    /// <inheritdoc />
    public FrameType Type => FrameType.Beat;

    /// <inheritdoc />
    public void Write(ref FixedWriter writer) => writer.Int64(Incarnation.Value);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static Beat Read(ref FixedReader reader) => new(new Incarnation(reader.Int64()));
}

/// <summary>Server → worker: this connection is over.</summary>
/// <param name="Ending">How, and so what the worker does now.</param>
/// <param name="Reason">One line for people.</param>
public readonly record struct Goodbye(RunEnding Ending, string Reason) : IFrame
{
    /// <inheritdoc />
    public FrameType Type => FrameType.Goodbye;

    /// <inheritdoc />
    public void Write(ref FixedWriter writer)
    {
        writer.Int32((int)Ending);
        writer.Text(Reason);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">There is no such ending.</exception>
    public static Goodbye Read(ref FixedReader reader)
    {
        var ending = (RunEnding)reader.Int32();
        return Enum.IsDefined(ending) ? new(ending, reader.Text()) : throw new InvalidDataException($"a goodbye of kind {ending}");
    }
}

/// <summary>
/// Server → worker: put these samples through the model with this version, for somebody who watches the run. Payload: that version, or
/// none where this worker holds it already. Changes nothing of the run.
/// </summary>
/// <param name="Incarnation">The coordinator's.</param>
/// <param name="Request">Comes back with the answer.</param>
/// <param name="Version">What to use.</param>
/// <param name="SampleCount">≥ 1.</param>
/// <param name="Inputs">float32[SampleCount, …]: 28 × 28 pixels in [0, 1] a sample, or a row of a table; at most <see cref="ValuesMax"/>.</param>
/// <remarks>At most once: whoever asks has a limit. Reply: a <see cref="ForwardResult"/>.</remarks>
public readonly record struct ForwardOrder(Incarnation Incarnation, long Request, long Version, int SampleCount, float[] Inputs) : IFrame
{
    /// <summary>What fits into a fixed part, inputs and outputs alike.</summary>
    public const int ValuesMax = (FrameLimits.FixedBytesMax - 256) / sizeof(float);

    /// <inheritdoc />
    public FrameType Type => FrameType.ForwardOrder;

    /// <inheritdoc />
    public void Write(ref FixedWriter writer)
    {
        writer.Int64(Incarnation.Value);
        writer.Int64(Request);
        writer.Int64(Version);
        writer.Int32(SampleCount);
        writer.Floats(Inputs);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static ForwardOrder Read(ref FixedReader reader) => new(
        new Incarnation(reader.Int64()), reader.Int64(), reader.Int64(), reader.Int32(), reader.Floats());
}

/// <summary>Worker → server: what the model made of the samples.</summary>
/// <param name="Incarnation">Of the order that it answers.</param>
/// <param name="Request">The order's.</param>
/// <param name="Version">Of the parameters.</param>
/// <param name="Outputs">float32[samples, outputs]; empty where the samples do not fit the model.</param>
/// <remarks>No reply.</remarks>
public readonly record struct ForwardResult(Incarnation Incarnation, long Request, long Version, float[] Outputs) : IFrame
{
    /// <inheritdoc />
    public FrameType Type => FrameType.ForwardResult;

    /// <inheritdoc />
    public void Write(ref FixedWriter writer)
    {
        writer.Int64(Incarnation.Value);
        writer.Int64(Request);
        writer.Int64(Version);
        writer.Floats(Outputs);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static ForwardResult Read(ref FixedReader reader) => new(
        new Incarnation(reader.Int64()), reader.Int64(), reader.Int64(), reader.Floats());
}

/// <summary>Either way: something lies in the shared memory, and this side was about to sleep. Has no fields.</summary>
public readonly record struct Wake : IFrame
{
    /// <inheritdoc />
    public FrameType Type => FrameType.Wake;

    /// <inheritdoc />
    public void Write(ref FixedWriter writer)
    {
    }
}
