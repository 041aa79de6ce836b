using System.Net.Sockets;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.DataPlane.SharedMemory;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;

namespace MiniBatch.Worker.Computation;

/// <summary>The data connection was lost, or could not be made.</summary>
public sealed class ConnectionLostException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Where a server takes data connections.</summary>
/// <param name="Host">The coordinator's host.</param>
/// <param name="Port">Its TCP port for data.</param>
/// <param name="SocketPath">Its Unix socket: taken where this machine has it; may be empty.</param>
public sealed record DataAddress(string Host, int Port, string SocketPath);

/// <summary>What travels over a data connection.</summary>
/// <param name="FloatCount">float32s of a version, and of a gradient with its buffers.</param>
/// <param name="GradientCount">Gradients that the open step can keep: the run's slots.</param>
public readonly record struct PayloadShape(int FloatCount, int GradientCount);

/// <summary>What else is chosen of a data connection.</summary>
public sealed record DataChannelOptions
{
    /// <summary>Counts the bytes.</summary>
    public ConnectionMetrics Metrics { get; init; } = new();

    /// <summary>Whether to share memory with a server on this machine, where it is possible.</summary>
    public bool SharesMemory { get; init; } = true;

    /// <summary>TLS for a connection over TCP; null for none.</summary>
    public NodeCertificates? Certificates { get; init; }

    /// <summary>Called, on any thread, where beats find that the connection broke and nothing is left to be received: the thread that
    /// computes may be stuck, and then does not find out.</summary>
    public Action? Broken { get; init; }
}

/// <summary>A frame that came.</summary>
/// <param name="type">Its type.</param>
/// <param name="fixedPart">Its fixed part.</param>
/// <param name="payload">float32s, where they lie; empty where it has none.</param>
public readonly ref struct ReceivedFrame(FrameType type, ReadOnlySpan<byte> fixedPart, ReadOnlySpan<float> payload)
{
    /// <summary>Its type.</summary>
    public FrameType Type { get; } = type;

    /// <summary>Its fixed part.</summary>
    public ReadOnlySpan<byte> FixedPart { get; } = fixedPart;

    /// <summary>float32s, where they lie; empty where it has none.</summary>
    public ReadOnlySpan<float> Payload { get; } = payload;
}

/// <summary>
/// A worker's end of its data connection: the compute thread receives and sends on it, blocking; a timer of its own beats
/// on it, so that a long slot does not look like a hung worker. On the server's machine orders and gradients go through memory
/// that both share; the socket stays, for all else, to wake who sleeps, and because it breaks when the other side dies.
/// </summary>
public sealed class DataChannel : IDisposable
{
    /// <summary>Time between two beats.</summary>
    public static readonly TimeSpan BeatInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Beats (5 s of them) that go by before the connection is reported broken although something that the server sent is unread.</summary>
    private const int UnreadBeatsMax = 20;

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);

    private static readonly ReadOnlyMemory<byte> WakeFrame = new FrameBuffer(0).Frame(new Wake());

    private readonly Socket _socket;
    private readonly RegionWorkerEnd? _region;
    private readonly FrameReceiver _receiver;
    private readonly ConnectionMetrics _metrics;
    private readonly PayloadShape _shape;
    private readonly Lookout _lookout = new();
    private readonly OwnCore _core = new();
    private readonly Lock _sending = new();
    private readonly Timer _beats;
    private readonly Action? _broken;
    private readonly bool _isEncrypted;
    private float[]? _version;   // these two for the socket
    private FrameBuffer? _gradient;
    private int? _rented;
    private volatile bool _isBroken;
    private volatile bool _isReceiving;
    private int _lostBeats;
    private int _saidBroken;

    private DataChannel(Socket socket, RegionWorkerEnd? region, Incarnation incarnation, PayloadShape shape, DataChannelOptions options, bool isEncrypted)
    {
        _broken = options.Broken;
        _isEncrypted = isEncrypted;
        _socket = socket;
        _region = region;
        _metrics = options.Metrics;
        _shape = shape;
        _receiver = new FrameReceiver(PayloadFor);
        var beat = new FrameBuffer(0).Frame(new Beat(incarnation));
        _beats = new Timer(_ => TryBeat(beat), null, BeatInterval, BeatInterval);
    }

    /// <summary>How it goes to the server, for people.</summary>
    public string Way => _region is not null ? "shared memory" : _socket.AddressFamily == AddressFamily.Unix ? "a Unix socket" : _isEncrypted ? "TLS" : "TCP";

    /// <summary>Why it shares no memory although it was to, on one machine; else null.</summary>
    public string? SharingProblem { get; private init; }

    /// <summary>Connects and shakes hands.</summary>
    /// <param name="address">Where.</param>
    /// <param name="secret">The cluster's key.</param>
    /// <param name="identity">This session's.</param>
    /// <param name="shape">What will travel.</param>
    /// <param name="options">What else was chosen.</param>
    /// <exception cref="ConnectionLostException">It can't be made.</exception>
    public static DataChannel Connect(
        DataAddress address, byte[] secret, SessionIdentity identity, PayloadShape shape, DataChannelOptions? options = null)
    {
        options ??= new DataChannelOptions();
        var near = ConnectLocally(address.SocketPath);
        var local = near is not null;
        var socket = near ?? new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (!local)
            {
                TcpOptions.Apply(socket);
                // Not ConnectAsync: a socket that was ever used asynchronously emulates blocking calls, two hand-overs each.
                if (!Task.Run(() => socket.Connect(address.Host, address.Port)).Wait(ConnectLimit))
                    throw new SocketException((int)SocketError.TimedOut);
                if (options.Certificates is { } certificates) socket = TlsTunnel.Connect(socket, certificates.Read(), Handshake.Limit);
            }
            Handshake.Connect(socket, secret, identity);
            var (region, problem) = local ? Share(socket, shape, options.SharesMemory) : default;
            return new DataChannel(socket, region, identity.Incarnation, shape, options, isEncrypted: !local && options.Certificates is not null) { SharingProblem = problem };
        }
        catch (Exception e) when (e is SocketException or HandshakeException or InvalidDataException or AggregateException { InnerException: SocketException })
        {
            socket.Dispose();
            throw new ConnectionLostException($"no data connection to {(local ? address.SocketPath : $"{address.Host}:{address.Port}")}: {e.Message}", e);
        }
    }

    /// <summary>Whether more has come than was received.</summary>
    /// <exception cref="ConnectionLostException">This side was closed.</exception>
    public bool HasWaiting => _region is { HasOrder: true } || IsSocketReadable;

    /// <summary>Whether a send found the other side gone. What it sent before, a goodbye perhaps, can still be received, and then the end.</summary>
    public bool IsBroken => _isBroken;

    private bool IsSocketReadable
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

    /// <summary>Waits for the next frame, which may be a <see cref="Wake"/>, and is valid until the next call. Call <see cref="Release"/> once its payload is used.</summary>
    /// <exception cref="ConnectionLostException">The other side is gone, or this side was closed.</exception>
    public ReceivedFrame Receive()
    {
        _isReceiving = true;
        var frame = Next();
        // Who was told goodbye has nothing more to hear of.
        _isReceiving = frame.Type == FrameType.Goodbye;
        return frame;
    }

    private ReceivedFrame Next()
    {
        _lookout.Begin();
        while (true)
        {
            if (TakeOrder(out var order)) return order;
            if (!IsSocketReadable && _lookout.GoesOn()) continue;
            if (_region is { } region && !region.TrySleep())
            {
                region.Awake();
                continue;
            }
            var type = ReceiveFromSocket();
            _region?.Awake();
            return new ReceivedFrame(type, _receiver.FixedPart, _receiver.Payload.Span);
        }
    }

    /// <summary>The payload of the frame that was received last is used: the server may write where it lies.</summary>
    public void Release() => _region?.Release();

    /// <summary>Where the next gradient is to be written, before <see cref="SendGradient"/>.</summary>
    /// <returns>float32[FloatCount], with anything in it.</returns>
    public Span<float> RentGradient()
    {
        _rented = null;
        if (_region is not null && _region.TryRent(out var index, out var gradient))
        {
            _rented = index;
            return gradient;
        }
        return (_gradient ??= new FrameBuffer(_shape.FloatCount)).Floats;
    }

    /// <summary>Sends the gradient that was written there; see <see cref="IsBroken"/>.</summary>
    public void SendGradient(in SlotGradient header)
    {
        if (_rented is not { } index)
        {
            Send(_gradient!.Frame(header, _gradient.PayloadCrc()));
            return;
        }
        var wake = _region!.Send(index, header, out var bytes);
        _metrics.CountSent(bytes);
        if (wake) Send(WakeFrame);
    }

    /// <summary>Sends a frame; see <see cref="IsBroken"/>.</summary>
    public void Send(ReadOnlyMemory<byte> frame)
    {
        if (!TrySend(frame)) _isBroken = true;
    }

    /// <summary>Ends the connection, from any thread; whoever receives or sends hears of it.</summary>
    public void Close()
    {
        _beats.Dispose();
        _socket.Dispose();
    }

    /// <summary>Closes it and gives the shared memory back; from the thread that receives, or when that has ended.</summary>
    public void Dispose()
    {
        Close();
        _core.Leave();
        _region?.Dispose();
    }

    /// <summary>Connects to a Unix socket of this machine.</summary>
    /// <returns>Null where there is none: also where a folder that machines or containers share shows another one's, which nobody can connect to.</returns>
    private static Socket? ConnectLocally(string path)
    {
        if (path.Length == 0 || !File.Exists(path)) return null;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch (Exception e) when (e is SocketException or ArgumentOutOfRangeException)
        {
            socket.Dispose();
            return null;
        }
    }

    private static (RegionWorkerEnd? Region, string? Problem) Share(Socket socket, PayloadShape shape, bool shareMemory)
    {
        SharedRegion? region = null;
        string? problem = null;
        try
        {
            if (shareMemory) region = SharedRegion.Create(shape.FloatCount, shape.GradientCount);
        }
        catch (IOException e)
        {
            problem = e.Message;
        }
        var taken = false;
        try
        {
            taken = RegionHandover.Offer(socket, region);
        }
        finally
        {
            if (!taken) region?.Dispose();
        }
        return taken ? (new RegionWorkerEnd(region!), null) : (null, region is null ? problem : "the coordinator can't map it");
    }

    private bool TakeOrder(out ReceivedFrame order)
    {
        order = default;
        if (_region is null) return false;
        try
        {
            if (!_region.TryTake(out var type, out var version)) return false;
            _core.Take(_lookout.IsCrowded ? Seat.None : _region.Seat);
            order = new ReceivedFrame(type, _region.FixedPart, version);
            _metrics.CountReceived(order.FixedPart.Length + (version.Length * sizeof(float)));
            return true;
        }
        catch (InvalidDataException e)
        {
            throw new ConnectionLostException(e.Message, e);
        }
    }

    private FrameType ReceiveFromSocket()
    {
        var before = _receiver.BytesReceived;
        var status = _receiver.Receive(_socket);
        _metrics.CountReceived(_receiver.BytesReceived - before);
        return status == ReceiveStatus.Complete
            ? _receiver.Header.Type
            : throw new ConnectionLostException(_receiver.Problem ?? "the connection was closed");
    }

    private Memory<float> PayloadFor(FrameType type, ReadOnlySpan<byte> fixedPart, int floatCount) =>
        type is FrameType.StepOrder or FrameType.EvaluationOrder or FrameType.ForwardOrder && floatCount == _shape.FloatCount
            ? _version ??= GC.AllocateUninitializedArray<float>(floatCount, pinned: true)
            : default;

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
        _isBroken = true;
        if (Interlocked.Increment(ref _lostBeats) < UnreadBeatsMax && HasUnread()) return;
        // Asked last: who receives takes away what was unread, and finds the end by himself.
        if (_isReceiving) return;
        if (Interlocked.Exchange(ref _saidBroken, 1) == 0) _broken?.Invoke();
    }

    private bool HasUnread()
    {
        try
        {
            return IsSocketReadable;
        }
        catch (ConnectionLostException)
        {
            return false;
        }
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
