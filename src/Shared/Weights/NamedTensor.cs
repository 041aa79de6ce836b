using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Weights;

/// <summary>The element types that our models have.</summary>
public enum TensorType
{
    /// <summary>float32: parameters, running statistics.</summary>
    F32,

    /// <summary>int64: counters such as BatchNorm's <c>num_batches_tracked</c>.</summary>
    I64,
}

/// <summary>A tensor outside of torch.</summary>
public sealed class NamedTensor
{
    private NamedTensor(string name, long[] shape, TensorType type, ReadOnlyMemory<byte> bytes)
    {
        (Name, Shape, Type, Bytes) = (name, shape, type, bytes);
        if (ByteCountOf(shape, SizeOf(type)) != bytes.Length)
            throw new ArgumentException($"{name}: {bytes.Length} bytes are not {type}[{string.Join(", ", shape)}].");
    }

    /// <summary>As PyTorch's <c>state_dict</c> names it, e.g. "conv1.weight".</summary>
    public string Name { get; }

    /// <summary>Empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    public TensorType Type { get; }

    /// <summary>The values, row-major, little-endian.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    public int ElementCount => Bytes.Length / SizeOf(Type);

    /// <summary>A float32 tensor; the values are copied.</summary>
    /// <exception cref="ArgumentException">Not as many values as the shape has.</exception>
    public static NamedTensor OfFloats(string name, long[] shape, ReadOnlySpan<float> values) =>
        new(name, shape, TensorType.F32, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>An int64 tensor; the values are copied.</summary>
    /// <exception cref="ArgumentException">Not as many values as the shape has.</exception>
    public static NamedTensor OfInt64s(string name, long[] shape, ReadOnlySpan<long> values) =>
        new(name, shape, TensorType.I64, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>A tensor over bytes that are kept, not copied.</summary>
    /// <exception cref="ArgumentException">Not as many bytes as shape and type have.</exception>
    public static NamedTensor OfBytes(string name, long[] shape, TensorType type, ReadOnlyMemory<byte> bytes) =>
        new(name, shape, type, bytes);

    /// <summary>The values of a float32 tensor, not copied.</summary>
    /// <exception cref="InvalidOperationException">It is of another type.</exception>
    public ReadOnlySpan<float> Floats => As<float>(TensorType.F32);

    /// <summary>The values of an int64 tensor, not copied.</summary>
    /// <exception cref="InvalidOperationException">It is of another type.</exception>
    public ReadOnlySpan<long> Int64s => As<long>(TensorType.I64);

    /// <summary>The same values under another name, not copied.</summary>
    public NamedTensor Renamed(string name) => new(name, [.. Shape], Type, Bytes);

    internal static int SizeOf(TensorType type) => type == TensorType.F32 ? sizeof(float) : sizeof(long);

    /// <summary>−1 for a negative dimension, or more than an array can hold.</summary>
    internal static long ByteCountOf(IReadOnlyList<long> shape, int elementSize)
    {
        long count = elementSize;
        foreach (var size in shape)
        {
            if (size < 0 || size > Array.MaxLength || (count *= size) > Array.MaxLength)
                return -1;
        }

        return count;
    }

    private ReadOnlySpan<T> As<T>(TensorType type)
        where T : struct =>
        Type == type
            ? MemoryMarshal.Cast<byte, T>(Bytes.Span)
            : throw new InvalidOperationException($"{Name} is {Type}, not {type}.");
}
