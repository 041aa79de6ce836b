using System.Net.Sockets;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Exchange;

/// <summary>
/// One worker's data connection, as the exchange thread sees it: a non-blocking socket, the frame being received, and
/// what could not be sent yet.
/// </summary>
internal sealed class DataLink : IDisposable
{
    /// <summary>Bytes that wait for a slow reader; one that is further behind is disconnected.</summary>
    public const int PendingBytesMax = 2 * FrameLimits.PayloadBytesMax;

    private readonly Socket _socket;
    private readonly FrameReceiver _receiver;
    private readonly ConnectionMetrics _metrics;
    private byte[] _pending = [];
    private int _pendingStart;
    private int _pendingEnd;

    public DataLink(Socket socket, WorkerId worker, PayloadTarget payloadTarget, ConnectionMetrics metrics)
    {
        _socket = socket;
        _metrics = metrics;
        _socket.Blocking = false;
        _receiver = new FrameReceiver(payloadTarget);
        Worker = worker;
    }

    /// <summary>Who is at the other end.</summary>
    public WorkerId Worker { get; }

    /// <summary>For waiting on it.</summary>
    public Socket Socket => _socket;

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

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();

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
