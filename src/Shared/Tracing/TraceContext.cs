using System.Diagnostics;
using MiniBatch.Shared.DataPlane;

namespace MiniBatch.Shared.Tracing;

/// <summary>
/// The span that work on another node belongs to: the ids of W3C's trace context. Travels in the step order; all zeros where the step is
/// not traced.
/// </summary>
/// <remarks>https://www.w3.org/TR/trace-context/</remarks>
public readonly record struct TraceContext(UInt128 TraceId, ulong SpanId)
{
    private const int TraceIdBytes = 16;
    private const int SpanIdBytes = 8;

    /// <summary>Whether there is a span.</summary>
    public bool IsTraced => SpanId != 0;

    /// <summary>Of a span; all zeros where there is none.</summary>
    public static TraceContext Of(Activity? span)
    {
        if (span is null) return default;
        Span<byte> bytes = stackalloc byte[TraceIdBytes + SpanIdBytes];
        span.TraceId.CopyTo(bytes[..TraceIdBytes]);
        span.SpanId.CopyTo(bytes[TraceIdBytes..]);
        var reader = new FixedReader(bytes);
        return Read(ref reader);
    }

    /// <summary>As the parent of spans on this node.</summary>
    public ActivityContext ToParent()
    {
        Span<byte> bytes = stackalloc byte[TraceIdBytes + SpanIdBytes];
        var writer = new FixedWriter(bytes);
        Write(ref writer);
        return new ActivityContext(
            ActivityTraceId.CreateFromBytes(bytes[..TraceIdBytes]), ActivitySpanId.CreateFromBytes(bytes[TraceIdBytes..]),
            ActivityTraceFlags.Recorded, isRemote: true);
    }

    /// <summary>24 bytes: both ids as they are.</summary>
    public void Write(ref FixedWriter writer)
    {
        writer.Int64(unchecked((long)(ulong)(TraceId >> 64)));
        writer.Int64(unchecked((long)(ulong)TraceId));
        writer.Int64(unchecked((long)SpanId));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static TraceContext Read(ref FixedReader reader) =>
        new(new UInt128(unchecked((ulong)reader.Int64()), unchecked((ulong)reader.Int64())), unchecked((ulong)reader.Int64()));
}
