using System.ComponentModel;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using MiniBatch.Shared.Tls;

namespace MiniBatch.Shared.DataPlane;

/// <summary>
/// TLS beside the data plane: two threads carry bytes between an encrypted connection and a socket of this process, which its owner
/// uses as if it were the connection. What waits on sockets, receives frames and finds broken connections needs to know nothing of
/// TLS, and a connection without it pays nothing for it.
/// </summary>
public sealed class TlsTunnel
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>How long the other side may take to close after this one has: what was sent last, a goodbye, is still to arrive.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

    private readonly Socket _network;
    private readonly SslStream _stream;
    private readonly Socket _inner;
    private readonly Thread _receiving;

    private TlsTunnel(Socket network, SslStream stream, Socket inner)
    {
        (_network, _stream, _inner) = (network, stream, inner);
        _receiving = new Thread(ReceiveOn) { Name = "tls receive", IsBackground = true };
        _receiving.Start();
        new Thread(SendOn) { Name = "tls send", IsBackground = true }.Start();
    }

    /// <summary>The accepting side: shakes hands, and requires a certificate of this cluster.</summary>
    /// <param name="network">A blocking connection; owned by the tunnel from here on, also where this throws.</param>
    /// <param name="credentials">This node's.</param>
    /// <param name="limit">For the whole handshake.</param>
    /// <returns>What its owner reads, writes and disposes instead.</returns>
    /// <exception cref="HandshakeException">The other side speaks no TLS, shows another's certificate or none, refuses ours, or is slow.</exception>
    public static Socket Accept(Socket network, TlsCredentials credentials, TimeSpan limit) =>
        Open(network, limit, (stream, refused) => stream.AuthenticateAsServer(credentials.ForServer(refused)));

    /// <summary>The connecting side.</summary>
    /// <inheritdoc cref="Accept"/>
    public static Socket Connect(Socket network, TlsCredentials credentials, TimeSpan limit) =>
        Open(network, limit, (stream, refused) => stream.AuthenticateAsClient(credentials.ForClient(refused)));

    private static Socket Open(Socket network, TimeSpan limit, Action<SslStream, Action<string>> authenticate)
    {
        string? problem = null;
        SslStream? stream = null;
        var deadline = new HandshakeDeadline(network, limit);
        try
        {
            using (deadline)
            {
                // In here: of a connection that was shut down already, to make room for another, there is no stream.
                stream = new SslStream(new NetworkStream(network, ownsSocket: true));
                authenticate(stream, refused => problem = refused);
            }
            var (outer, inner) = SocketPair.Create();
            _ = new TlsTunnel(network, stream, inner);
            return outer;
        }
        catch (Exception e) when (IsBroken(e) || e is CryptographicException)   // the last of a certificate that can't be read
        {
            stream?.Dispose();
            network.Dispose();
            throw new HandshakeException(problem ?? (deadline.IsOver ? deadline.Problem("no TLS") : $"no TLS: {e.GetBaseException().Message}"), e);
        }
    }

    private void ReceiveOn()
    {
        var buffer = new byte[BufferBytes];
        try
        {
            while (_stream.Read(buffer) is > 0 and var count) SendAll(buffer.AsSpan(0, count));
        }
        catch (Exception e) when (IsBroken(e))
        {
            // The owner finds the same as without TLS: the connection ends.
        }
        TryShutdown(_inner);
    }

    private void SendOn()
    {
        var buffer = new byte[BufferBytes];
        try
        {
            while (_inner.Receive(buffer) is > 0 and var count) _stream.Write(buffer.AsSpan(0, count));
            _stream.ShutdownAsync().GetAwaiter().GetResult();
            TryShutdown(_network);
            _receiving.Join(CloseLimit);
        }
        catch (Exception e) when (IsBroken(e))
        {
            // As above.
        }
        // Both ends at once: whoever still reads either is told.
        _network.Dispose();
        _inner.Dispose();
        _receiving.Join();
        _stream.Dispose();
    }

    private void SendAll(ReadOnlySpan<byte> rest)
    {
        while (rest.Length > 0) rest = rest[_inner.Send(rest)..];
    }

    private static void TryShutdown(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has gone already.
        }
    }

    private static bool IsBroken(Exception e) =>
        e is IOException or SocketException or ObjectDisposedException or AuthenticationException or Win32Exception or InvalidOperationException;
}
