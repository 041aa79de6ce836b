using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tracing;

namespace MiniBatch.Shared.Tests.DataPlane;

public sealed class FrameTests : IDisposable
{
    private static readonly SlotGradient Header = new(new Incarnation(3), 17, 2, 16, 25, 1.5, 20, 0xdeadbeef, 900);
    private readonly Socket _sender;
    private readonly Socket _receiver;

    public FrameTests()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        _sender = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sender.Connect(listener.LocalEndPoint!);
        _receiver = listener.Accept();
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    private static byte[] GradientFrame(int floats = 5)
    {
        var buffer = new FrameBuffer(floats);
        for (var i = 0; i < floats; i++) buffer.Floats[i] = i + 0.5f;
        return buffer.Frame(Header, buffer.PayloadCrc()).ToArray();
    }

    private static FrameReceiver Receiver() => new((_, _, count) => new float[count]);

    [Fact]
    public void A_frame_arrives_as_it_was_sent()
    {
        _sender.Send(GradientFrame());
        var receiver = Receiver();

        Assert.Equal(ReceiveStatus.Complete, receiver.Receive(_receiver));

        var reader = new FixedReader(receiver.FixedPart);
        Assert.Equal(Header, SlotGradient.Read(ref reader));
        reader.End();
        Assert.Equal([0.5f, 1.5f, 2.5f, 3.5f, 4.5f], receiver.Payload.ToArray());
    }

    [Fact]
    public void Every_single_flipped_bit_is_found()
    {
        var sound = GradientFrame();
        for (var bit = 0; bit < sound.Length * 8; bit++)
        {
            var frame = sound.ToArray();
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            using var test = new FrameTests();
            test._sender.Send(frame);
            test._sender.Shutdown(SocketShutdown.Send);
            var receiver = Receiver();
            Assert.Equal(ReceiveStatus.Malformed, receiver.Receive(test._receiver));
            Assert.NotNull(receiver.Problem);
        }
    }

    [Fact]
    public void A_connection_that_ends_within_a_frame_is_closed_not_complete()
    {
        var frame = GradientFrame();
        _sender.Send(frame.AsSpan(0, frame.Length - 1));
        _sender.Shutdown(SocketShutdown.Send);
        Assert.Equal(ReceiveStatus.Closed, Receiver().Receive(_receiver));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(FrameLimits.FixedBytesMax + 1, 0)]
    [InlineData(0, -4)]
    [InlineData(0, FrameLimits.PayloadBytesMax + 4)]
    [InlineData(0, 3)]
    public void A_length_beyond_its_maximum_is_refused_before_anything_is_allocated(int fixedBytes, int payloadBytes)
    {
        Span<byte> header = stackalloc byte[FrameHeader.Size];
        new FrameHeader(FrameType.SlotGradient, fixedBytes, payloadBytes, 0, 0).Write(header);
        Assert.False(FrameHeader.TryRead(header, out _, out var problem));
        Assert.Contains("bytes", problem);
    }

    [Fact]
    public void A_payload_that_nobody_expects_is_malformed()
    {
        _sender.Send(GradientFrame());
        var receiver = new FrameReceiver((_, _, _) => default);
        Assert.Equal(ReceiveStatus.Malformed, receiver.Receive(_receiver));
    }

    /// <summary>The wire format: whoever changes these bytes changes <see cref="FrameHeader.FormatVersion"/> too.</summary>
    [Fact]
    public void Bytes_on_the_wire_are_golden()
    {
        var order = new StepOrder(new Incarnation(1), new Generation(2), 3, 4, 5, 9, new ItemList([6, 7]), new TraceContext(new UInt128(1, 2), 3));
        Assert.Equal(
            "4d42040600000000" + "0000000000000000",
            Convert.ToHexStringLower(Header24(new FrameHeader(FrameType.StepOrder, 0, 0, 0, 0))));
        Assert.Equal(
            "0100000000000000" + "0200000000000000" + "03000000" + "04000000" + "0500000000000000" + "0900000000000000" + "0200" + "06000000" + "07000000"
            + "0100000000000000" + "0200000000000000" + "0300000000000000",
            Fixed(order));
        Assert.Equal(
            "0300000000000000" + "1100000000000000" + "02000000" + "1000000000000000" + "19000000" + "000000000000f83f" + "14000000" + "efbeadde" + "84030000",
            Fixed(Header));
        Assert.Equal("02000000" + "02000000" + "6f6b", Fixed(new Goodbye(RunEnding.Stopped, "ok")));
        Assert.Equal(
            "0100000000000000" + "0200000000000000" + "0300000000000000" + "01000000" + "02000000" + "0000803f" + "000000c0",
            Fixed(new ForwardOrder(new Incarnation(1), 2, 3, 1, [1, -2])));
        Assert.Equal(
            "0100000000000000" + "0200000000000000" + "0300000000000000" + "01000000" + "0000003f", Fixed(new ForwardResult(new Incarnation(1), 2, 3, [0.5f])));

        static ReadOnlySpan<byte> Header24(FrameHeader header)
        {
            var bytes = new byte[FrameHeader.Size];
            header.Write(bytes);
            return bytes.AsSpan(0, 16);
        }

        static string Fixed<T>(T frame) where T : IFrame
        {
            var bytes = new byte[256];
            var writer = new FixedWriter(bytes);
            frame.Write(ref writer);
            return Convert.ToHexStringLower(bytes.AsSpan(0, writer.Length));
        }
    }

    [Fact]
    public void A_fixed_part_that_is_too_short_or_too_long_is_found()
    {
        Assert.Throws<InvalidDataException>(() =>
        {
            var reader = new FixedReader(new byte[7]);
            Beat.Read(ref reader);
        });
        Assert.Throws<InvalidDataException>(() =>
        {
            var reader = new FixedReader(new byte[9]);
            Beat.Read(ref reader);
            reader.End();
        });
    }
}
