using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using MiniBatch.Coordinator.Exchange;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.DataPlane.SharedMemory;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.Exchange;

public sealed class DataListenerTests : IDisposable
{
    private static readonly SessionIdentity Me = new(Specs.Worker("a"), new RunId("test"), Specs.First);

    private readonly Channel<ExchangeCommand.AcceptLink> _accepted = Channel.CreateUnbounded<ExchangeCommand.AcceptLink>();
    private readonly DataListener _listener;

    public DataListenerTests() => _listener = Listen(0);

    public void Dispose() => _listener.Dispose();

    private DataListener Listen(int port) =>
        new(IPAddress.Loopback, port, FakeWorker.Secret, certificates: null, link => _accepted.Writer.TryWrite(link));

    private Socket Dial()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, _listener.Port);
        socket.ReceiveTimeout = (int)Bench.Limit.TotalMilliseconds;
        return socket;
    }

    private async Task AssertLetsIn(Socket socket, SharedRegion? region = null)
    {
        await Task.Run(() =>
        {
            Handshake.Connect(socket, FakeWorker.Secret, Me);
            if (socket.AddressFamily == AddressFamily.Unix) Assert.Equal(region is not null, RegionHandover.Offer(socket, region));
        });
        var accepted = await _accepted.Reader.ReadAsync().AsTask().WaitAsync(Bench.Limit);
        Assert.Equal(Me, accepted.Identity);
        Assert.Equal(region?.FloatCount, accepted.Region?.FloatCount);
        accepted.Close();
    }

    [Fact]
    public async Task Worker_with_the_secret_is_let_in_over_tcp()
    {
        using var socket = Dial();
        await AssertLetsIn(socket);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Worker_of_this_machine_is_let_in_over_the_unix_socket_with_its_memory_if_it_shares(bool shares)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(_listener.SocketPath));
        using var region = shares ? SharedRegion.Create(37, 4) : null;
        await AssertLetsIn(socket, region);
    }

    [Fact]
    public async Task Worker_that_shares_what_is_no_region_is_closed_and_others_still_get_in()
    {
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Connect(new UnixDomainSocketEndPoint(_listener.SocketPath));
            await Task.Run(() => Handshake.Connect(socket, FakeWorker.Secret, Me));
            socket.Send("hello"u8);
            AssertClosed(socket);
        }

        using var worker = Dial();
        await AssertLetsIn(worker);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: somebody.example\r\n\r\n")]
    [InlineData("")]
    public async Task Stranger_is_closed_and_workers_still_get_in(string words)
    {
        using var stranger = Dial();
        stranger.Send(Encoding.ASCII.GetBytes(words));
        stranger.Shutdown(SocketShutdown.Send);
        AssertClosed(stranger);

        using var worker = Dial();
        await AssertLetsIn(worker);
    }

    [Fact]
    public async Task Wrong_secret_is_closed_and_workers_still_get_in()
    {
        using var stranger = Dial();
        await Assert.ThrowsAsync<HandshakeException>(() => Task.Run(() => Handshake.Connect(stranger, SharedSecret.Key("guess"), Me)));
        AssertClosed(stranger);

        using var worker = Dial();
        await AssertLetsIn(worker);
    }

    [Fact]
    public async Task Strangers_who_say_nothing_hold_up_nobody()
    {
        var silent = Enumerable.Range(0, 20).Select(_ => Dial()).ToList();
        using var worker = Dial();
        await AssertLetsIn(worker);
        silent.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public void Port_in_use_is_one_line_that_names_the_flag()
    {
        var error = Assert.Throws<UserErrorException>(() => Listen(_listener.Port));
        Assert.StartsWith($"can't listen on 127.0.0.1:{_listener.Port} for data connections", error.Message);
        Assert.EndsWith("take another --data-port", error.Message);
        Assert.Equal(UserErrorException.Failure, error.ExitCode);
    }

    [Fact]
    public void Unix_socket_lies_where_only_this_user_may_go_and_is_removed_in_the_end()
    {
        var directory = Path.GetDirectoryName(_listener.SocketPath)!;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        Assert.True(File.Exists(_listener.SocketPath));

        _listener.Dispose();

        Assert.False(Directory.Exists(directory));
        Assert.Throws<SocketException>(Dial);
    }

    private static void AssertClosed(Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            while (socket.Receive(buffer) > 0)
            {
                // The challenge, which everybody is sent.
            }
        }
        catch (SocketException e)
        {
            Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        }
    }
}
