namespace TorchSharp;

/// <summary>Tensors of random numbers, from libtorch's global generator (<see cref="manual_seed"/>).</summary>
public static partial class torch
{
    /// <summary>Uniform in [0, 1).</summary>
    public static Tensor rand(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Rand(size, Plain(dtype, device, requires_grad, generator, names));

    public static Tensor rand(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Rand(size, Plain(dtype, device, requires_grad, generator, names));

    public static Tensor rand(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Rand([size], Plain(dtype, device, requires_grad, generator, names));

    public static Tensor rand(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Rand([rows, columns], Plain(dtype, device, requires_grad, generator, names));

    public static Tensor rand(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Rand([dim0, dim1, dim2], Plain(dtype, device, requires_grad, generator, names));

    public static Tensor rand(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Rand([dim0, dim1, dim2, dim3], Plain(dtype, device, requires_grad, generator, names));

    /// <summary>Standard normal.</summary>
    public static Tensor randn(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Randn(size, Plain(dtype, device, requires_grad, generator, names));

    public static Tensor randn(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Randn(size, Plain(dtype, device, requires_grad, generator, names));

    public static Tensor randn(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Randn([size], Plain(dtype, device, requires_grad, generator, names));

    public static Tensor randn(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Randn([rows, columns], Plain(dtype, device, requires_grad, generator, names));

    public static Tensor randn(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Randn([dim0, dim1, dim2], Plain(dtype, device, requires_grad, generator, names));

    public static Tensor randn(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Randn([dim0, dim1, dim2, dim3], Plain(dtype, device, requires_grad, generator, names));

    private static Tensor Rand(ReadOnlySpan<long> size, Options options) => Native.mbt_rand(size, size.Length, options);

    private static Tensor Randn(ReadOnlySpan<long> size, Options options) => Native.mbt_randn(size, size.Length, options);

    // The only generator that the slice can hand out is the global one.
    private static Options Plain(ScalarType? dtype, Device? device, bool requiresGrad, Generator? generator, string[]? names)
    {
        _ = generator;
        return Plain(dtype, device, requiresGrad, names);
    }
}
