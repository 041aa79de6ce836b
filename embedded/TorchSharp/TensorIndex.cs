using System.Runtime.CompilerServices;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// One entry between the brackets of <c>x[…]</c>: a number, a range, or a word such as <see cref="Ellipsis"/>. C#'s own ranges
    /// and indices from the end convert to it: <c>x[.., 1..3]</c> is Python's <c>x[:, 1:3]</c>, <c>x[^1]</c> its <c>x[-1]</c>.
    /// </summary>
    public struct TensorIndex
    {
        /// <summary>As many whole dimensions as are needed to reach the last ones; at most one.</summary>
        public static readonly TensorIndex Ellipsis = new() { Kind = IndexKind.Ellipsis };

        /// <summary>A new dimension of size 1.</summary>
        public static readonly TensorIndex None = new() { Kind = IndexKind.NewDimension };

        /// <summary>A whole dimension.</summary>
        public static readonly TensorIndex Colon = Slice();

        internal IndexKind Kind { get; private init; }

        /// <summary>The entry's number; below 0 from the end.</summary>
        internal long At { get; private init; }

        internal long? Start { get; private init; }

        internal long? Stop { get; private init; }

        internal long Step { get; private init; }

        /// <summary>One entry of the dimension, which then is gone.</summary>
        /// <exception cref="NotSupportedException">Null: the slice has no such index.</exception>
        public static TensorIndex Single(long? index) => index is { } at
            ? new() { Kind = IndexKind.Single, At = at }
            : throw new NotSupportedException("The embedded TorchSharp takes numbers for single indices only.");

        /// <summary>The entries from <paramref name="start"/> up to, without, <paramref name="stop"/>; below 0 from the end.</summary>
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { Kind = IndexKind.Slice, Start = start, Stop = stop, Step = step ?? 1 };

        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        public static TensorIndex Slice(Range range) => Slice(Place(range.Start), range.End.Equals(Index.End) ? null : Place(range.End));

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex(Index index) => Single(Place(index));

        private static long Place(Index index) => index.IsFromEnd ? -index.Value : index.Value;
    }

    public partial class Tensor
    {
        /// <summary>The part that the entries name, from the first dimension on; shares memory.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices] => index(indices);

        /// <summary>As the brackets have it.</summary>
        /// <exception cref="ExternalException">More entries than dimensions, or one outside of its dimension.</exception>
        public Tensor index(params TensorIndex[] indices)
        {
            var result = alias();
            long dim = 0;
            for (var i = 0; i < indices.Length; i++)
            {
                var whole = result;
                using (whole)
                {
                    switch (indices[i].Kind)
                    {
                        case IndexKind.Single:
                            result = whole.select(dim, indices[i].At);
                            break;
                        case IndexKind.Slice:
                            result = whole.slice(dim++, indices[i].Start ?? 0, indices[i].Stop ?? long.MaxValue, indices[i].Step);
                            break;
                        case IndexKind.NewDimension:
                            result = whole.unsqueeze(dim++);
                            break;
                        default:
                            result = whole.alias();
                            dim = whole.Dimensions - indices[(i + 1)..].Count(later => later.Kind is IndexKind.Single or IndexKind.Slice);
                            break;
                    }
                }
            }
            return result;
        }

        /// <summary>Every <paramref name="step"/>-th entry of a dimension, from start up to, without, finish; shares memory.</summary>
        public Tensor slice(long dim, long start, long finish, long step) => Native.mbt_slice(this, dim, start, finish, step);
    }

    internal enum IndexKind
    {
        Single,
        Slice,
        Ellipsis,
        NewDimension,
    }
}
