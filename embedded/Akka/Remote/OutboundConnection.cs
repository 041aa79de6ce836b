using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote;

/// <summary>A connection that this system opened: after the handshake it only writes.</summary>
internal sealed class OutboundConnection : IDisposable
{
    private readonly Socket _socket;

    private OutboundConnection(Socket socket) => _socket = socket;

    /// <summary>False once the other side has closed: nothing is ever to be read here.</summary>
    public bool IsOpen
    {
        get
        {
            try
            {
                return _socket.Connected && !_socket.Poll(0, SelectMode.SelectRead);
            }
            catch (Exception e) when (Frames.IsPeerError(e))
            {
                return false;
            }
        }
    }

    /// <summary>Connects and shakes hands.</summary>
    /// <param name="remoting">Who connects.</param>
    /// <param name="remote">To whom.</param>
    /// <param name="ended">True when nobody wants the connection any more.</param>
    /// <exception cref="IOException">Turned away, or no answer in time.</exception>
    /// <exception cref="SocketException">Nobody there.</exception>
    public static OutboundConnection Open(Remoting remoting, Address remote, Func<bool> ended)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            Reach(socket, remote, ended);
            var timeoutMs = (int)RemotingOptions.HandshakeTimeout.TotalMilliseconds;
            (socket.SendTimeout, socket.ReceiveTimeout) = (timeoutMs, timeoutMs);
            using var stream = new NetworkStream(socket, ownsSocket: false);
            stream.Write(Frames.Make(FrameKind.Hello, new Hello(remoting.Self, remote).Write));
            Check(remoting, remote, Frames.Read(stream, RemotingOptions.HandshakeBytesMax));
            (socket.SendTimeout, socket.ReceiveTimeout) = (0, 0);
            return new OutboundConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[_socket.Send(bytes)..];
    }

    public void Dispose() => _socket.Dispose();

    private static void Reach(Socket socket, Address remote, Func<bool> ended)
    {
        var endPoint = IPAddress.TryParse(remote.Host, out var ip) ? (EndPoint)new IPEndPoint(ip, remote.Port!.Value) : new DnsEndPoint(remote.Host, remote.Port!.Value);
        var connecting = socket.BeginConnect(endPoint, null, null);
        var limit = Environment.TickCount64 + (long)RemotingOptions.HandshakeTimeout.TotalMilliseconds;
        while (!connecting.AsyncWaitHandle.WaitOne(100))
            if (ended() || Environment.TickCount64 > limit) throw new IOException("no connection in time");
        socket.EndConnect(connecting);
    }

    private static void Check(Remoting remoting, Address remote, (FrameKind Kind, BinaryReader Body)? answer)
    {
        if (answer is not { Kind: FrameKind.HelloAnswer } frame) throw new IOException("closed, or answered in another protocol");
        switch ((HelloRefusal)frame.Body.ReadByte())
        {
            case HelloRefusal.None: return;
            case HelloRefusal.Quarantined:
                remoting.OnQuarantinedBy?.Invoke(remote);
                throw new IOException("this incarnation was removed there");
            default:
                remoting.Log.Warning("{0} answered that this is not its address.", remote);
                throw new IOException("not its address");
        }
    }
}
