using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace MiniBatch.Coordinator.TensorBoard;

/// <summary>
/// Writes one message in Protocol Buffers' encoding, field by field: the few types that TensorBoard's events have.
/// </summary>
/// <remarks>
/// TorchSharp has classes that were generated of these messages. The coordinator does without torch; its tests read with them what
/// this writes. Source: protobuf.dev, "Encoding".
/// </remarks>
internal sealed class ProtoWriter
{
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    private readonly ArrayBufferWriter<byte> _bytes = new(256);

    /// <summary>The message so far.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    /// <summary>A field of type double.</summary>
    public ProtoWriter Double(int field, double value)
    {
        Key(field, Fixed64);
        Put(value);
        return this;
    }

    /// <summary>A field of type float.</summary>
    public ProtoWriter Float(int field, float value)
    {
        Key(field, Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(_bytes.GetSpan(sizeof(float)), value);
        _bytes.Advance(sizeof(float));
        return this;
    }

    /// <summary>A field of type int64 or of an enumeration; absent where it is 0, as proto3 has it.</summary>
    public ProtoWriter Int64(int field, long value)
    {
        if (value == 0) return this;
        Key(field, Varint);
        PutVarint((ulong)value);
        return this;
    }

    /// <summary>A field of type string.</summary>
    public ProtoWriter Text(int field, string value) => Delimit(field, Encoding.UTF8.GetBytes(value));

    /// <summary>A field of a message type.</summary>
    public ProtoWriter Message(int field, ProtoWriter message) => Delimit(field, message.Bytes);

    /// <summary>A packed field of repeated doubles.</summary>
    public ProtoWriter Doubles(int field, ReadOnlySpan<double> values)
    {
        Key(field, Delimited);
        PutVarint((ulong)values.Length * sizeof(double));
        foreach (var value in values) Put(value);
        return this;
    }

    private ProtoWriter Delimit(int field, ReadOnlySpan<byte> content)
    {
        Key(field, Delimited);
        PutVarint((ulong)content.Length);
        _bytes.Write(content);
        return this;
    }

    private void Key(int field, int wireType) => PutVarint((ulong)((field << 3) | wireType));

    private void Put(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_bytes.GetSpan(sizeof(double)), value);
        _bytes.Advance(sizeof(double));
    }

    /// <summary>Seven bits a byte, the lowest first; the eighth says that more follow.</summary>
    private void PutVarint(ulong value)
    {
        var length = Math.Max(1, (70 - BitOperations.LeadingZeroCount(value)) / 7);
        var bytes = _bytes.GetSpan(length);
        for (var i = 0; i < length; i++, value >>= 7) bytes[i] = (byte)(i < length - 1 ? value | 0x80 : value);
        _bytes.Advance(length);
    }
}
