namespace MiniBatch.Shared.DataPlane.SharedMemory;

/// <summary>A worker's end of a region: takes orders in the order in which they were posted, writes gradients. Used by one thread.</summary>
/// <param name="region">Disposed with it.</param>
public sealed class RegionWorkerEnd(SharedRegion region) : IDisposable
{
    private const long Written = 1;
    private const int None = -1;

    private readonly byte[] _fixedPart = new byte[FrameLimits.FixedBytesMax];
    private int _fixedBytes;
    private long _orders;
    private int _held = None;

    /// <summary>Whether an order is there to be taken.</summary>
    public bool HasOrder => Find() != None;

    /// <summary>Which of the workers on this machine it is, as far as the server has said.</summary>
    public Seat Seat => Seat.Unpack(Volatile.Read(ref region.Seat));

    /// <summary>The fixed part of the order that was taken last; valid until the next is taken.</summary>
    public ReadOnlySpan<byte> FixedPart => _fixedPart.AsSpan(0, _fixedBytes);

    /// <summary>Takes the next order, if there is one. Release it once its payload is used.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="version">float32s that go along, where they lie; empty where none do.</param>
    /// <exception cref="InvalidDataException">What is there is none.</exception>
    public unsafe bool TryTake(out FrameType type, out ReadOnlySpan<float> version)
    {
        Release();
        version = default;
        type = default;
        if (Find() is not (not None and var index)) return false;
        var entry = region.Order(index);
        type = entry.Read(_fixedPart, out _fixedBytes, out var hasVersion);
        if (hasVersion) version = new ReadOnlySpan<float>(entry.Floats, region.FloatCount);
        _held = index;
        _orders++;
        return true;
    }

    /// <summary>The payload of the order that was taken last is used: the server may write there again.</summary>
    public void Release()
    {
        if (_held == None) return;
        region.Order(_held).State = RegionEntry.Free;
        _held = None;
    }

    /// <summary>Finds a place for a gradient.</summary>
    /// <param name="index">For <see cref="Send{T}"/>.</param>
    /// <param name="gradient">float32s, where the gradient is to be written.</param>
    /// <returns>False where the server still has all that there are.</returns>
    public unsafe bool TryRent(out int index, out Span<float> gradient)
    {
        for (index = 0; index < region.GradientCount; index++)
        {
            var entry = region.Gradient(index);
            if (entry.State != RegionEntry.Free) continue;
            gradient = new Span<float>(entry.Floats, region.FloatCount);
            return true;
        }
        gradient = default;
        return false;
    }

    /// <summary>Hands over the gradient that was written there.</summary>
    /// <param name="index">From <see cref="TryRent"/>.</param>
    /// <param name="header">What goes with it.</param>
    /// <param name="bytes">Bytes that it has.</param>
    /// <returns>Whether the server sleeps: wake it over the socket.</returns>
    public bool Send<T>(int index, in T header, out int bytes) where T : IFrame
    {
        var entry = region.Gradient(index);
        bytes = entry.Write(header, hasPayload: true);
        entry.State = Written;
        return Sleepers.MustWake(ref region.ServerSleeps);
    }

    /// <summary>Says that this side will sleep on its socket.</summary>
    /// <returns>False where something has come meanwhile: don't.</returns>
    public bool TrySleep()
    {
        Sleepers.Announce(ref region.WorkerSleeps);
        return !HasOrder;
    }

    /// <summary>It is awake.</summary>
    public void Awake() => region.WorkerSleeps = 0;

    /// <inheritdoc />
    public void Dispose() => region.Dispose();

    private int Find()
    {
        for (var i = 0; i < SharedRegion.OrderCount; i++)
        {
            if (region.Order(i).State == _orders + 1) return i;
        }
        return None;
    }
}
