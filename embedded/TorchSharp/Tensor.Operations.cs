using System.Runtime.CompilerServices;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Autograd, shape, place and reductions. Every result is a new reference, also of the in-place operations.</summary>
    public partial class Tensor
    {
        public bool is_leaf => Native.mbt_is_leaf(this);

        /// <summary>Whether autograd records what is done with this tensor.</summary>
        /// <exception cref="ExternalException">Set on a tensor that is no leaf, or not of a floating type.</exception>
        public bool requires_grad
        {
            get => Native.mbt_requires_grad(this);
            set => Native.Check(Native.mbt_set_requires_grad(this, value));
        }

        /// <summary>The accumulated gradient, in a new handle each time that the caller disposes; null before backward.</summary>
        public Tensor? grad
        {
            get
            {
                Native.Check(Native.mbt_grad(this, out var handle));
                return handle == IntPtr.Zero ? null : new Tensor(handle);
            }
            set => Native.Check(Native.mbt_set_grad(this, value));
        }

        /// <summary>The part at <paramref name="i1"/> of the first dimension; shares memory.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[long i1] => select(0, i1);

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get
            {
                using var row = select(0, i1);
                return row.select(0, i2);
            }
        }

        /// <summary>Adds the gradient of this one-element tensor to <see cref="grad"/> of the leaves that it came from.</summary>
        /// <exception cref="ExternalException">Not one element, nothing recorded, or called twice on one graph.</exception>
        public void backward() => Native.Check(Native.mbt_backward(this));

        /// <summary>The same memory without the recorded graph.</summary>
        public Tensor detach() => Native.mbt_detach(this);

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor clone() => Native.mbt_clone(this);

        public Tensor contiguous() => Native.mbt_contiguous(this);

        /// <summary>Another shape over the same memory; one size may be −1.</summary>
        public Tensor view(params long[] shape) => Native.mbt_view(this, shape, shape.Length);

        /// <summary>As <see cref="view"/>, with a copy where the memory cannot be viewed so.</summary>
        public Tensor reshape(params long[] shape) => Native.mbt_reshape(this, shape, shape.Length);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Native.mbt_flatten(this, start_dim, end_dim);

        public Tensor unsqueeze(long dim) => Native.mbt_unsqueeze(this, dim);

        public Tensor transpose(long dim0, long dim1) => Native.mbt_transpose(this, dim0, dim1);

        public Tensor permute(params long[] permutation) => Native.mbt_permute(this, permutation, permutation.Length);

        public Tensor t() => Native.mbt_t(this);

        public Tensor select(long dim, long index) => Native.mbt_select(this, dim, index);

        /// <summary>The <paramref name="length"/> entries of <paramref name="dim"/> from <paramref name="start"/>; shares memory.</summary>
        public Tensor narrow(long dim, long start, long length) => Native.mbt_narrow(this, dim, start, length);

        /// <summary>A copy of the entries of <paramref name="dim"/> that an int64 <paramref name="index"/> names.</summary>
        public Tensor index_select(long dim, Tensor index) => Native.mbt_index_select(this, dim, index);

        /// <summary>
        /// A copy in page-locked memory of the host, which a GPU reads and writes by itself; this tensor where it is in such memory.
        /// </summary>
        /// <exception cref="ExternalException">libtorch sees no GPU.</exception>
        public Tensor pin_memory() => Native.mbt_pin_memory(this);

        public bool is_pinned() => Native.mbt_is_pinned(this);

        /// <summary>Makes this tensor another view of the memory of <paramref name="source"/>, with its sizes and strides.</summary>
        /// <exception cref="ExternalException">Another element type or device, or a leaf whose changes autograd records.</exception>
        public Tensor set_(Tensor source) => Native.mbt_set_(this, source);

        public Tensor cpu() => to(CPU);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(new Options(dtype, device), copy, disposeAfter, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(new Options(type, device), copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(new Options(type, device), copy, disposeAfter, non_blocking);

        public Tensor sum(ScalarType? type = null) => Native.mbt_sum(this, Options.Type(type));

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) =>
            Native.mbt_sum_dims(this, [dim], 1, keepdim, Options.Type(type));

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) =>
            Native.mbt_sum_dims(this, dim, dim.Length, keepdim, Options.Type(type));

        public Tensor mean() => Native.mbt_mean(this);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Native.mbt_mean_dims(this, dimensions, dimensions.Length, keepdim, Options.Type(type));

        public Tensor max() => Native.mbt_max(this);

        /// <summary>The greatest entry along <paramref name="dim"/> and its int64 index.</summary>
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false)
        {
            Native.Check(Native.mbt_max_dim(this, dim, keepdim, out var values, out var indexes));
            return (new Tensor(values), new Tensor(indexes));
        }

        public Tensor argmax() => Native.mbt_argmax(this);

        public Tensor argmax(long dim, bool keepdim = false) => Native.mbt_argmax_dim(this, dim, keepdim);

        public Tensor softmax(long dim, ScalarType? dtype = null) => Native.mbt_softmax(this, dim, Options.Type(dtype));

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Native.mbt_log_softmax(this, dim, Options.Type(dtype));

        private Tensor Converted(Options options, bool copy, bool disposeAfter, bool nonBlocking)
        {
            var result = Native.mbt_to(this, options, nonBlocking, copy);
            if (disposeAfter) Dispose();
            return result;
        }
    }
}
