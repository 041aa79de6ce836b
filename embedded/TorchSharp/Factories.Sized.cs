namespace TorchSharp;

/// <summary>Tensors made from a size: float32 on the CPU unless said otherwise.</summary>
public static partial class torch
{
    /// <summary>Every element 0.</summary>
    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Zeros(size, Plain(dtype, device, requires_grad, names));

    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Zeros(size, Plain(dtype, device, requires_grad, names));

    public static Tensor zeros(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Zeros([size], Plain(dtype, device, requires_grad, names));

    public static Tensor zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Zeros([rows, columns], Plain(dtype, device, requires_grad, names));

    public static Tensor zeros(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Zeros([dim0, dim1, dim2], Plain(dtype, device, requires_grad, names));

    public static Tensor zeros(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Zeros([dim0, dim1, dim2, dim3], Plain(dtype, device, requires_grad, names));

    /// <summary>Every element 1.</summary>
    public static Tensor ones(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Ones(size, Plain(dtype, device, requires_grad, names));

    public static Tensor ones(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Ones(size, Plain(dtype, device, requires_grad, names));

    public static Tensor ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Ones([size], Plain(dtype, device, requires_grad, names));

    public static Tensor ones(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Ones([rows, columns], Plain(dtype, device, requires_grad, names));

    public static Tensor ones(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Ones([dim0, dim1, dim2], Plain(dtype, device, requires_grad, names));

    public static Tensor ones(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Ones([dim0, dim1, dim2, dim3], Plain(dtype, device, requires_grad, names));

    /// <summary>Memory as it is found: to be written before it is read.</summary>
    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Empty(size, Plain(dtype, device, requires_grad, names));

    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Empty(size, Plain(dtype, device, requires_grad, names));

    public static Tensor empty(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Empty([size], Plain(dtype, device, requires_grad, names));

    public static Tensor empty(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Empty([rows, columns], Plain(dtype, device, requires_grad, names));

    public static Tensor empty(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Empty([dim0, dim1, dim2], Plain(dtype, device, requires_grad, names));

    public static Tensor empty(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Empty([dim0, dim1, dim2, dim3], Plain(dtype, device, requires_grad, names));

    private static Tensor Zeros(ReadOnlySpan<long> size, Options options) => Native.mbt_full(size, size.Length, new ScalarValue(0, 0, 0), options);

    private static Tensor Ones(ReadOnlySpan<long> size, Options options) => Native.mbt_full(size, size.Length, new ScalarValue(1, 1, 0), options);

    private static Tensor Empty(ReadOnlySpan<long> size, Options options) => Native.mbt_empty(size, size.Length, options);

    private static Options Plain(ScalarType? dtype, Device? device, bool requiresGrad, string[]? names)
    {
        RefuseNames(names);
        return new Options(dtype ?? ScalarType.Float32, device, requiresGrad);
    }

    private static void RefuseNames(string[]? names)
    {
        if (names is not null) throw new NotSupportedException("The embedded TorchSharp has no named dimensions.");
    }
}
