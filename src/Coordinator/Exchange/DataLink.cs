using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.DataPlane.SharedMemory;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Exchange;

/// <summary>
/// One worker's data connection, as the exchange thread sees it: a non-blocking socket, the frame being received, and
/// what could not be sent yet; and the memory that it shares with a worker on this machine.
/// </summary>
internal sealed class DataLink : IDisposable
{
    /// <summary>Bytes that wait for a slow reader; one that is further behind is disconnected.</summary>
    public const int PendingBytesMax = 2 * FrameLimits.PayloadBytesMax;

    /// <summary>Orders that wait for a slow reader of the shared memory.</summary>
    private const int OrdersWaitingMax = 1024;

    private static readonly ReadOnlyMemory<byte> WakeFrame = new FrameBuffer(0).Frame(new Wake());

    private readonly Queue<(IFrame Order, byte[] Version)> _waiting = new();
    private readonly Socket _socket;
    private readonly FrameReceiver _receiver;
    private readonly ConnectionMetrics _metrics;
    private byte[] _pending = [];
    private int _pendingStart;
    private int _pendingEnd;
    private long _waitingBytes;

    public DataLink(Socket socket, RegionServerEnd? region, WorkerId worker, PayloadTarget payloadTarget, ConnectionMetrics metrics)
    {
        _socket = socket;
        Region = region;
        _metrics = metrics;
        _socket.Blocking = false;
        _receiver = new FrameReceiver(payloadTarget);
        Worker = worker;
    }

    /// <summary>Who is at the other end.</summary>
    public WorkerId Worker { get; }

    /// <summary>For waiting on it.</summary>
    public Socket Socket => _socket;

    /// <summary>The memory shared with it; null where it is on another machine, or there is none.</summary>
    public RegionServerEnd? Region { get; }

    /// <summary>Whether bytes wait until the socket takes them.</summary>
    public bool HasPending => _pendingEnd > _pendingStart;

    /// <summary>The frame that is complete.</summary>
    public FrameReceiver Received => _receiver;

    /// <summary>Receives what there is.</summary>
    /// <param name="hasBytes">Whether anything came, if only a part of a frame.</param>
    public ReceiveStatus Receive(out bool hasBytes)
    {
        var before = _receiver.BytesReceived;
        var status = _receiver.Receive(_socket);
        hasBytes = _receiver.BytesReceived > before;
        if (hasBytes) _metrics.CountReceived(_receiver.BytesReceived - before);
        return status;
    }

    /// <summary>Sends a frame, or what the socket takes of it and keeps a copy of the rest.</summary>
    /// <returns>False where the connection is broken, or too far behind.</returns>
    public bool Send(ReadOnlyMemory<byte> frame)
    {
        var rest = frame.Span;
        if (!HasPending && !SendNow(ref rest)) return false;
        return rest.IsEmpty || Keep(rest);
    }

    /// <summary>Sends on what waits.</summary>
    /// <returns>False where the connection is broken.</returns>
    public bool Flush()
    {
        var rest = new ReadOnlySpan<byte>(_pending, _pendingStart, _pendingEnd - _pendingStart);
        if (!SendNow(ref rest)) return false;
        _pendingStart = _pendingEnd - rest.Length;
        if (!HasPending) _pendingStart = _pendingEnd = 0;
        return true;
    }

    /// <summary>Posts an order in the shared memory, or keeps a copy until there is room.</summary>
    /// <param name="order">The order.</param>
    /// <param name="version">The version that goes along, as bytes; empty for none.</param>
    /// <returns>False where the connection is broken, or the worker too far behind or with memory for another model.</returns>
    public bool Post<T>(in T order, ReadOnlySpan<byte> version) where T : IFrame
    {
        if (version.Length != 0 && version.Length != Region!.FloatCount * sizeof(float)) return false;
        if (_waiting.Count == 0 && TryPost(order, version, out var isSound)) return isSound;
        if (_waitingBytes + version.Length > PendingBytesMax || _waiting.Count == OrdersWaitingMax) return false;
        _waiting.Enqueue((order, version.ToArray()));
        _waitingBytes += version.Length;
        return true;
    }

    /// <summary>Posts what waits for room.</summary>
    /// <returns>False where the connection is broken.</returns>
    public bool PostWaiting()
    {
        while (_waiting.TryPeek(out var next) && TryPost(next.Order, next.Version, out var isSound))
        {
            if (!isSound) return false;
            _waiting.Dequeue();
            _waitingBytes -= next.Version.Length;
        }
        return true;
    }

    /// <summary>Takes a gradient from the shared memory, if there is one.</summary>
    /// <exception cref="InvalidDataException">What is there is none.</exception>
    public bool TryTake([NotNullWhen(true)] out RegionGradient? gradient)
    {
        if (!Region!.TryTake(out gradient)) return false;
        _metrics.CountReceived(Region.FixedPart.Length + (gradient.FloatCount * sizeof(float)));
        return true;
    }

    /// <summary>Sends the last frame, and closes the sending side once it is out, or the time is.</summary>
    public void SayGoodbye(ReadOnlyMemory<byte> frame, TimeSpan limit)
    {
        if (!Send(frame)) return;
        var since = Stopwatch.GetTimestamp();
        while (HasPending && limit - Stopwatch.GetElapsedTime(since) is var left && left > TimeSpan.Zero && _socket.Poll(left, SelectMode.SelectWrite) && Flush())
        {
            // Until it is out, or the time is.
        }
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It has gone before; others are still to hear their goodbye.
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _socket.Dispose();
        Region?.Dispose();
    }

    private bool TryPost<T>(in T order, ReadOnlySpan<byte> version, out bool isSound) where T : IFrame
    {
        isSound = true;
        if (!Region!.TryPost(order, version, out var bytes, out var wake)) return false;
        _metrics.CountSent(bytes);
        if (wake) isSound = Send(WakeFrame);
        return true;
    }

    private bool SendNow(ref ReadOnlySpan<byte> rest)
    {
        while (rest.Length > 0)
        {
            var sent = _socket.Send(rest, SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock or SocketError.TryAgain) return true;
            if (error != SocketError.Success) return false;
            _metrics.CountSent(sent);
            rest = rest[sent..];
        }
        return true;
    }

    private bool Keep(ReadOnlySpan<byte> rest)
    {
        var length = _pendingEnd - _pendingStart;
        if ((long)length + rest.Length > PendingBytesMax) return false;
        if (_pending.Length < length + rest.Length)
        {
            var larger = new byte[Math.Max(length + rest.Length, 2 * _pending.Length)];
            _pending.AsSpan(_pendingStart, length).CopyTo(larger);
            _pending = larger;
        }
        else
        {
            _pending.AsSpan(_pendingStart, length).CopyTo(_pending);
        }
        rest.CopyTo(_pending.AsSpan(length));
        _pendingStart = 0;
        _pendingEnd = length + rest.Length;
        return true;
    }
}
