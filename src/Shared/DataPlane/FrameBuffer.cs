using System.Runtime.InteropServices;
using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.DataPlane;

/// <summary>
/// A payload of float32s with room for header and fixed part before it, so that a frame is one run of bytes and one
/// system call, and a payload that goes to many is neither copied nor summed twice. Pinned; used by one thread at a time.
/// </summary>
public sealed class FrameBuffer
{
    private readonly byte[] _bytes;
    private readonly int _headroom;

    /// <summary>A buffer for payloads of so many float32s.</summary>
    /// <param name="floatCount">float32s of the payload; 0 for frames without one.</param>
    /// <param name="fixedBytesMax">Room for the fixed part.</param>
    public FrameBuffer(int floatCount, int fixedBytesMax = 4096)
    {
        // The payload starts on a cache line.
        _headroom = (FrameHeader.Size + fixedBytesMax + 63) & ~63;
        _bytes = GC.AllocateArray<byte>(_headroom + floatCount * sizeof(float), pinned: true);
        PayloadBytes = _bytes.AsMemory(_headroom);
    }

    /// <summary>The payload's bytes.</summary>
    public Memory<byte> PayloadBytes { get; }

    /// <summary>The payload, float32[floatCount].</summary>
    public Span<float> Floats => MemoryMarshal.Cast<byte, float>(PayloadBytes.Span);

    /// <summary>CRC-32C of the payload as it is now; pass it to <see cref="Frame{T}"/> as often as it is sent.</summary>
    public uint PayloadCrc() => Crc32C.Of(PayloadBytes.Span);

    /// <summary>Writes header and fixed part before the payload.</summary>
    /// <param name="frame">The fixed part.</param>
    /// <param name="payloadCrc">The payload's CRC-32C, or null to send no payload.</param>
    /// <returns>The whole frame; valid until the next call.</returns>
    public ReadOnlyMemory<byte> Frame<T>(in T frame, uint? payloadCrc = null) where T : IFrame
    {
        // The fixed part must end where the payload begins; its length is known only after writing it.
        var scratch = _bytes.AsSpan(FrameHeader.Size, _headroom - FrameHeader.Size);
        var writer = new FixedWriter(scratch);
        frame.Write(ref writer);
        var start = _headroom - writer.Length - FrameHeader.Size;
        scratch[..writer.Length].CopyTo(_bytes.AsSpan(start + FrameHeader.Size));
        var payloadBytes = payloadCrc is null ? 0 : PayloadBytes.Length;
        new FrameHeader(frame.Type, writer.Length, payloadBytes,
            Crc32C.Of(_bytes.AsSpan(start + FrameHeader.Size, writer.Length)), payloadCrc ?? 0)
            .Write(_bytes.AsSpan(start));
        return _bytes.AsMemory(start, FrameHeader.Size + writer.Length + payloadBytes);
    }
}
