using System.Buffers;

namespace MiniBatch.Shared.DataPlane.SharedMemory;

/// <summary>A worker's gradient where it lies in the shared memory; the server averages it from there, and gives its entry back.</summary>
public sealed unsafe class RegionGradient : MemoryManager<float>
{
    private readonly RegionServerEnd _end;
    private readonly int _index;
    private readonly float* _floats;

    internal RegionGradient(RegionServerEnd end, int index, float* floats, int floatCount)
    {
        _end = end;
        _index = index;
        _floats = floats;
        FloatCount = floatCount;
    }

    /// <summary>Its float32s.</summary>
    public int FloatCount { get; }

    /// <summary>The worker may write the entry again. Nobody reads this memory any more.</summary>
    public void Return() => _end.Return(_index);

    /// <inheritdoc />
    public override Span<float> GetSpan() => new(_floats, FloatCount);

    /// <inheritdoc />
    public override MemoryHandle Pin(int elementIndex = 0) => new(_floats + elementIndex);

    /// <inheritdoc />
    public override void Unpin()
    {
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
    }
}
