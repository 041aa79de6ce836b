using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace TorchSharp;

/// <summary>
/// libMiniBatchTorch.so, function by function. Tensors travel through <see cref="TensorMarshaller"/>, which keeps them
/// alive during the call and turns a null result into an exception; status results go through <see cref="Check"/>.
/// </summary>
internal static unsafe partial class Native
{
    private const string Library = "MiniBatchTorch";

    /// <exception cref="ExternalException">The call on this thread that returned <paramref name="ok"/> failed; libtorch's words.</exception>
    public static void Check(bool ok)
    {
        if (!ok) throw Error();
    }

    public static ExternalException Error() => new(Marshal.PtrToStringUTF8(mbt_error()));

    [LibraryImport(Library)] private static partial IntPtr mbt_error();
    [LibraryImport(Library)] public static partial long mbt_live();
    [LibraryImport(Library)] public static partial void mbt_dispose(IntPtr handle);

    // Making.
    [LibraryImport(Library)] public static partial torch.Tensor mbt_full(ReadOnlySpan<long> size, int dims, ScalarValue value, Options options);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_empty(ReadOnlySpan<long> size, int dims, Options options);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_rand(ReadOnlySpan<long> size, int dims, Options options);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_randn(ReadOnlySpan<long> size, int dims, Options options);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_arange(ScalarValue start, ScalarValue stop, ScalarValue step, Options options);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_from_copy(void* data, int dtype, ReadOnlySpan<long> size, int dims, Options options);
    [LibraryImport(Library)]
    public static partial torch.Tensor mbt_from_blob(
        void* data, ReadOnlySpan<long> size, int dims, delegate* unmanaged<IntPtr, void> release, IntPtr context, Options options);

    // Reading: these cannot fail on a live tensor, and are too short to be worth a switch of the GC's mode.
    [LibraryImport(Library), SuppressGCTransition] public static partial long mbt_dim(torch.Tensor t);
    [LibraryImport(Library), SuppressGCTransition] public static partial long mbt_numel(torch.Tensor t);
    [LibraryImport(Library), SuppressGCTransition] public static partial long mbt_element_size(torch.Tensor t);
    [LibraryImport(Library), SuppressGCTransition] public static partial int mbt_dtype(torch.Tensor t);
    [LibraryImport(Library), SuppressGCTransition] public static partial int mbt_device_type(torch.Tensor t);
    [LibraryImport(Library), SuppressGCTransition] public static partial int mbt_device_index(torch.Tensor t);
    [LibraryImport(Library), SuppressGCTransition] public static partial long* mbt_sizes(torch.Tensor t);
    [LibraryImport(Library), SuppressGCTransition] public static partial Flag mbt_is_contiguous(torch.Tensor t);
    [LibraryImport(Library), SuppressGCTransition] public static partial Flag mbt_is_leaf(torch.Tensor t);
    [LibraryImport(Library), SuppressGCTransition] public static partial Flag mbt_requires_grad(torch.Tensor t);
    [LibraryImport(Library), SuppressGCTransition] public static partial void* mbt_data(torch.Tensor t);
    [LibraryImport(Library)] public static partial Flag mbt_item(torch.Tensor t, out double real, out long integer);
    [LibraryImport(Library)] public static partial Flag mbt_equal(torch.Tensor a, torch.Tensor b, out Flag result);

    // Autograd.
    [LibraryImport(Library)] public static partial Flag mbt_set_requires_grad(torch.Tensor t, Flag on);
    [LibraryImport(Library)] public static partial Flag mbt_grad(torch.Tensor t, out IntPtr result);
    [LibraryImport(Library)] public static partial Flag mbt_set_grad(torch.Tensor t, torch.Tensor? grad);
    [LibraryImport(Library)] public static partial Flag mbt_backward(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_detach(torch.Tensor t);
    [LibraryImport(Library), SuppressGCTransition] public static partial Flag mbt_grad_enabled();
    [LibraryImport(Library), SuppressGCTransition] public static partial void mbt_set_grad_enabled(Flag on);

    // Shape and place.
    [LibraryImport(Library)] public static partial torch.Tensor mbt_alias(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_clone(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_contiguous(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_view(torch.Tensor t, ReadOnlySpan<long> size, int dims);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_reshape(torch.Tensor t, ReadOnlySpan<long> size, int dims);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_flatten(torch.Tensor t, long start, long end);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_unsqueeze(torch.Tensor t, long dim);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_transpose(torch.Tensor t, long dim0, long dim1);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_permute(torch.Tensor t, ReadOnlySpan<long> permutation, int dims);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_t(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_select(torch.Tensor t, long dim, long index);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_narrow(torch.Tensor t, long dim, long start, long length);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_slice(torch.Tensor t, long dim, long start, long end, long step);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_index_select(torch.Tensor t, long dim, torch.Tensor index);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_pin_memory(torch.Tensor t);
    [LibraryImport(Library)] public static partial Flag mbt_is_pinned(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_set_(torch.Tensor t, torch.Tensor source);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_to(torch.Tensor t, Options options, Flag nonBlocking, Flag copy);

    // Arithmetic.
    [LibraryImport(Library)] public static partial torch.Tensor mbt_abs(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_exp(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_log(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_neg(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_relu(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_sigmoid(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_sqrt(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_square(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_tanh(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_zero_(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_add(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_add_scalar(torch.Tensor a, ScalarValue b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_add_(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_add__scalar(torch.Tensor a, ScalarValue b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_add_scaled(torch.Tensor a, torch.Tensor b, ScalarValue alpha);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_add_scaled_(torch.Tensor a, torch.Tensor b, ScalarValue alpha);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_sub(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_sub_scalar(torch.Tensor a, ScalarValue b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_rsub_scalar(torch.Tensor a, ScalarValue b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_sub_(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_sub__scalar(torch.Tensor a, ScalarValue b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_mul(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_mul_scalar(torch.Tensor a, ScalarValue b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_mul_(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_mul__scalar(torch.Tensor a, ScalarValue b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_div(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_div_(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_div_scalar(torch.Tensor a, ScalarValue b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_rdiv_scalar(torch.Tensor a, ScalarValue b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_pow(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_pow_scalar(torch.Tensor a, ScalarValue b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_eq(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_eq_scalar(torch.Tensor a, ScalarValue b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_gt_scalar(torch.Tensor a, ScalarValue b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_ne(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_matmul(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_mm(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_maximum(torch.Tensor a, torch.Tensor b);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_copy_(torch.Tensor to, torch.Tensor from, Flag nonBlocking);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_fill_(torch.Tensor t, ScalarValue value);

    // Reductions.
    [LibraryImport(Library)] public static partial torch.Tensor mbt_sum(torch.Tensor t, int dtype);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_sum_dims(torch.Tensor t, ReadOnlySpan<long> dims, int count, Flag keepdim, int dtype);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_mean(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_mean_dims(torch.Tensor t, ReadOnlySpan<long> dims, int count, Flag keepdim, int dtype);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_max(torch.Tensor t);
    [LibraryImport(Library)] public static partial Flag mbt_max_dim(torch.Tensor t, long dim, Flag keepdim, out IntPtr values, out IntPtr indices);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_argmax(torch.Tensor t);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_argmax_dim(torch.Tensor t, long dim, Flag keepdim);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_softmax(torch.Tensor t, long dim, int dtype);
    [LibraryImport(Library)] public static partial torch.Tensor mbt_log_softmax(torch.Tensor t, long dim, int dtype);
}
