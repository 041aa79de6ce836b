using System.Diagnostics;
using System.Net.Sockets;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Worker.Computation;

/// <summary>The data connection was lost, or could not be made.</summary>
public sealed class ConnectionLostException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>
/// A worker's end of its data connection: the compute thread receives and sends on it, blocking; a timer of its own beats
/// on it, so that a long slot does not look like a hung worker.
/// </summary>
public sealed class DataChannel : IDisposable
{
    /// <summary>Time between two beats.</summary>
    public static readonly TimeSpan BeatInterval = TimeSpan.FromMilliseconds(250);

    private static readonly long LookTicks = Stopwatch.Frequency / 5_000;   // 200 µs

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);

    private readonly Socket _socket;
    private readonly FrameReceiver _receiver;
    private readonly ConnectionMetrics _metrics;
    private readonly Lock _sending = new();
    private readonly Timer _beats;
    private readonly Action? _broken;
    private int _isBroken;

    private DataChannel(Socket socket, Incarnation incarnation, PayloadTarget payloadTarget, ConnectionMetrics metrics, Action? broken)
    {
        _broken = broken;
        _socket = socket;
        _metrics = metrics;
        _receiver = new FrameReceiver(payloadTarget);
        var beat = new FrameBuffer(0).Frame(new Beat(incarnation));
        _beats = new Timer(_ => TryBeat(beat), null, BeatInterval, BeatInterval);
    }

    /// <summary>Connects and shakes hands.</summary>
    /// <param name="host">The coordinator's host.</param>
    /// <param name="port">Its TCP port for data.</param>
    /// <param name="socketPath">Its Unix socket: taken where this machine has it.</param>
    /// <param name="secret">The cluster's key.</param>
    /// <param name="identity">This session's.</param>
    /// <param name="payloadTarget">Where received payloads go.</param>
    /// <param name="metrics">Counts the bytes; null where nobody asks.</param>
    /// <param name="broken">Called, on any thread, where a beat finds that the connection broke: the thread that computes may be stuck, and
    /// then does not find out.</param>
    /// <exception cref="ConnectionLostException">It can't be made.</exception>
    public static DataChannel Connect(
        string host, int port, string socketPath, byte[] secret, SessionIdentity identity, PayloadTarget payloadTarget, ConnectionMetrics? metrics = null, Action? broken = null)
    {
        var local = socketPath.Length > 0 && File.Exists(socketPath);
        var socket = local
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (local) socket.Connect(new UnixDomainSocketEndPoint(socketPath));
            else
            {
                // Not ConnectAsync: a socket that was ever used asynchronously emulates blocking calls, two hand-overs each.
                if (!Task.Run(() => socket.Connect(host, port)).Wait(ConnectLimit))
                    throw new SocketException((int)SocketError.TimedOut);
            }
            Handshake.Connect(socket, secret, identity);
            return new DataChannel(socket, identity.Incarnation, payloadTarget, metrics ?? new ConnectionMetrics(), broken);
        }
        catch (Exception e) when (e is SocketException or HandshakeException or InvalidDataException or AggregateException { InnerException: SocketException })
        {
            socket.Dispose();
            throw new ConnectionLostException($"no data connection to {(local ? socketPath : $"{host}:{port}")}: {e.Message}", e);
        }
    }

    /// <summary>Whether more has come than was received.</summary>
    /// <exception cref="ConnectionLostException">This side was disposed.</exception>
    public bool HasWaiting
    {
        get
        {
            try
            {
                return _socket.Available > 0;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                throw new ConnectionLostException("the connection was closed", e);
            }
        }
    }

    /// <summary>Waits for the next frame. Its fixed part is valid until the next call.</summary>
    /// <exception cref="ConnectionLostException">The other side is gone, or this side was disposed.</exception>
    /// <remarks>
    /// Looks for a while before it sleeps, giving its core away at every look. A thread that sleeps through each step is woken
    /// on the core of whoever sent to it, and two small workers then take turns on one core while another is idle.
    /// </remarks>
    public FrameReceiver Receive()
    {
        for (var until = Stopwatch.GetTimestamp() + LookTicks; !HasWaiting && Stopwatch.GetTimestamp() < until;) Thread.Yield();
        var before = _receiver.BytesReceived;
        var status = _receiver.Receive(_socket);
        _metrics.CountReceived(_receiver.BytesReceived - before);
        return status == ReceiveStatus.Complete
            ? _receiver
            : throw new ConnectionLostException(_receiver.Problem ?? "the connection was closed");
    }

    /// <summary>Sends a frame.</summary>
    /// <exception cref="ConnectionLostException">The other side is gone.</exception>
    public void Send(ReadOnlyMemory<byte> frame)
    {
        if (!TrySend(frame)) throw new ConnectionLostException("the connection broke while sending");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _beats.Dispose();
        _socket.Dispose();
    }

    /// <summary>Beats, unless something is being sent: that shows life as well, and beats must not queue up behind it.</summary>
    private void TryBeat(ReadOnlyMemory<byte> beat)
    {
        if (!_sending.TryEnter()) return;
        try
        {
            if (TrySend(beat)) return;
        }
        finally
        {
            _sending.Exit();
        }
        if (Interlocked.Exchange(ref _isBroken, 1) == 0) _broken?.Invoke();
    }

    private bool TrySend(ReadOnlyMemory<byte> frame)
    {
        lock (_sending)
        {
            var rest = frame.Span;
            try
            {
                while (rest.Length > 0)
                {
                    var sent = _socket.Send(rest);
                    _metrics.CountSent(sent);
                    rest = rest[sent..];
                }
                return true;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }
}
