using System.Net;
using System.Net.Sockets;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.DataPlane.SharedMemory;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;

namespace MiniBatch.Worker.Tests.Computation;

public sealed class DataChannelTests : IDisposable
{
    private static readonly SessionIdentity Me = new(new WorkerId("worker-1", 7), new RunId("test"), new Incarnation(1));

    private readonly FakeServer _server = new();

    public void Dispose() => _server.Dispose();

    private async Task<DataChannel> Connect(Action? broken = null)
    {
        var connecting = Task.Run(() => Connect(_server.Port, FakeServer.Secret, broken: broken));
        Assert.Equal(Me, _server.Accept());
        return await connecting;
    }

    private static DataChannel Connect(int port, byte[] secret, string socketPath = "", Action? broken = null) => DataChannel.Connect(
        new DataAddress("127.0.0.1", port, socketPath), secret, Me, new PayloadShape(FloatCount: 8, GradientCount: 4), new DataChannelOptions { Broken = broken });

    [Fact]
    public async Task Frames_go_both_ways()
    {
        using var channel = await Connect();
        _server.Send(new InitialiseOrder(new Incarnation(1)));
        Assert.Equal(FrameType.InitialiseOrder, channel.Receive().Type);

        channel.Send(new FrameBuffer(0).Frame(new Goodbye(RunEnding.Completed, "from the worker")));

        Assert.Equal(FrameType.Goodbye, _server.Next().Type);
    }

    [Fact]
    public async Task Beats_come_although_nobody_receives_or_sends_on_the_channel()
    {
        using var channel = await Connect();
        _server.NextBeats(3);
    }

    [Fact]
    public async Task Connection_that_the_server_closes_is_lost()
    {
        using var channel = await Connect();
        _server.CloseConnection();
        Assert.Contains("closed", Assert.Throws<ConnectionLostException>(() => { channel.Receive(); }).Message);
    }

    [Fact]
    public async Task Beat_finds_that_the_connection_broke_although_nobody_receives()
    {
        var broken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var channel = await Connect(broken.SetResult);
        _server.CloseConnection();
        await broken.Task.WaitAsync(Runs.Limit);
    }

    [Fact]
    public async Task Beat_says_nothing_of_a_connection_that_was_closed_after_a_goodbye()
    {
        var broken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var channel = await Connect(broken.SetResult);
        _server.Send(new Goodbye(RunEnding.Completed, "all is trained"));
        _server.CloseConnection();
        Assert.Equal(FrameType.Goodbye, channel.Receive().Type);
        await Assert.ThrowsAsync<TimeoutException>(() => broken.Task.WaitAsync(4 * DataChannel.BeatInterval));
        Assert.True(channel.IsBroken);   // beats have found it
    }

    [Fact]
    public async Task Frame_that_is_none_is_a_lost_connection_with_the_problem()
    {
        using var channel = await Connect();
        _server.SendBytes(new byte[FrameHeader.Size]);
        Assert.Equal("not a MiniBatch frame", Assert.Throws<ConnectionLostException>(() => { channel.Receive(); }).Message);
    }

    [Fact]
    public async Task Disposed_channel_ends_a_receive_that_waits_and_the_servers_connection()
    {
        var channel = await Connect();
        var waiting = Assert.ThrowsAsync<ConnectionLostException>(() => Task.Run(() => { channel.Receive(); }));

        channel.Close();

        await waiting.WaitAsync(Runs.Limit);
        _server.AwaitClose();
        channel.Send(new FrameBuffer(0).Frame(new Beat(new Incarnation(1))));
        Assert.True(channel.IsBroken);
    }

    [Fact]
    public void Nobody_listening_is_a_lost_connection_that_names_the_address()
    {
        int port;
        using (var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));   // bound and not listening: nobody else gets the port
            port = ((IPEndPoint)listener.LocalEndPoint!).Port;
            Assert.Contains($"127.0.0.1:{port}", Assert.Throws<ConnectionLostException>(() => Connect(port, FakeServer.Secret)).Message);
        }
    }

    [Fact]
    public async Task Wrong_secret_is_a_lost_connection()
    {
        var connecting = Assert.ThrowsAsync<ConnectionLostException>(() => Task.Run(() => Connect(_server.Port, SharedSecret.Key("guess"))));
        Assert.Throws<HandshakeException>(_server.Accept);
        _server.CloseConnection();
        await connecting;
    }

    [Fact]
    public async Task Unix_socket_is_taken_where_it_exists()
    {
        var folder = Directory.CreateTempSubdirectory("minibatch-test-");
        var path = Path.Combine(folder.FullName, "data.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        var accepted = Task.Run(() =>
        {
            using var socket = listener.Accept();
            var identity = Handshake.Accept(socket, FakeServer.Secret);
            using var region = RegionHandover.Take(socket);
            return identity;
        });

        using var channel = Connect(port: 1, FakeServer.Secret, path);

        Assert.Equal(Me, await accepted);
        folder.Delete(recursive: true);
    }
}
