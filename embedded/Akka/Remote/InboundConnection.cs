using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote;

/// <summary>A connection that this system accepted: it answers the hello, then only reads.</summary>
internal sealed class InboundConnection
{
    private readonly Remoting _remoting;
    private readonly Listener _listener;
    private readonly Socket _socket;
    private readonly Thread _thread;
    private readonly string _from;
    private volatile bool _closed;

    public InboundConnection(Remoting remoting, Listener listener, Socket socket)
    {
        (_remoting, _listener, _socket, _from) = (remoting, listener, socket, $"{socket.RemoteEndPoint}");
        _thread = new Thread(Run) { IsBackground = true, Name = $"{remoting.System.Name}-from-{_from}" };
    }

    /// <summary>Who it is, once it has said so.</summary>
    public Node? Peer { get; private set; }

    public void Start() => _thread.Start();

    public void Close()
    {
        _closed = true;
        _socket.Dispose();
    }

    public bool Join(TimeSpan limit) => _thread == Thread.CurrentThread || _thread.Join(limit);

    private void Run()
    {
        try
        {
            using var stream = new BufferedStream(new NetworkStream(_socket, ownsSocket: true), 64 << 10);
            if (!ShakeHands(stream)) return;
            _listener.Succeed(this);
            while (Frames.Read(stream, _remoting.Options.FrameBytesMax) is { } frame)
                Receive(frame.Kind, frame.Body);
        }
        catch (Exception e) when (Frames.IsPeerError(e))
        {
            // A peer that dies breaks its connection; that is the membership's news. Before the hello it is a stranger.
            if (!_closed && (Peer == null || e is not (IOException or SocketException) || e is InvalidDataException)) Warn(e.Message);
        }
        catch (Exception e)
        {
            _remoting.Log.Error(e, "Reading from {0} ended.", _from);
        }
        finally
        {
            _socket.Dispose();
            _listener.Remove(this);
            if (Peer is { } peer) _remoting.Watches.Renew(peer.Address);
        }
    }

    private void Receive(FrameKind kind, BinaryReader body)
    {
        try
        {
            _remoting.Receive(Peer!, kind, body);
        }
        catch (EndOfStreamException)
        {
            throw new InvalidDataException($"a frame of kind {kind} that is too short");
        }
    }

    private bool ShakeHands(Stream stream)
    {
        _socket.NoDelay = true;
        _socket.ReceiveTimeout = (int)RemotingOptions.HandshakeTimeout.TotalMilliseconds;
        if (Frames.Read(stream, RemotingOptions.HandshakeBytesMax) is not { } frame)
        {
            // Port scanners and health checks connect and go; a warning for each would drown the others.
            _remoting.Log.Debug("{0} connected and said nothing.", _from);
            return false;
        }
        if (frame.Kind != FrameKind.Hello) throw new InvalidDataException($"a frame of kind {frame.Kind} in place of a hello");
        var hello = Hello.Read(frame.Body);
        var refusal = hello.To != _remoting.LocalAddress ? HelloRefusal.WrongAddress
            : _remoting.IsQuarantined(hello.From) ? HelloRefusal.Quarantined : HelloRefusal.None;
        _socket.Send(Frames.Make(FrameKind.HelloAnswer, body => body.Write((byte)refusal)));
        if (refusal != HelloRefusal.None)
        {
            Warn(refusal == HelloRefusal.WrongAddress ? $"it wants {hello.To}, this is {_remoting.LocalAddress}" : $"{hello.From} was removed from the cluster");
            return false;
        }
        _socket.ReceiveTimeout = 0;
        Peer = hello.From;
        return true;
    }

    private void Warn(string why) => _remoting.Log.Warning("Connection from {0} closed: {1}.", _from, why);
}
