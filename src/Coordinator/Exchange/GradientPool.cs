namespace MiniBatch.Coordinator.Exchange;

/// <summary>
/// Buffers that gradients are received into, each float32[parameters + buffers], pinned and used again. A gradient that
/// the open step took is lent to it until the step is committed. Owned by the exchange thread.
/// </summary>
internal sealed class GradientPool
{
    private readonly Stack<float[]> _free = [];
    private readonly List<float[]> _lent = [];

    /// <summary>A buffer of so many float32s; contents are whatever was there.</summary>
    public float[] Rent(int floatCount) =>
        _free.TryPop(out var buffer) && buffer.Length == floatCount
            ? buffer
            : GC.AllocateUninitializedArray<float>(floatCount, pinned: true);

    /// <summary>The open step keeps the buffer, until <see cref="ReturnLent"/>.</summary>
    public void Lend(float[] buffer) => _lent.Add(buffer);

    /// <summary>The step that the buffer was just lent to did not want it.</summary>
    public void TakeBack(float[] buffer)
    {
        if (_lent.Remove(buffer)) _free.Push(buffer);
    }

    /// <summary>The step is committed: what was lent comes back.</summary>
    public void ReturnLent()
    {
        foreach (var buffer in _lent) _free.Push(buffer);
        _lent.Clear();
    }
}
