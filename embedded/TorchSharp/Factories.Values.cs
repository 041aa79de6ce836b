using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>Tensors made from values: copies (<c>tensor</c>), or views of managed arrays (<c>frombuffer</c>, <c>from_array</c>).</summary>
public static partial class torch
{
    /// <summary>One value, of no dimension.</summary>
    public static Tensor tensor(float scalar, Device? device = null, bool requires_grad = false) =>
        Copy<float>([scalar], [], null, device, requires_grad, null);

    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copy<double>([scalar], [], dtype, device, requires_grad, null);

    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copy<long>([scalar], [], dtype, device, requires_grad, null);

    public static Tensor tensor(int scalar, Device? device = null, bool requires_grad = false) =>
        Copy<int>([scalar], [], null, device, requires_grad, null);

    public static Tensor tensor(bool scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copy<bool>([scalar], [], dtype, device, requires_grad, null);

    public static Tensor tensor(float[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Copy<float>(rawArray, [rawArray.Length], dtype, device, requires_grad, names);

    public static Tensor tensor(float[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Copy<float>(rawArray, dimensions, dtype, device, requires_grad, names);

    public static Tensor tensor(float[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Copy(MemoryMarshal.CreateReadOnlySpan(ref First<float>(rawArray), rawArray.Length), [rawArray.GetLength(0), rawArray.GetLength(1)], dtype, device, requires_grad, names);

    public static Tensor tensor(double[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Copy<double>(rawArray, [rawArray.Length], dtype, device, requires_grad, names);

    public static Tensor tensor(double[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Copy<double>(rawArray, dimensions, dtype, device, requires_grad, names);

    public static Tensor tensor(double[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Copy(MemoryMarshal.CreateReadOnlySpan(ref First<double>(rawArray), rawArray.Length), [rawArray.GetLength(0), rawArray.GetLength(1)], dtype, device, requires_grad, names);

    public static Tensor tensor(long[] dataArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Copy<long>(dataArray, [dataArray.Length], dtype, device, requires_grad, names);

    public static Tensor tensor(long[] dataArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Copy<long>(dataArray, dimensions, dtype, device, requires_grad, names);

    public static Tensor tensor(long[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Copy(MemoryMarshal.CreateReadOnlySpan(ref First<long>(rawArray), rawArray.Length), [rawArray.GetLength(0), rawArray.GetLength(1)], dtype, device, requires_grad, names);

    public static Tensor tensor(byte[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Copy<byte>(rawArray, [rawArray.Length], dtype, device, requires_grad, names);

    public static Tensor tensor(byte[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Copy<byte>(rawArray, dimensions, dtype, device, requires_grad, names);

    public static Tensor tensor(byte[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Copy(MemoryMarshal.CreateReadOnlySpan(ref First<byte>(rawArray), rawArray.Length), [rawArray.GetLength(0), rawArray.GetLength(1)], dtype, device, requires_grad, names);

    /// <summary>The numbers from <paramref name="start"/> up to, without, <paramref name="stop"/>; int64 if all three are integers.</summary>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Native.mbt_arange(start.Value, stop.Value, step.Value, new Options(dtype, device, requires_grad));

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    /// <summary>A one-dimensional view of <paramref name="rawArray"/>, which stays pinned while a tensor refers to it.</summary>
    /// <param name="dtype">Another type than the array's makes a copy.</param>
    /// <param name="count">Elements; −1 takes all from the offset.</param>
    /// <param name="offset">Elements, not bytes, to leave out at the array's begin.</param>
    /// <exception cref="ArgumentException">The offset is outside the array.</exception>
    /// <exception cref="IndexOutOfRangeException">Offset and count reach beyond the array.</exception>
    public static Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        if (offset < 0 || offset >= rawArray.LongLength) throw new ArgumentException($"invalid value for 'offset': {offset}");
        if (count < 0) count = rawArray.LongLength - offset;
        if (count > rawArray.LongLength - offset) throw new IndexOutOfRangeException($"element count is too large: {count}");
        return Share(rawArray, offset, [count], dtype, null, requires_grad);
    }

    /// <summary>A view of <paramref name="rawArray"/> with its dimensions, which stays pinned while a tensor refers to it.</summary>
    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    /// <summary>As above; another type or device than the array's makes a copy.</summary>
    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        RefuseNames(names);
        var size = Enumerable.Range(0, rawArray.Rank).Select(rawArray.GetLongLength).ToArray();
        return Share(rawArray, 0, size, dtype, device, requires_grad);
    }

    private static unsafe Tensor Copy<T>(
        ReadOnlySpan<T> values, ReadOnlySpan<long> size, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names)
        where T : unmanaged
    {
        var own = TypeOf(typeof(T));
        var options = Plain(dtype ?? own, device, requiresGrad, names);
        long wanted = 1;
        foreach (var extent in size) wanted *= extent;
        if (wanted != values.Length) throw new ArgumentException($"{values.Length} values for {wanted} elements");
        fixed (T* data = values) return Native.mbt_from_copy(data, (int)own, size, size.Length, options);
    }

    private static Tensor Share(Array array, long offset, long[] size, ScalarType? dtype, Device? device, bool requiresGrad)
    {
        var own = TypeOf(array.GetType().GetElementType()!);
        var result = View(array, offset, size, own);
        if ((dtype ?? own) != own || (device ?? CPU).type != DeviceType.CPU) result = result.to(dtype ?? own, device ?? CPU, disposeAfter: true);
        return requiresGrad ? result.requires_grad_() : result;
    }

    private static unsafe Tensor View(Array array, long offset, long[] size, ScalarType dtype)
    {
        var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
        try
        {
            var data = Marshal.UnsafeAddrOfPinnedArrayElement(array, checked((int)offset));
            return Native.mbt_from_blob((void*)data, size, size.Length, &Unpin, GCHandle.ToIntPtr(pin), new Options(dtype, null));
        }
        catch (ExternalException)
        {
            pin.Free();
            throw;
        }
    }

    /// <summary>Called by libtorch, on any thread, when the last tensor over the array is gone.</summary>
    [UnmanagedCallersOnly]
    private static void Unpin(IntPtr pin) => GCHandle.FromIntPtr(pin).Free();

    private static ref T First<T>(T[,] array) => ref System.Runtime.CompilerServices.Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array));

    private static ScalarType TypeOf(Type type) =>
        type == typeof(float) ? ScalarType.Float32 : type == typeof(double) ? ScalarType.Float64
        : type == typeof(long) ? ScalarType.Int64 : type == typeof(int) ? ScalarType.Int32
        : type == typeof(short) ? ScalarType.Int16 : type == typeof(byte) ? ScalarType.Byte
        : type == typeof(sbyte) ? ScalarType.Int8 : type == typeof(bool) ? ScalarType.Bool
        : throw new ArgumentException($"no tensor type for {type.Name}");
}
