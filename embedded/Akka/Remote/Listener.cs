using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote;

/// <summary>Accepts connections; each has a thread that reads it to its end.</summary>
internal sealed class Listener
{
    private readonly HashSet<InboundConnection> _open = [];
    private readonly Remoting _remoting;
    private readonly Socket _socket;
    private readonly Thread _thread;
    private bool _stopped;

    public Listener(Remoting remoting, Socket socket)
    {
        (_remoting, _socket) = (remoting, socket);
        _thread = new Thread(Accept) { IsBackground = true, Name = $"{remoting.System.Name}-listener" };
    }

    /// <exception cref="RemoteTransportException">The port cannot be had; the inner exception says why.</exception>
    public static Socket Bind(RemotingOptions options)
    {
        Socket? socket = null;
        try
        {
            var ip = options.Hostname is "" or "0.0.0.0" ? IPAddress.Any
                : IPAddress.TryParse(options.Hostname, out var parsed) ? parsed
                : Dns.GetHostAddresses(options.Hostname).OrderBy(found => found.AddressFamily).First();
            socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(ip, options.Port));
            socket.Listen(128);
            return socket;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new RemoteTransportException($"Failed to bind to {options.Hostname}:{options.Port}: {e.Message}", e);
        }
    }

    public void Start() => _thread.Start();

    /// <summary>Closes what an incarnation has open here.</summary>
    public void Drop(Node node)
    {
        foreach (var connection in Snapshot(connection => node.Equals(connection.Peer))) connection.Close();
    }

    public void Stop()
    {
        lock (_open) _stopped = true;
        _socket.Dispose();
        _thread.Join();
        foreach (var connection in Snapshot(_ => true))
        {
            connection.Close();
            connection.Join(RemotingOptions.HandshakeTimeout);
        }
    }

    /// <summary>
    /// Before a new connection of a peer is read, its former one is read to the end: order holds across a reconnect.
    /// </summary>
    public void Succeed(InboundConnection successor)
    {
        foreach (var former in Snapshot(connection => connection != successor && successor.Peer!.Equals(connection.Peer)))
        {
            if (!former.Join(RemotingOptions.FlushTimeout)) former.Close();
            former.Join(RemotingOptions.FlushTimeout);
        }
    }

    public void Remove(InboundConnection connection)
    {
        lock (_open) _open.Remove(connection);
    }

    private List<InboundConnection> Snapshot(Func<InboundConnection, bool> which)
    {
        lock (_open) return _open.Where(which).ToList();
    }

    private void Accept()
    {
        while (true)
        {
            try
            {
                Take(_socket.Accept());
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                lock (_open)
                    if (_stopped) return;
                _remoting.Log.Debug("A connection was not accepted: {0}", e.Message);
            }
        }
    }

    private void Take(Socket socket)
    {
        lock (_open)
        {
            if (!_stopped && _open.Count < RemotingOptions.InboundConnectionsMax)
            {
                var connection = new InboundConnection(_remoting, this, socket);
                _open.Add(connection);
                connection.Start();
                return;
            }
        }
        _remoting.Log.Warning("Connection from {0} closed: {1} are open.", socket.RemoteEndPoint, RemotingOptions.InboundConnectionsMax);
        socket.Dispose();
    }
}
