namespace MiniBatch.Shared.DataPlane.SharedMemory;

/// <summary>One frame in a <see cref="SharedRegion"/>: its state, its fixed part, room for one payload.</summary>
/// <param name="state">Where its state is.</param>
/// <param name="start">The first byte of all else, on a page.</param>
/// <param name="floatCount">float32s of its payload.</param>
internal readonly unsafe struct RegionEntry(long* state, byte* start, int floatCount)
{
    /// <summary>Nothing is in it: its writer may write.</summary>
    public const long Free = 0;

    // Type, bytes of the fixed part, float32s of the payload; the fixed part; on a page of its own, the payload.
    private const int FixedAt = 64;
    private const int PageBytes = 4096;
    private const int PayloadAt = (FixedAt + FrameLimits.FixedBytesMax + PageBytes - 1) / PageBytes * PageBytes;

    /// <summary>Bytes of an entry. Pages that nobody writes take none.</summary>
    public static long Bytes(int floatCount) => PayloadAt + WholePages((long)floatCount * sizeof(float));

    /// <summary>So many bytes, and what is missing to a whole page.</summary>
    public static long WholePages(long bytes) => (bytes + PageBytes - 1) / PageBytes * PageBytes;

    /// <summary><see cref="Free"/>, or what its writer made of it; whoever reads another value reads all that was written before it.</summary>
    public long State
    {
        get => Volatile.Read(ref *state);
        set => Volatile.Write(ref *state, value);
    }

    /// <summary>The payload's place, float32[floatCount].</summary>
    public float* Floats => (float*)(start + PayloadAt);

    /// <summary>Writes the frame apart from its payload.</summary>
    /// <param name="frame">The fixed part.</param>
    /// <param name="hasPayload">Whether <see cref="Floats"/> are part of it.</param>
    /// <returns>Bytes that such a frame has.</returns>
    public int Write<T>(in T frame, bool hasPayload) where T : IFrame
    {
        var writer = new FixedWriter(new Span<byte>(start + FixedAt, FrameLimits.FixedBytesMax));
        frame.Write(ref writer);
        var head = (int*)start;
        (head[0], head[1], head[2]) = ((int)frame.Type, writer.Length, hasPayload ? floatCount : 0);
        return writer.Length + (hasPayload ? floatCount * sizeof(float) : 0);
    }

    /// <summary>Copies the fixed part out: it must not change while it is read.</summary>
    /// <param name="buffer">Of <see cref="FrameLimits.FixedBytesMax"/> bytes.</param>
    /// <param name="fixedBytes">Bytes of the fixed part.</param>
    /// <param name="hasPayload">Whether <see cref="Floats"/> are part of it.</param>
    /// <returns>The type.</returns>
    /// <exception cref="InvalidDataException">The lengths are none.</exception>
    public FrameType Read(Span<byte> buffer, out int fixedBytes, out bool hasPayload)
    {
        var head = (int*)start;
        (var type, fixedBytes, var floats) = (head[0], head[1], head[2]);
        if ((uint)fixedBytes > FrameLimits.FixedBytesMax || (floats != 0 && floats != floatCount) || type is < 0 or > byte.MaxValue)
            throw new InvalidDataException($"a frame of {fixedBytes} bytes and {floats} float32s in the shared memory, where {floatCount} have room");
        new ReadOnlySpan<byte>(start + FixedAt, fixedBytes).CopyTo(buffer);
        hasPayload = floats != 0;
        return (FrameType)type;
    }
}
