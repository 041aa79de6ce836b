using System.Buffers.Binary;
using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.DataPlane;

/// <summary>What a frame of the data plane says. Numbers are part of the wire format.</summary>
public enum FrameType : byte
{
    /// <summary>Server → worker, first: prove that you know the secret.</summary>
    Challenge = 1,

    /// <summary>Worker → server: who I am, with proof.</summary>
    Hello = 2,

    /// <summary>Server → worker: the server's own proof; the session stands.</summary>
    Welcome = 3,

    /// <summary>Server → worker: initialise the model from the seed and send it.</summary>
    InitialiseOrder = 4,

    /// <summary>Worker → server: version 0, whole.</summary>
    ModelInitialised = 5,

    /// <summary>Server → worker: compute these slots of this step.</summary>
    StepOrder = 6,

    /// <summary>Worker → server: the gradient of one slot.</summary>
    SlotGradient = 7,

    /// <summary>Server → worker: evaluate these blocks of the test samples.</summary>
    EvaluationOrder = 8,

    /// <summary>Worker → server: the sums of one block.</summary>
    BlockResult = 9,

    /// <summary>Worker → server: I am alive.</summary>
    Beat = 10,

    /// <summary>Server → worker: the run is over.</summary>
    Goodbye = 11,

    /// <summary>Server → worker: put these samples through the model.</summary>
    ForwardOrder = 12,

    /// <summary>Worker → server: what came out.</summary>
    ForwardResult = 13,

    /// <summary>Either way: something lies in the shared memory.</summary>
    Wake = 14,
}

/// <summary>The named maxima of a frame; whoever exceeds one is disconnected.</summary>
public static class FrameLimits
{
    /// <summary>Bytes of a frame's fixed part.</summary>
    public const int FixedBytesMax = 64 * 1024;

    /// <summary>Bytes of a frame's payload: 64 Mi float32 parameters.</summary>
    public const int PayloadBytesMax = 256 * 1024 * 1024;
}

/// <summary>
/// The 24 bytes before every frame, little-endian: magic (2), version (1), type (1), bytes of the fixed part (4), bytes
/// of the payload (4), CRC-32C of the fixed part (4), of the payload (4), of these first 20 bytes (4).
/// </summary>
/// <remarks>
/// The payload has a checksum of its own so that one version of the parameters is summed once, however many workers it
/// goes to; the header has one so that a flipped length is found before it is waited for.
/// </remarks>
/// <param name="Type">What the frame says.</param>
/// <param name="FixedBytes">Bytes of the fixed part.</param>
/// <param name="PayloadBytes">Bytes of the payload (float32s), 0 where there is none.</param>
/// <param name="FixedCrc">CRC-32C of the fixed part.</param>
/// <param name="PayloadCrc">CRC-32C of the payload; 0 where there is none.</param>
public readonly record struct FrameHeader(
    FrameType Type, int FixedBytes, int PayloadBytes, uint FixedCrc, uint PayloadCrc)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 24;

    /// <summary>The frame format's version; the first thing that is read after the magic.</summary>
    public const byte FormatVersion = 4;

    private const ushort Magic = 0x424D;   // "MB"

    /// <summary>Writes the header to the first <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination, Magic);
        destination[2] = FormatVersion;
        destination[3] = (byte)Type;
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], FixedBytes);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], PayloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], FixedCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], PayloadCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], Crc32C.Of(destination[..20]));
    }

    /// <summary>Reads and checks a header.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    /// <param name="header">The header, where it is sound.</param>
    /// <param name="problem">What is wrong, where it is not.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, out FrameHeader header, out string? problem)
    {
        header = default;
        if (BinaryPrimitives.ReadUInt16LittleEndian(source) != Magic)
            return Fail(out problem, "not a MiniBatch frame");
        if (source[2] != FormatVersion)
            return Fail(out problem, $"frame format {source[2]}, this program speaks {FormatVersion}");
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[20..]) != Crc32C.Of(source[..20]))
            return Fail(out problem, "the header's checksum is wrong");
        header = new FrameHeader(
            (FrameType)source[3],
            BinaryPrimitives.ReadInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[16..]));
        if (header.Type is < FrameType.Challenge or > FrameType.Wake)
            return Fail(out problem, $"unknown frame type {(byte)header.Type}");
        if (header.FixedBytes is < 0 or > FrameLimits.FixedBytesMax)
            return Fail(out problem, $"a fixed part of {header.FixedBytes} bytes; at most {FrameLimits.FixedBytesMax}");
        if (header.PayloadBytes is < 0 or > FrameLimits.PayloadBytesMax || header.PayloadBytes % sizeof(float) != 0)
            return Fail(out problem, $"a payload of {header.PayloadBytes} bytes; at most {FrameLimits.PayloadBytesMax}, in float32s");
        problem = null;
        return true;
    }

    private static bool Fail(out string problem, string words)
    {
        problem = words;
        return false;
    }
}
