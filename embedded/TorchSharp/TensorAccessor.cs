using System.Collections;
using System.Runtime.InteropServices;

namespace TorchSharp.Utils
{
    /// <summary>
    /// A tensor's elements in row-major order, whatever its strides. For whole contiguous tensors
    /// <see cref="torch.Tensor.bytes"/> is the fast way.
    /// </summary>
    public sealed class TensorAccessor<T> : IEnumerable<T>, IDisposable
        where T : unmanaged
    {
        private readonly torch.Tensor _contiguous;
        private readonly bool _isCopy;

        internal TensorAccessor(torch.Tensor tensor)
        {
            _isCopy = !tensor.is_contiguous();
            _contiguous = _isCopy ? tensor.contiguous() : tensor;
            Count = tensor.NumberOfElements;
        }

        public long Count { get; }

        public T this[params long[] indices]
        {
            get
            {
                var value = Elements[checked((int)Offset(indices))];
                GC.KeepAlive(this);
                return value;
            }
        }

        private Span<T> Elements => MemoryMarshal.Cast<byte, T>(_contiguous.bytes);

        public T[] ToArray()
        {
            var array = Elements.ToArray();
            GC.KeepAlive(this);
            return array;
        }

        public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

        public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
        {
            Elements[(int)tensorIndex..].CopyTo(array[arrayIndex..]);
            GC.KeepAlive(this);
        }

        public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void Dispose()
        {
            if (_isCopy) _contiguous.Dispose();
        }

        private long Offset(long[] indices)
        {
            // One index counts elements; as many as dimensions address one.
            if (indices.Length == 1) return indices[0];
            var shape = _contiguous.shape;
            if (indices.Length != shape.Length) throw new ArgumentException($"{indices.Length} indices for {shape.Length} dimensions");
            long offset = 0;
            for (var i = 0; i < shape.Length; i++)
            {
                if (indices[i] < 0 || indices[i] >= shape[i]) throw new IndexOutOfRangeException($"index {indices[i]} of dimension {i} of size {shape[i]}");
                offset = (offset * shape[i]) + indices[i];
            }
            return offset;
        }
    }
}

namespace TorchSharp
{
    /// <summary>The value of a tensor of one element, converted, from any device.</summary>
    public static class TensorExtensionMethods
    {
        public static float ToSingle(this torch.Tensor value) => (float)Item(value).Real;

        public static double ToDouble(this torch.Tensor value) => Item(value).Real;

        public static long ToInt64(this torch.Tensor value) => Item(value) is var (real, integer) && integer != 0 ? integer : (long)real;

        public static int ToInt32(this torch.Tensor value) => checked((int)value.ToInt64());

        public static bool ToBoolean(this torch.Tensor value) => Item(value).Real != 0;

        private static (double Real, long Integer) Item(torch.Tensor value)
        {
            Native.Check(Native.mbt_item(value, out var real, out var integer));
            return (real, integer);
        }
    }
}
