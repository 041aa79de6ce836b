using System.Net;
using System.Net.Sockets;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.DataPlane;

public sealed class HandshakeTests : IDisposable
{
    private static readonly SessionIdentity Me = new(new WorkerId("worker-1", 77), new RunId("run"), new Incarnation(1));
    private readonly Socket _worker;
    private readonly Socket _server;

    public HandshakeTests()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        _worker = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _worker.Connect(listener.LocalEndPoint!);
        _server = listener.Accept();
    }

    public void Dispose()
    {
        _worker.Dispose();
        _server.Dispose();
    }

    private Task<SessionIdentity> Accept(string secret) => Task.Run(() =>
    {
        try
        {
            return Handshake.Accept(_server, SharedSecret.Key(secret));
        }
        catch
        {
            _server.Dispose();   // as the listener does
            throw;
        }
    });

    private Task Connect(string secret) => Task.Run(() => Handshake.Connect(_worker, SharedSecret.Key(secret), Me));

    [Fact]
    public async Task The_same_secret_opens_a_session_and_tells_who_it_is()
    {
        var accepted = Accept("secret");
        await Connect("secret");
        Assert.Equal(Me, await accepted);
    }

    [Fact]
    public async Task A_wrong_secret_is_refused_on_both_sides()
    {
        var accepted = Accept("secret");
        await Assert.ThrowsAsync<HandshakeException>(() => Connect("guess"));
        Assert.Contains("wrong secret", (await Assert.ThrowsAsync<HandshakeException>(() => accepted)).Message);
    }

    [Fact]
    public async Task A_server_that_does_not_know_the_secret_is_found_out()
    {
        // It lets anybody in, so only the worker's own check can tell.
        var accepted = Task.Run(() =>
        {
            var challenge = new byte[FrameHeader.Size + 32];
            new FrameHeader(FrameType.Challenge, 32, 0, Numerics.Crc(challenge.AsSpan(FrameHeader.Size)), 0).Write(challenge);
            _server.Send(challenge);
            new FrameReceiver((_, _, _) => default).Receive(_server);
            new FrameHeader(FrameType.Welcome, 32, 0, Numerics.Crc(challenge.AsSpan(FrameHeader.Size)), 0).Write(challenge);
            _server.Send(challenge);
        });
        var refused = await Assert.ThrowsAsync<HandshakeException>(() => Connect("secret"));
        Assert.Contains("does not know the secret", refused.Message);
        await accepted;
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: somebody\r\n\r\n")]
    [InlineData("")]
    public async Task A_stranger_is_refused(string words)
    {
        var accepted = Accept("secret");
        _worker.Send(System.Text.Encoding.ASCII.GetBytes(words));
        _worker.Shutdown(SocketShutdown.Send);
        await Assert.ThrowsAsync<HandshakeException>(() => accepted);
    }

    [Fact]
    public async Task Silence_ends_at_the_limit() =>
        Assert.Contains("within", (await Assert.ThrowsAsync<HandshakeException>(() => Accept("secret"))).Message);

    private static class Numerics
    {
        public static uint Crc(ReadOnlySpan<byte> bytes) => MiniBatch.Shared.Numerics.Crc32C.Of(bytes);
    }
}
