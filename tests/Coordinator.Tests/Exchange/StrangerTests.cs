using System.Net;
using System.Net.Sockets;
using MiniBatch.Coordinator.Exchange;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.Exchange;

/// <summary>Who connects to the data port and is no worker of this run: nothing changes for those who are.</summary>
public sealed class StrangerTests : IDisposable
{
    private static readonly RunSpec Spec = Specs.Small();
    private static readonly string Undisturbed = new ImaginaryCluster(Spec, seed: 0, "a").Run().ParametersSha256;

    private readonly Bench _bench = new(Spec);
    private readonly List<IDisposable> _strangers = [];

    public void Dispose()
    {
        _strangers.ForEach(stranger => stranger.Dispose());
        _bench.Dispose();
    }

    [Fact]
    public async Task Handshake_that_was_listened_to_opens_nothing_when_it_is_said_again()
    {
        var said = await Task.Run(ListenToAHandshake);

        using var stranger = Dial();
        stranger.Send(said);
        await AssertClosed(stranger);
        await AssertTrains();
    }

    [Fact]
    public async Task Who_says_a_byte_now_and_then_is_closed_when_a_worker_would_be()
    {
        using var stranger = Dial();
        // A hello that begins well, and takes hours.
        var hello = await Task.Run(ListenToAHandshake);
        var sent = 0;
        await using var drip = new Timer(_ => Record.Exception(() => stranger.Send(hello.AsSpan(Math.Min(sent++, hello.Length - 2), 1))), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
        await AssertClosed(stranger);
        await AssertTrains();
    }

    [Theory]
    [InlineData(FrameLimits.FixedBytesMax + 1, 0)]
    [InlineData(int.MaxValue, 0)]
    [InlineData(-1, 0)]
    [InlineData(8, int.MaxValue - 3)]
    [InlineData(8, FrameLimits.PayloadBytesMax)]   // allowed of a gradient, of no word of a handshake
    public async Task Huge_length_with_a_sound_checksum_is_closed(int fixedBytes, int payloadBytes)
    {
        using var stranger = Dial();
        var frame = new byte[FrameHeader.Size + 8];
        new FrameHeader(FrameType.Hello, fixedBytes, payloadBytes, Shared.Numerics.Crc32C.Of(frame.AsSpan(FrameHeader.Size)), 0).Write(frame);
        stranger.Send(frame);
        await AssertClosed(stranger);
        await AssertTrains();
    }

    /// <summary>More than the listener shakes hands with at one time; none of them says a word or goes.</summary>
    [Fact]
    public Task Silent_connections_beyond_the_limit_hold_up_nobody() => SilentConnectionsHoldUpNobody(2 * DataListener.HandshakesMax);

    [Fact]
    [Trait("Group", "Long")]
    public Task Ten_thousand_silent_connections_hold_up_nobody() => SilentConnectionsHoldUpNobody(10_000);

    private async Task SilentConnectionsHoldUpNobody(int count)
    {
        await Task.Run(() =>
        {
            for (var i = 0; i < count; i++) _strangers.Add(Dial());
        }).WaitAsync(4 * Bench.Limit);
        await AssertTrains();
    }

    /// <summary>A worker comes in and trains to the end, with the parameters of a run that nobody disturbed.</summary>
    private async Task AssertTrains()
    {
        using var worker = await _bench.Connect("a");
        _ = worker.Work();
        _bench.Deal(worker);
        await _bench.Initialise();
        Assert.Equal(Undisturbed, await _bench.ToTheEnd());
    }

    /// <summary>What a worker said to prove that it knows the secret, as somebody on the way hears it.</summary>
    private byte[] ListenToAHandshake()
    {
        using var between = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        between.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        between.Listen(1);
        var worker = Task.Run(() => Record.Exception(() => new FakeWorker(Spec, "listened-to", ((IPEndPoint)between.LocalEndPoint!).Port)));
        using var near = between.Accept();
        using var far = Dial();
        near.Send(Receive(far));        // the challenge
        return Receive(near);           // the hello
    }

    private static byte[] Receive(Socket socket)
    {
        var bytes = new byte[4096];
        return bytes[..socket.Receive(bytes)];
    }

    private Socket Dial()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)Bench.Limit.TotalMilliseconds };
        socket.Connect(IPAddress.Loopback, _bench.Port);
        return socket;
    }

    private static async Task AssertClosed(Socket socket)
    {
        var end = await Task.Run(() =>
        {
            try
            {
                while (socket.Receive(new byte[4096]) > 0)
                {
                    // The challenge, which everybody is sent.
                }
                return SocketError.Success;
            }
            catch (SocketException e)
            {
                return e.SocketErrorCode;
            }
        });
        Assert.True(end is SocketError.Success or SocketError.ConnectionReset, $"{end}");
    }
}
