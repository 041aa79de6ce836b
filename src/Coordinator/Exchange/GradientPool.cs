using System.Runtime.InteropServices;
using MiniBatch.Shared.DataPlane.SharedMemory;

namespace MiniBatch.Coordinator.Exchange;

/// <summary>
/// Where gradients lie, each float32[parameters + buffers]: those that come over a socket in buffers of this pool, pinned and used
/// again, those of the shared memory where the worker wrote them. One that the open step took is lent to it until the step
/// is committed. Owned by the exchange thread.
/// </summary>
internal sealed class GradientPool
{
    private readonly Stack<float[]> _free = [];
    private readonly List<ReadOnlyMemory<float>> _lent = [];

    /// <summary>A buffer of so many float32s; contents are whatever was there.</summary>
    public float[] Rent(int floatCount) =>
        _free.TryPop(out var buffer) && buffer.Length == floatCount
            ? buffer
            : GC.AllocateUninitializedArray<float>(floatCount, pinned: true);

    /// <summary>The open step keeps the gradient, until <see cref="ReturnLent"/>.</summary>
    public void Lend(ReadOnlyMemory<float> gradient) => _lent.Add(gradient);

    /// <summary>Nobody wants the gradient any more.</summary>
    public void Return(ReadOnlyMemory<float> gradient)
    {
        if (MemoryMarshal.TryGetMemoryManager<float, RegionGradient>(gradient, out var shared)) shared.Return();
        else if (MemoryMarshal.TryGetArray(gradient, out var pooled)) _free.Push(pooled.Array!);
    }

    /// <summary>The step is committed: what was lent comes back.</summary>
    public void ReturnLent()
    {
        foreach (var gradient in _lent) Return(gradient);
        _lent.Clear();
    }
}
