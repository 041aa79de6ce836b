using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace MiniBatch.Shared.DataPlane;

/// <summary>Writes the fields of a frame's fixed part, little-endian, one after the other.</summary>
public ref struct FixedWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>8 bytes.</summary>
    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_destination[Length..], value);
        Length += sizeof(long);
    }

    /// <summary>4 bytes.</summary>
    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_destination[Length..], value);
        Length += sizeof(int);
    }

    /// <summary>4 bytes.</summary>
    public void UInt32(uint value) => Int32(unchecked((int)value));

    /// <summary>2 bytes.</summary>
    public void UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_destination[Length..], value);
        Length += sizeof(ushort);
    }

    /// <summary>8 bytes.</summary>
    public void Double(double value) => Int64(BitConverter.DoubleToInt64Bits(value));

    /// <summary>4 bytes of length, then UTF-8.</summary>
    public void Text(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value, _destination[(Length + sizeof(int))..]);
        Int32(bytes);
        Length += bytes;
    }

    /// <summary>4 bytes of count, then the float32s.</summary>
    public void Floats(ReadOnlySpan<float> values)
    {
        Int32(values.Length);
        Bytes(MemoryMarshal.AsBytes(values));
    }

    /// <summary>The bytes as they are; their number is fixed by the frame's type.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_destination[Length..]);
        Length += value.Length;
    }
}

/// <summary>Reads what a <see cref="FixedWriter"/> wrote.</summary>
/// <exception cref="InvalidDataException">The fixed part ends before its fields do, or after them
/// (<see cref="End"/>).</exception>
public ref struct FixedReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> _rest = source;

    /// <summary>8 bytes.</summary>
    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    /// <summary>4 bytes.</summary>
    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    /// <summary>4 bytes.</summary>
    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    /// <summary>2 bytes.</summary>
    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    /// <summary>8 bytes.</summary>
    public double Double() => BitConverter.Int64BitsToDouble(Int64());

    /// <summary>4 bytes of length, then UTF-8.</summary>
    public string Text() => Encoding.UTF8.GetString(Take(Int32()));

    /// <summary>4 bytes of count, then the float32s.</summary>
    public float[] Floats()
    {
        var count = Int32();
        if ((uint)count > FrameLimits.FixedBytesMax / sizeof(float)) throw new InvalidDataException($"{count} values in a fixed part");
        return MemoryMarshal.Cast<byte, float>(Take(count * sizeof(float))).ToArray();
    }

    /// <summary>So many bytes.</summary>
    public byte[] Bytes(int count) => Take(count).ToArray();

    /// <summary>Requires that nothing is left.</summary>
    public readonly void End()
    {
        if (_rest.Length > 0) throw new InvalidDataException($"{_rest.Length} bytes too many in the fixed part");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length) throw new InvalidDataException("the fixed part is too short");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}

/// <summary>Indices of slots or blocks, 0-based, in an order that means something.</summary>
/// <param name="Items">The indices; not changed after this.</param>
public readonly record struct ItemList(int[] Items)
{
    /// <summary>How many.</summary>
    public int Count => Items.Length;

    /// <summary>2 bytes of count, then 4 bytes an index.</summary>
    public void Write(ref FixedWriter writer)
    {
        writer.UInt16(checked((ushort)Items.Length));
        foreach (var item in Items) writer.Int32(item);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static ItemList Read(ref FixedReader reader)
    {
        var items = new int[reader.UInt16()];
        for (var i = 0; i < items.Length; i++) items[i] = reader.Int32();
        return new ItemList(items);
    }

    /// <summary>Equal where the indices are, in order.</summary>
    public bool Equals(ItemList other) => Items.AsSpan().SequenceEqual(other.Items);

    /// <inheritdoc />
    public override int GetHashCode() => Items.Length == 0 ? 0 : HashCode.Combine(Items.Length, Items[0], Items[^1]);

    /// <inheritdoc />
    public override string ToString() => string.Join(",", Items);
}
