using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Numerics;

namespace MiniBatch.Explain.Narration;

/// <summary>A model's parameters, or as many numbers of another meaning, for people: each by its name, or by norm where they are many.</summary>
internal sealed class ParameterText
{
    /// <summary>More than that nobody checks by hand.</summary>
    public const int ParametersMax = 12;

    private const int FirstShown = 3;

    private readonly ModelLayout _layout;

    /// <param name="layout">Names and shapes.</param>
    public ParameterText(ModelLayout layout)
    {
        _layout = layout;
        IsSmall = layout.ParameterCount <= ParametersMax;
        Names = IsSmall ? [.. layout.Parameters.SelectMany(NamesOf)] : [];
    }

    /// <summary>Whether every parameter is told of by itself.</summary>
    public bool IsSmall { get; }

    /// <summary>Of each parameter of a small model: "W", "linear.weight[0,2]".</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>All values of a small model; of another a line a tensor: its shape, its norm, its first values.</summary>
    /// <param name="values">float32[parameterCount].</param>
    /// <param name="prefix">Before each name: "∂" for a gradient.</param>
    public IEnumerable<string> Lines(float[] values, string prefix = "")
    {
        if (IsSmall) return Narration.Lines.Table([.. Names.Select((name, i) => new[] { prefix + name, Numbers.Of(values[i]) })]);
        var rows = new List<string[]>();
        var start = 0;
        foreach (var tensor in _layout.Parameters)
        {
            var part = values.AsSpan(start, (int)tensor.ElementCount);
            start += part.Length;
            var first = part[..Math.Min(FirstShown, part.Length)].ToArray().Select(value => Numbers.Of(value));
            var rest = part.Length > FirstShown ? ", …" : "";
            rows.Add([prefix + tensor.Name, $"[{string.Join(", ", tensor.Shape)}]", $"norm {Norm(part)}", $"({string.Join(", ", first)}{rest})"]);
        }
        return Narration.Lines.Table(rows);
    }

    /// <summary>Euclidean.</summary>
    public static string Norm(ReadOnlySpan<float> values) => Numbers.Of(Math.Sqrt(GradientNorm.Squared(values)));

    private static IEnumerable<string> NamesOf(TensorLayout tensor)
    {
        if (tensor.ElementCount == 1) return [tensor.Name];
        return Enumerable.Range(0, (int)tensor.ElementCount).Select(i => $"{tensor.Name}[{string.Join(",", IndexOf(i, tensor.Shape))}]");
    }

    /// <summary>The index in each dimension of the i-th value, row-major.</summary>
    private static IEnumerable<long> IndexOf(long i, long[] shape)
    {
        var index = new long[shape.Length];
        for (var d = shape.Length - 1; d >= 0; d--) (i, index[d]) = Math.DivRem(i, shape[d]);
        return index;
    }
}
