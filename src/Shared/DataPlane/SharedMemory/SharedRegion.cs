using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace MiniBatch.Shared.DataPlane.SharedMemory;

/// <summary>
/// What one worker and the server share where both are on one machine: entries for orders, which the server writes, and entries for
/// gradients, which the worker writes. A payload is written once and used where it lies.
/// </summary>
/// <remarks>
/// An entry is handed over by its state, written after everything else in it: a writer that dies before leaves nothing that could
/// be taken. No checksums: the memory of one machine is trusted as far as that of one process. Nothing that the other side
/// can still change decides where this side reads or writes: sizes are copied and checked once, when the region is mapped.
/// </remarks>
public sealed unsafe class SharedRegion : IDisposable
{
    /// <summary>Orders that a worker can have before it; what is beyond waits at the server.</summary>
    public const int OrderCount = 4;

    private const int Magic = 0x4D53424D;   // "MBSM"
    private const int FormatVersion = 2;
    private const int SeatAt = 16;
    private const int ServerSleepsAt = 64;
    private const int WorkerSleepsAt = 128;
    private const int StatesAt = 192;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private bool _disposed;

    private SharedRegion(SafeFileHandle memory)
    {
        Memory = memory;
        _file = MemoryMappedFile.CreateFromFile(memory, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>float32s of a payload: parameters + buffers of the model.</summary>
    public int FloatCount { get; private set; }

    /// <summary>Gradients that can be under way, or kept by the open step, at a time.</summary>
    public int GradientCount { get; private set; }

    /// <summary>What the other side maps.</summary>
    internal SafeFileHandle Memory { get; }

    /// <summary>Which of the workers on this machine the region's is, packed; the server writes it whenever some come or go. 0 before it has.</summary>
    internal ref long Seat => ref Unsafe.AsRef<long>(_start + SeatAt);

    /// <summary>Whether the server waits on its sockets and is to be woken over one; 0 or 1.</summary>
    internal ref int ServerSleeps => ref Unsafe.AsRef<int>(_start + ServerSleepsAt);

    /// <summary>Whether the worker waits on its socket and is to be woken over it; 0 or 1.</summary>
    internal ref int WorkerSleeps => ref Unsafe.AsRef<int>(_start + WorkerSleepsAt);

    /// <summary>Makes a region; the worker does.</summary>
    /// <exception cref="IOException">This system has no such memory.</exception>
    public static SharedRegion Create(int floatCount, int gradientCount)
    {
        var memory = AnonymousMemory.Create(TotalBytes(floatCount, gradientCount));
        try
        {
            var region = new SharedRegion(memory) { FloatCount = floatCount, GradientCount = gradientCount };
            var header = (int*)region._start;
            (header[0], header[1], header[2], header[3]) = (Magic, FormatVersion, floatCount, gradientCount);
            return region;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Maps a region that a worker made; the server does.</summary>
    /// <param name="memory">Disposed with the region, or when this throws.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    /// <exception cref="IOException">It can't be mapped.</exception>
    internal static SharedRegion Attach(SafeFileHandle memory)
    {
        SharedRegion? region = null;
        try
        {
            if (!AnonymousMemory.IsSealed(memory)) throw new InvalidDataException("a region whose size can change");
            var length = RandomAccess.GetLength(memory);
            if (length < StatesAt) throw new InvalidDataException($"a region of {length} bytes");
            region = new SharedRegion(memory);
            var header = (int*)region._start;
            var (magic, version, floats, gradients) = (header[0], header[1], header[2], header[3]);
            if (magic != Magic) throw new InvalidDataException("no region of ours");
            if (version != FormatVersion) throw new InvalidDataException($"region format {version}, this program has {FormatVersion}");
            if (floats is < 1 or > FrameLimits.PayloadBytesMax / sizeof(float) || gradients is < 1 or > ushort.MaxValue)
                throw new InvalidDataException($"a region for {gradients} gradients of {floats} float32s");
            if (length < TotalBytes(floats, gradients)) throw new InvalidDataException($"a region of {length} bytes for {gradients} gradients of {floats} float32s");
            (region.FloatCount, region.GradientCount) = (floats, gradients);
            return region;
        }
        catch
        {
            if (region is not null) region.Dispose();
            else memory.Dispose();
            throw;
        }
    }

    /// <summary>The entry of an order, 0-based.</summary>
    internal RegionEntry Order(int index) => Entry(index);

    /// <summary>The entry of a gradient, 0-based.</summary>
    internal RegionEntry Gradient(int index) => Entry(OrderCount + index);

    /// <inheritdoc />
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        Memory.Dispose();
    }

    private RegionEntry Entry(int index) => new(
        (long*)(_start + StatesAt) + index, _start + HeaderBytes(GradientCount) + (index * RegionEntry.Bytes(FloatCount)), FloatCount);

    /// <summary>All states lie together: whoever looks for news reads one or two cache lines.</summary>
    private static long HeaderBytes(int gradientCount) => RegionEntry.WholePages(StatesAt + ((OrderCount + (long)gradientCount) * sizeof(long)));

    private static long TotalBytes(int floatCount, int gradientCount) =>
        HeaderBytes(gradientCount) + ((OrderCount + (long)gradientCount) * RegionEntry.Bytes(floatCount));
}
