using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace MiniBatch.Shared.DataPlane.SharedMemory;

/// <summary>The server's end of a region: posts orders, takes gradients. Used by one thread.</summary>
/// <param name="region">Disposed with it, once no gradient of it is kept any more.</param>
public sealed class RegionServerEnd(SharedRegion region) : IDisposable
{
    private readonly byte[] _fixedPart = new byte[FrameLimits.FixedBytesMax];
    private readonly RegionGradient?[] _gradients = new RegionGradient?[region.GradientCount];
    private readonly bool[] _taken = new bool[region.GradientCount];
    private int _takenCount;
    private int _fixedBytes;
    private long _orders;
    private bool _disposed;

    /// <summary>float32s of a payload.</summary>
    public int FloatCount => region.FloatCount;

    /// <summary>Gradients that can be under way.</summary>
    public int GradientCount => region.GradientCount;

    /// <summary>The fixed part of the frame that was taken last; valid until the next is taken.</summary>
    public ReadOnlySpan<byte> FixedPart => _fixedPart.AsSpan(0, _fixedBytes);

    /// <summary>Whether a gradient is there to be taken.</summary>
    public bool HasGradient => Find() >= 0;

    /// <summary>Says which of the workers on this machine it is.</summary>
    public void Give(Seat seat) => Volatile.Write(ref region.Seat, seat.Packed);

    /// <summary>Posts an order.</summary>
    /// <param name="order">The order.</param>
    /// <param name="version">float32[FloatCount], as bytes; empty where none goes along.</param>
    /// <param name="bytes">Bytes that it has.</param>
    /// <param name="wake">Whether the worker sleeps: wake it over the socket.</param>
    /// <returns>False where the worker has too many before it, and nothing was posted.</returns>
    /// <exception cref="ArgumentException">The version has another length.</exception>
    public bool TryPost<T>(in T order, ReadOnlySpan<byte> version, out int bytes, out bool wake) where T : IFrame
    {
        if (version.Length != 0 && version.Length != FloatCount * sizeof(float)) throw new ArgumentException($"a version of {version.Length} bytes for a region of {FloatCount} float32s");
        bytes = 0;
        wake = false;
        for (var i = 0; i < SharedRegion.OrderCount; i++)
        {
            var entry = region.Order(i);
            if (entry.State != RegionEntry.Free) continue;
            version.CopyTo(Bytes(entry));
            bytes = entry.Write(order, hasPayload: version.Length > 0);
            entry.State = ++_orders;
            wake = Sleepers.MustWake(ref region.WorkerSleeps);
            return true;
        }
        return false;
    }

    /// <summary>Takes a gradient, if there is one; <see cref="FixedPart"/> is its header. Return it.</summary>
    /// <exception cref="InvalidDataException">What is there is none.</exception>
    public bool TryTake([NotNullWhen(true)] out RegionGradient? gradient)
    {
        gradient = null;
        var index = Find();
        if (index < 0) return false;
        var type = region.Gradient(index).Read(_fixedPart, out _fixedBytes, out var hasPayload);
        if (type != FrameType.SlotGradient || !hasPayload) throw new InvalidDataException($"a {type} is not for the shared memory");
        _taken[index] = true;
        _takenCount++;
        gradient = _gradients[index] ??= Make(index);
        return true;
    }

    /// <summary>Says that this side will sleep on its sockets.</summary>
    /// <returns>False where something has come meanwhile: don't.</returns>
    public bool TrySleep()
    {
        Sleepers.Announce(ref region.ServerSleeps);
        return !HasGradient;
    }

    /// <summary>It is awake.</summary>
    public void Awake() => region.ServerSleeps = 0;

    /// <summary>Unmaps the region now, or when the last gradient that is kept comes back.</summary>
    public void Dispose()
    {
        _disposed = true;
        if (_takenCount == 0) region.Dispose();
    }

    internal void Return(int index)
    {
        if (!_taken[index]) return;
        _taken[index] = false;
        _takenCount--;
        if (!_disposed) region.Gradient(index).State = RegionEntry.Free;
        else if (_takenCount == 0) region.Dispose();
    }

    private int Find()
    {
        for (var i = 0; i < _taken.Length; i++)
        {
            if (!_taken[i] && region.Gradient(i).State != RegionEntry.Free) return i;
        }
        return -1;
    }

    private unsafe RegionGradient Make(int index) => new(this, index, region.Gradient(index).Floats, FloatCount);

    private unsafe Span<byte> Bytes(RegionEntry entry) => MemoryMarshal.AsBytes(new Span<float>(entry.Floats, FloatCount));
}
