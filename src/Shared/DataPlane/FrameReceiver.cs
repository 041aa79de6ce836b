using System.Net.Sockets;
using System.Runtime.InteropServices;
using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.DataPlane;

/// <summary>What came of an attempt to receive.</summary>
public enum ReceiveStatus
{
    /// <summary>A whole, sound frame is there: read it before receiving on.</summary>
    Complete,

    /// <summary>The socket has no more bytes for now, or its time limit ran out.</summary>
    Incomplete,

    /// <summary>The other side has gone, or the socket was closed here.</summary>
    Closed,

    /// <summary>What came is no sound frame; <see cref="FrameReceiver.Problem"/> says why. Close the connection.</summary>
    Malformed,
}

/// <summary>Chooses where a frame's payload goes, once its header and fixed part are known and sound.</summary>
/// <param name="type">The frame's type.</param>
/// <param name="fixedPart">Its fixed part.</param>
/// <param name="floatCount">float32s to come, > 0.</param>
/// <returns>Exactly so many float32s; or default, and the connection is malformed.</returns>
public delegate Memory<float> PayloadTarget(FrameType type, ReadOnlySpan<byte> fixedPart, int floatCount);

/// <summary>
/// Receives frames from one socket, blocking or not, each payload straight into the buffer that it is meant for.
/// Used by one thread at a time.
/// </summary>
public sealed class FrameReceiver(PayloadTarget payloadTarget)
{
    private enum Part { Header, Fixed, Payload }

    private readonly byte[] _head = GC.AllocateUninitializedArray<byte>(FrameHeader.Size + FrameLimits.FixedBytesMax, pinned: true);
    private Part _part;
    private int _received;
    private FrameHeader _header;
    private Memory<float> _payload;

    /// <summary>Header of the complete frame.</summary>
    public FrameHeader Header => _header;

    /// <summary>Fixed part of the complete frame; valid until the next call of <see cref="Receive"/>.</summary>
    public ReadOnlySpan<byte> FixedPart => _head.AsSpan(FrameHeader.Size, _header.FixedBytes);

    /// <summary>Where the complete frame's payload was put; empty where it had none.</summary>
    public Memory<float> Payload => _payload;

    /// <summary>Bytes received on this connection.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>What was wrong with a malformed frame, or with a connection that closed in the middle of one.</summary>
    public string? Problem { get; private set; }

    /// <summary>Receives until a frame is whole, or the socket has nothing more.</summary>
    public ReceiveStatus Receive(Socket socket)
    {
        while (true)
        {
            var target = _part switch
            {
                Part.Header => _head.AsSpan(0, FrameHeader.Size),
                Part.Fixed => _head.AsSpan(FrameHeader.Size, _header.FixedBytes),
                _ => MemoryMarshal.AsBytes(_payload.Span),
            };
            if (_received < target.Length)
            {
                int count;
                SocketError error;
                try
                {
                    count = socket.Receive(target[_received..], SocketFlags.None, out error);
                }
                catch (ObjectDisposedException)
                {
                    return ReceiveStatus.Closed;
                }
                if (error is SocketError.WouldBlock or SocketError.TryAgain or SocketError.TimedOut) return ReceiveStatus.Incomplete;
                if (error != SocketError.Success || count == 0)
                {
                    Problem = error != SocketError.Success ? error.ToString() : "the other side closed the connection";
                    return ReceiveStatus.Closed;
                }
                _received += count;
                BytesReceived += count;
                if (_received < target.Length) continue;
            }

            switch (_part)
            {
                case Part.Header:
                    if (!FrameHeader.TryRead(target, out _header, out var problem)) return Malformed(problem!);
                    Next(Part.Fixed);
                    break;
                case Part.Fixed:
                    if (Crc32C.Of(target) != _header.FixedCrc) return Malformed("the fixed part's checksum is wrong");
                    _payload = default;
                    if (_header.PayloadBytes > 0)
                    {
                        _payload = payloadTarget(_header.Type, target, _header.PayloadBytes / sizeof(float));
                        if (_payload.Length * sizeof(float) != _header.PayloadBytes)
                            return Malformed($"a {_header.Type} with a payload of {_header.PayloadBytes} bytes was not expected");
                    }
                    Next(Part.Payload);
                    break;
                default:
                    if (Crc32C.Of(target) != _header.PayloadCrc && target.Length > 0)
                        return Malformed("the payload's checksum is wrong");
                    Next(Part.Header);
                    return ReceiveStatus.Complete;
            }
        }
    }

    private void Next(Part part)
    {
        _part = part;
        _received = 0;
    }

    private ReceiveStatus Malformed(string problem)
    {
        Problem = problem;
        return ReceiveStatus.Malformed;
    }
}
