using System.Diagnostics;

namespace MiniBatch.Processes.Harness;

/// <summary>How a network treats the packets that go one way through it.</summary>
/// <param name="Delay">From one end to the other.</param>
/// <param name="Loss">Share of the packets that never arrive.</param>
/// <param name="BitsPerSecond">What it can carry; 0 for any amount.</param>
internal readonly record struct NetworkQuality(TimeSpan Delay = default, double Loss = 0, long BitsPerSecond = 0);

/// <summary>
/// Carries packets from one interface to another as a bad network does: late, not all of them, only so many a second, in order. A kernel
/// has a module for it (netem), which not every machine has.
/// </summary>
internal sealed class PacketRelay : IDisposable
{
    /// <summary>What waits for its turn on a wire that is full; a packet that would wait longer is dropped, as a switch does.</summary>
    private static readonly TimeSpan QueueMax = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);
    private const int PacketBytesMax = 65_535;
    private const int Seed = 1;

    private readonly TunDevice _from;
    private readonly TunDevice _to;
    private readonly NetworkQuality _quality;
    private readonly Translation? _translation;
    private readonly Random _random = new(Seed);
    private readonly Queue<(TimeSpan Due, byte[] Packet)> _underWay = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Thread[] _threads;
    private TimeSpan _free;
    private volatile bool _disposed;
    private int _carried;
    private int _lost;

    /// <summary>Starts to carry.</summary>
    /// <param name="translation">Changes addresses on the way; null to leave them.</param>
    public PacketRelay(TunDevice from, TunDevice to, NetworkQuality quality, Translation? translation)
    {
        (_from, _to, _quality, _translation) = (from, to, quality, translation);
        _threads = [new Thread(TakeAll) { IsBackground = true }, new Thread(DeliverAll) { IsBackground = true }];
        foreach (var thread in _threads) thread.Start();
    }

    /// <summary>Whether nothing gets through this way.</summary>
    public bool IsCut { get; set; }

    /// <summary>Packets that arrived.</summary>
    public int Carried => Volatile.Read(ref _carried);

    /// <summary>Packets that did not, the wire being bad, full or cut.</summary>
    public int Lost => Volatile.Read(ref _lost);

    private void TakeAll()
    {
        var buffer = new byte[PacketBytesMax];
        while (!_disposed)
        {
            var length = _from.Read(buffer, Patience);
            if (length == 0) continue;
            var now = _clock.Elapsed;
            var begin = _free > now ? _free : now;
            if (IsCut || _random.NextDouble() < _quality.Loss || begin - now > QueueMax)
            {
                Interlocked.Increment(ref _lost);
                continue;
            }
            _free = begin + (_quality.BitsPerSecond == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(length * 8.0 / _quality.BitsPerSecond));
            var packet = buffer[..length];
            _translation?.Apply(packet);
            lock (_underWay)
            {
                _underWay.Enqueue((_free + _quality.Delay, packet));
                Monitor.Pulse(_underWay);
            }
        }
    }

    private void DeliverAll()
    {
        while (!_disposed)
        {
            TimeSpan due;
            byte[] packet;
            lock (_underWay)
            {
                if (_underWay.Count == 0 && !Monitor.Wait(_underWay, Patience)) continue;
                (due, packet) = _underWay.Dequeue();
            }
            if (due - _clock.Elapsed is { Ticks: > 0 } early) Thread.Sleep(early);
            _to.Write(packet);
            Interlocked.Increment(ref _carried);
        }
    }

    /// <summary>Carries nothing any more; what is under way is lost.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (var thread in _threads) thread.Join();
    }
}
