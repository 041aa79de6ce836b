using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Lessons.Page;

/// <summary>Numbers taken out of a tensor, with its shape, so that they outlive it.</summary>
/// <param name="Values">In row-major order.</param>
/// <param name="Shape">Sizes by dimension; empty for a single number.</param>
public sealed record Reading(IReadOnlyList<double> Values, IReadOnlyList<long> Shape)
{
    /// <summary>A single number.</summary>
    public static Reading Of(double value) => new([value], []);

    /// <summary>A row of numbers. An array, because a tensor converts from one implicitly too.</summary>
    public static Reading Of(double[] values) => new(values, [values.Length]);

    /// <summary>Sizes, or indices.</summary>
    public static Reading Of(long[] values) => Of(Array.ConvertAll(values, value => (double)value));

    /// <summary>All elements of a tensor of any type.</summary>
    public static Reading Of(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return new([.. tensor.detach().to(float64).data<double>()], tensor.shape);
    }

    /// <summary>The same shape, and each number at most <paramref name="within"/> away.</summary>
    public bool IsNear(Reading expected, double within) =>
        Shape.SequenceEqual(expected.Shape) && Values.Zip(expected.Values, (value, wanted) => Math.Abs(value - wanted) <= within).All(near => near);

    /// <summary>"0.5", "(1 2 3)", "(1 2 / 3 4)", "((1 2 / 3 4) (5 6 / 7 8))": six digits at most, rows apart by strokes.</summary>
    public override string ToString() => Text(0, Values.Count, 0);

    /// <summary>A matrix as lines in columns; anything else in one line.</summary>
    public IReadOnlyList<string> Rows()
    {
        if (Shape.Count != 2) return [ToString()];
        var columns = (int)Shape[1];
        var width = Values.Max(value => Number(value).Length);
        return [.. Values.Chunk(columns).Select(row => string.Join(' ', row.Select(value => Number(value).PadLeft(width))))];
    }

    private string Text(int from, int count, int dim)
    {
        if (dim == Shape.Count) return Number(Values[from]);
        var part = Shape[dim] == 0 ? 0 : count / (int)Shape[dim];
        var parts = Enumerable.Range(0, (int)Shape[dim]).Select(i => Text(from + (i * part), part, dim + 1));
        // The innermost two dimensions are a matrix: its rows need no brackets of their own.
        return dim == Shape.Count - 2 ? $"({string.Join(" / ", parts.Select(row => row[1..^1]))})" : $"({string.Join(' ', parts)})";
    }

    private static string Number(double value) => value == 0 ? "0"   // -0 too
        : value.ToString(Math.Abs(value) is >= 1e-4 and < 1e6 ? "0.######" : "0.###e0", CultureInfo.InvariantCulture);
}
