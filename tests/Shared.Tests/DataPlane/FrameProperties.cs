using System.Net;
using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tests.Properties;

namespace MiniBatch.Shared.Tests.DataPlane;

/// <summary>A stream of frames says the same, however the network cuts it into pieces.</summary>
[Properties(Arbitrary = [typeof(FrameArbitrary)], MaxTest = 150, QuietOnSuccess = true)]
public class FrameProperties
{
    [Property]
    public void Frames_that_are_cut_anywhere_are_read_as_the_same_frames(FrameStream stream)
    {
        var (sender, receiver) = Connect();
        using (sender)
        using (receiver)
        {
            var reader = new FrameReceiver((_, _, count) => new float[count]);
            var read = new List<ReceivedFrame>();
            receiver.Blocking = false;
            foreach (var piece in stream.Pieces())
            {
                sender.Send(piece);
                Assert.True(receiver.Poll(TimeSpan.FromSeconds(30), SelectMode.SelectRead));
                Assert.Equal(ReceiveStatus.Incomplete, ReadOn(reader, receiver, read));
            }
            // A piece may have come in parts: now all of them are waited for.
            sender.Shutdown(SocketShutdown.Send);
            receiver.Blocking = true;
            Assert.Equal(ReceiveStatus.Closed, ReadOn(reader, receiver, read));

            Assert.Equal(stream.Frames.Length, read.Count);
            Assert.All(stream.Frames.Zip(read), pair => Assert.True(pair.First.IsSame(pair.Second), $"{pair.First} was read as {pair.Second}"));
        }
    }

    private static ReceiveStatus ReadOn(FrameReceiver reader, Socket receiver, List<ReceivedFrame> read)
    {
        while (true)
        {
            var status = reader.Receive(receiver);
            if (status != ReceiveStatus.Complete) return status;
            read.Add(new ReceivedFrame(reader.Header.Type, reader.FixedPart.ToArray(), reader.Payload.ToArray()));
        }
    }

    private static (Socket Sender, Socket Receiver) Connect()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var sender = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        sender.Connect(listener.LocalEndPoint!);
        return (sender, listener.Accept());
    }
}

/// <summary>A frame as it is sent.</summary>
/// <param name="Fixed">Its fixed part.</param>
/// <param name="Payload">float32s; null for a frame without a payload.</param>
public sealed record SentFrame(IFrame Fixed, float[]? Payload)
{
    public byte[] Bytes()
    {
        var buffer = new FrameBuffer(Payload?.Length ?? 0);
        Payload.CopyTo(buffer.Floats);
        return buffer.Frame(Fixed, Payload is null ? null : buffer.PayloadCrc()).ToArray();
    }

    public bool IsSame(ReceivedFrame read)
    {
        var fixedPart = new byte[4096];
        var writer = new FixedWriter(fixedPart);
        Fixed.Write(ref writer);
        return read.Type == Fixed.Type && fixedPart.AsSpan(0, writer.Length).SequenceEqual(read.FixedPart) && Floats.AreSame(Payload, read.Payload);
    }

    public override string ToString() => $"{Fixed} with {Payload?.Length ?? 0} floats";
}

/// <summary>A frame as it was read.</summary>
public sealed record ReceivedFrame(FrameType Type, byte[] FixedPart, float[] Payload)
{
    public override string ToString() => $"{Type} {Convert.ToHexStringLower(FixedPart)} with {Payload.Length} floats";
}

/// <summary>Frames one after the other, and where the stream is cut, in bytes.</summary>
public sealed record FrameStream(SentFrame[] Frames, int[] Cuts)
{
    /// <summary>The stream's bytes, none of the pieces empty.</summary>
    public IEnumerable<byte[]> Pieces()
    {
        var bytes = Frames.SelectMany(frame => frame.Bytes()).ToArray();
        var start = 0;
        foreach (var end in Cuts.Select(cut => cut % (bytes.Length + 1)).Append(bytes.Length).Where(end => end > 0).Distinct().Order())
        {
            yield return bytes[start..end];
            start = end;
        }
    }

    public override string ToString() => $"[{string.Join("; ", (object[])Frames)}] cut at {string.Join(", ", Cuts)}";
}

public static class FrameArbitrary
{
    public static Arbitrary<FrameStream> Streams() => Arb.From(
        from count in Gen.Choose(0, 5)
        from frames in Gen.ArrayOf(Frame, count)
        from cuts in Cuts
        select new FrameStream(frames, cuts),
        stream => Shrinks.Of(stream.Frames).Select(frames => stream with { Frames = frames })
            .Concat(Shrinks.Of(stream.Cuts).Select(cuts => stream with { Cuts = cuts }))
            .Concat(stream.Frames.SelectMany((frame, i) => Shrinks.Of(frame.Payload ?? []).Select(
                payload => stream with { Frames = [.. stream.Frames[..i], frame with { Payload = payload }, .. stream.Frames[(i + 1)..]] }))));

    /// <summary>Headers, fixed parts and payloads are shorter than 2,000 bytes: every kind of border is cut near, at times every byte.</summary>
    private static Gen<int[]> Cuts { get; } = Gen.Frequency(
        (9, from count in Gen.Choose(0, 25) from cuts in Gen.ArrayOf(Gen.Choose(1, 2000), count) select cuts),
        (1, Gen.Constant(Enumerable.Range(1, 300).ToArray())));

    private static Gen<int> Int { get; } = Gen.Choose(int.MinValue, int.MaxValue);

    private static Gen<Incarnation> Incarnations { get; } = from value in Int select new Incarnation(value);

    private static Gen<IFrame> Fixed { get; } = Gen.OneOf<IFrame>(
        from incarnation in Incarnations select (IFrame)new Beat(incarnation),
        from reason in Texts.Any from ending in Gen.Elements(Enum.GetValues<RunEnding>()) select (IFrame)new Goodbye(ending, reason),
        from incarnation in Incarnations from json in Texts.Any from sha in Texts.Any select (IFrame)new ModelInitialised(incarnation, json, sha),
        from incarnation in Incarnations
        from step in Int
        from count in Gen.Choose(0, 40)
        from slots in Gen.ArrayOf(Int, count)
        select (IFrame)new StepOrder(incarnation, new Generation(step), step, step, step, step, new ItemList(slots)),
        from incarnation in Incarnations
        from step in Int
        from loss in Floats.Any
        select (IFrame)new SlotGradient(incarnation, step, step, step, step, loss, step, (uint)step, step));

    private static Gen<float[]?> Payload { get; } = Gen.Frequency<float[]?>(
        (1, Gen.Constant<float[]?>(null)),
        (3, from count in Gen.Choose(0, 200) from floats in Gen.ArrayOf(Floats.Any, count) select (float[]?)floats));

    private static Gen<SentFrame> Frame { get; } = from part in Fixed from payload in Payload select new SentFrame(part, payload);
}
