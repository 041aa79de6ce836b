using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Tests.Tls;
using MiniBatch.Shared.Tls;

namespace MiniBatch.Shared.Tests.DataPlane;

public sealed class TlsTunnelTests : IDisposable
{
    /// <summary>Far beyond what anything here takes.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _other = new("another authority");
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public TlsTunnelTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _authority.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Bytes_cross_both_ways_at_once()
    {
        var (server, client) = await Open();
        var (there, back) = (Noise(3_000_000, seed: 1), Noise(3_000_000, seed: 2));
        var sending = Task.WhenAll(Task.Run(() => SendAll(client, there)), Task.Run(() => SendAll(server, back)));
        Assert.Equal(there, await Task.Run(() => ReceiveAll(server, there.Length)).WaitAsync(Limit));
        Assert.Equal(back, await Task.Run(() => ReceiveAll(client, back.Length)).WaitAsync(Limit));
        await sending;
        server.Dispose();
        client.Dispose();
    }

    [Fact]
    public async Task What_was_said_last_arrives_and_then_the_end()
    {
        var (server, client) = await Open();
        server.Send("goodbye"u8);
        server.Shutdown(SocketShutdown.Send);
        server.Dispose();
        Assert.Equal("goodbye"u8.ToArray(), ReceiveAll(client, 7));
        Assert.Equal(0, client.Receive(new byte[1]));
        client.Dispose();
    }

    [Fact]
    public async Task Network_that_breaks_ends_both_sides()
    {
        var accepting = Accept(_authority.Issue());
        var network = Dial();
        var client = TlsTunnel.Connect(network, TlsCredentials.Load(_authority.Issue()), Limit);
        var server = await accepting;
        network.LingerState = new LingerOption(true, 0);
        network.Close();
        Assert.Equal(0, server.Receive(new byte[1]));
        Assert.Equal(0, await Task.Run(() => ReceiveOrReset(client)).WaitAsync(Limit));
    }

    [Fact]
    public async Task Node_whose_certificate_another_authority_signed_is_refused_by_the_one_that_accepts()
    {
        var accepting = Accept(_authority.Issue());
        var connecting = Task.Run(() => TlsTunnel.Connect(Dial(), TlsCredentials.Load(_other.Issue("stranger")), Limit));
        var refused = await Assert.ThrowsAsync<HandshakeException>(() => accepting);
        Assert.Contains("the certificate of \"stranger\" is not signed by an authority", refused.Message);
        Assert.Contains("the certificate of \"node\" is not signed by an authority", (await Assert.ThrowsAsync<HandshakeException>(() => connecting)).Message);
    }

    [Fact]
    public async Task Certificate_between_is_sent_along_to_who_has_only_the_authoritys()
    {
        using var between = new TestAuthority("between", _authority);
        var accepting = Accept(_authority.Issue());
        using var client = await Task.Run(() => TlsTunnel.Connect(Dial(), TlsCredentials.Load(between.Issue(trusts: _authority)), Limit));
        using var server = await accepting.WaitAsync(Limit);
        client.Send("hello"u8);
        Assert.Equal("hello"u8.ToArray(), ReceiveAll(server, 5));
    }

    /// <summary>As the listener does with the oldest, to make room.</summary>
    [Fact]
    public void Connection_that_was_shut_down_before_the_handshake_is_refused_and_closed()
    {
        using var stranger = Dial();
        var network = _listener.Accept();
        network.Shutdown(SocketShutdown.Both);
        Assert.Throws<HandshakeException>(() => TlsTunnel.Accept(network, TlsCredentials.Load(_authority.Issue()), Limit));
        Assert.Throws<ObjectDisposedException>(() => network.Available);
    }

    [Fact]
    public async Task Who_trusts_us_and_shows_nothing_is_refused()
    {
        var accepting = Accept(_authority.Issue());
        using var stranger = new SslStream(new NetworkStream(Dial(), ownsSocket: true), false, (_, _, _, _) => true);
        await Record.ExceptionAsync(() => stranger.AuthenticateAsClientAsync("node"));
        Assert.Equal("it showed no certificate", (await Assert.ThrowsAsync<HandshakeException>(() => accepting)).Message);
    }

    [Fact]
    public async Task Who_speaks_no_TLS_is_refused()
    {
        var accepting = Accept(_authority.Issue());
        using var stranger = Dial();
        stranger.Send("GET / HTTP/1.1\r\n\r\n"u8);
        Assert.StartsWith("no TLS: ", (await Assert.ThrowsAsync<HandshakeException>(() => accepting)).Message);
    }

    [Fact]
    public async Task Who_says_a_byte_now_and_then_has_no_longer_than_others()
    {
        var accepting = Accept(_authority.Issue(), TimeSpan.FromMilliseconds(700));
        using var stranger = Dial();
        // A hello of 200 bytes is announced, and never comes to its end.
        stranger.Send([0x16, 0x03, 0x01, 0x00, 0xC8]);
        using var drip = new Timer(_ => Record.Exception(() => stranger.Send([0x01])), null, 0, 100);
        Assert.Equal("no TLS within 1 s", (await Assert.ThrowsAsync<HandshakeException>(() => accepting).WaitAsync(Limit)).Message);
    }

    private async Task<(Socket Server, Socket Client)> Open()
    {
        var accepting = Accept(_authority.Issue());
        var client = await Task.Run(() => TlsTunnel.Connect(Dial(), TlsCredentials.Load(_authority.Issue()), Limit));
        return (await accepting.WaitAsync(Limit), client);
    }

    private Task<Socket> Accept(TlsFiles files, TimeSpan? limit = null) =>
        Task.Run(() => TlsTunnel.Accept(_listener.Accept(), TlsCredentials.Load(files), limit ?? Limit));

    private Socket Dial()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(_listener.LocalEndPoint!);
        return socket;
    }

    private static int ReceiveOrReset(Socket socket)
    {
        try
        {
            return socket.Receive(new byte[1]);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[socket.Send(bytes)..];
    }

    private static byte[] ReceiveAll(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var received = 0; received < count;)
        {
            var now = socket.Receive(bytes.AsSpan(received));
            if (now == 0) return bytes[..received];
            received += now;
        }
        return bytes;
    }

    private static byte[] Noise(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
