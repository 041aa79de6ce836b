using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A reference to a libtorch tensor. Whoever makes one disposes it, by hand or through the <see cref="DisposeScope"/>
    /// that was innermost on its thread; a forgotten one goes with its finaliser, late.
    /// </summary>
    [NativeMarshalling(typeof(TensorMarshaller))]
    public partial class Tensor : IDisposable
    {
        private IntPtr _handle;

        internal Tensor(IntPtr handle)
        {
            _handle = handle;
            OwningScope = DisposeScope.Current;
            OwningScope?.Attach(this);
        }

        ~Tensor() => Dispose(false);

        /// <summary>Tensors alive in this process, on every thread: what a test of memory watches.</summary>
        public static long TotalCount => Native.mbt_live();

        public bool IsInvalid => _handle == IntPtr.Zero;

        /// <exception cref="InvalidOperationException">The tensor is disposed.</exception>
        public IntPtr Handle => _handle != IntPtr.Zero ? _handle : throw new InvalidOperationException("Tensor invalid -- empty handle.");

        public long Dimensions => Native.mbt_dim(this);

        public long NumberOfElements => Native.mbt_numel(this);

        /// <summary>Bytes of one element.</summary>
        public long ElementSize => Native.mbt_element_size(this);

        public ScalarType dtype => (ScalarType)Native.mbt_dtype(this);

        public DeviceType device_type => (DeviceType)Native.mbt_device_type(this);

        public int device_index => Native.mbt_device_index(this);

        public Device device => new(device_type, device_index);

        public bool is_cuda => device_type == DeviceType.CUDA;

        /// <summary>Sizes by dimension, in a new array each time.</summary>
        public unsafe long[] shape
        {
            get
            {
                var sizes = new ReadOnlySpan<long>(Native.mbt_sizes(this), (int)Dimensions).ToArray();
                GC.KeepAlive(this);
                return sizes;
            }
        }

        /// <summary>
        /// The tensor's own memory, not a copy: written bytes are written elements. The caller keeps the tensor alive
        /// while it uses the span.
        /// </summary>
        /// <exception cref="NotImplementedException">The tensor is not contiguous.</exception>
        /// <exception cref="InvalidOperationException">The tensor is not in CPU memory.</exception>
        /// <exception cref="ArgumentException">The bytes do not fit: over 2 GB, or of another length when set.</exception>
        public unsafe Span<byte> bytes
        {
            get
            {
                if (!is_contiguous()) throw new NotImplementedException("Bytes() called on non-contiguous tensor.");
                RequireCpu();
                var size = NumberOfElements * ElementSize;
                if (size > int.MaxValue) throw new ArgumentException("Span only supports up to int.MaxValue elements.");
                return new Span<byte>(Native.mbt_data(this), (int)size);
            }
            set
            {
                var own = bytes;
                if (own.Length != value.Length) throw new ArgumentException("Mismatched data sizes in SetBytes().");
                value.CopyTo(own);
            }
        }

        internal DisposeScope? OwningScope { get; set; }

        public long dim() => Dimensions;

        public long numel() => NumberOfElements;

        public long[] size() => shape;

        public bool is_contiguous() => Native.mbt_is_contiguous(this);

        /// <summary>Typed access to the elements, in row-major order; CPU tensors only.</summary>
        /// <exception cref="ArgumentException"><typeparamref name="T"/> is not the tensor's type.</exception>
        public Utils.TensorAccessor<T> data<T>()
            where T : unmanaged
        {
            RequireCpu();
            RequireType(typeof(T));
            return new Utils.TensorAccessor<T>(this);
        }

        /// <summary>The value of a tensor of one element; CPU tensors only.</summary>
        /// <exception cref="ArgumentException">More or fewer elements than one, or another type.</exception>
        public T item<T>()
            where T : unmanaged
        {
            if (NumberOfElements != 1) throw new ArgumentException("Number of elements in the tensor must be 1");
            using var value = data<T>();
            return value[0];
        }

        /// <summary>A new reference to the same tensor; each is disposed by itself.</summary>
        public Tensor alias() => Native.mbt_alias(this);

        public Tensor DetachFromDisposeScope()
        {
            OwningScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningScope?.MoveToOuter(this);
            return this;
        }

        public void Dispose()
        {
            OwningScope?.Forget(this);
            OwningScope = null;
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        /// <summary>Same shape and same elements.</summary>
        public bool Equals(Tensor target)
        {
            Native.Check(Native.mbt_equal(this, target, out var equal));
            return equal;
        }

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

        /// <summary>"[2x3], type = Float32, device = cpu".</summary>
        public override string ToString() =>
            IsInvalid ? "<disposed>" : $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";

        protected virtual void Dispose(bool disposing)
        {
            var handle = Interlocked.Exchange(ref _handle, IntPtr.Zero);
            if (handle != IntPtr.Zero) Native.mbt_dispose(handle);
        }

        /// <summary>Takes the native tensor out of this object, which is then invalid and in no scope.</summary>
        internal IntPtr Release()
        {
            var handle = Handle;
            _handle = IntPtr.Zero;
            OwningScope?.Forget(this);
            OwningScope = null;
            GC.SuppressFinalize(this);
            return handle;
        }

        /// <summary>Puts the native tensor of <paramref name="other"/>, which becomes invalid, in the place of this one's.</summary>
        internal void Replace(Tensor other)
        {
            Native.mbt_dispose(Handle);
            _handle = other.Release();
        }

        private void RequireCpu()
        {
            if (device_type != DeviceType.CPU)
                throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        }

        private void RequireType(Type type)
        {
            var fits = dtype switch
            {
                ScalarType.Byte => type == typeof(byte),
                ScalarType.Int8 => type == typeof(sbyte),
                ScalarType.Int16 => type == typeof(short),
                ScalarType.Int32 => type == typeof(int),
                ScalarType.Int64 => type == typeof(long),
                ScalarType.Float32 => type == typeof(float),
                ScalarType.Float64 => type == typeof(double),
                ScalarType.Bool => type == typeof(bool),
                _ => false,
            };
            if (!fits) throw new ArgumentException($"{type.Name} is not compatible with {dtype}");
        }
    }
}
