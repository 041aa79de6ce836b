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

    /// <summary>Of a layout that came over the network a list may be missing; whoever takes it looks.</summary>
    private static int Count(IReadOnlyList<TensorLayout>? tensors) => checked((int)(tensors?.Sum(tensor => tensor.ElementCount) ?? 0));
}

/// <summary>One tensor of a model.</summary>
/// <param name="Name">As PyTorch names it: "layer1.0.weight".</param>
/// <param name="Shape">Its shape; [] is a scalar.</param>
public sealed record TensorLayout(string Name, long[] Shape)
{
    /// <summary>float32s of this tensor.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, length) => product * length);
}
