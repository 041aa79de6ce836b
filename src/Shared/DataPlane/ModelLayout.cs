using System.Text.Json;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.DataPlane;

/// <summary>
/// How a model's tensors lie in the flat float32 vector that travels: all parameters in PyTorch's order, then all
/// buffers.
/// </summary>
/// <param name="Parameters">Tensors that the optimizer updates.</param>
/// <param name="Buffers">float32 tensors that layers keep (running statistics); empty for most models.</param>
/// <param name="Counters">int64 scalars that layers keep (batches seen). They rise by one a step, so they are the version, and
/// do not travel.</param>
public sealed record ModelLayout(
    IReadOnlyList<TensorLayout> Parameters, IReadOnlyList<TensorLayout> Buffers, IReadOnlyList<TensorLayout> Counters)
{
    /// <summary>float32s of all parameters.</summary>
    public int ParameterCount { get; } = Count(Parameters);   // asked for with every gradient

    /// <summary>float32s of all buffers.</summary>
    public int BufferCount { get; } = Count(Buffers);

    /// <summary>float32s of a version: parameters and buffers.</summary>
    public int TotalCount => ParameterCount + BufferCount;

    /// <summary>Reads what came over the network or from a disk.</summary>
    /// <returns>Null where it is no layout: no such JSON, a tensor without a name, a negative length, more values than can be counted.</returns>
    public static ModelLayout? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<ModelLayout>(json, Json.Compact) is { Parameters: not null, Buffers: not null, Counters: not null } layout
                && layout.Parameters.Concat(layout.Buffers).Concat(layout.Counters).All(IsSound) ? layout : null;
        }
        catch (Exception e) when (e is JsonException or OverflowException)
        {
            return null;
        }
    }

    private static bool IsSound(TensorLayout? tensor) => tensor is { Name: not null, Shape: not null } && tensor.Shape.All(length => length >= 0);

    /// <summary>Of a layout that is being read a list, or what is in it, may be missing: <see cref="Parse"/> looks at it after.</summary>
    private static int Count(IReadOnlyList<TensorLayout?>? tensors) => checked((int)(tensors?.Sum(tensor => tensor?.Shape is null ? 0 : tensor.ElementCount) ?? 0));
}

/// <summary>One tensor of a model.</summary>
/// <param name="Name">As PyTorch names it: "layer1.0.weight".</param>
/// <param name="Shape">Its shape; [] is a scalar.</param>
public sealed record TensorLayout(string Name, long[] Shape)
{
    /// <summary>float32s of this tensor.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, length) => checked(product * length));
}
