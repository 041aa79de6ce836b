using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Akka.Actor;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Fuzzing.Tests.Targets;

/// <summary>
/// Messages of the control plane, of somebody who has the cluster's secret: without it nothing is read. An input is the manifest's
/// number, then the body, which is sealed here.
/// </summary>
internal sealed class ControlMessageTarget : FuzzTarget
{
    private static readonly WorkerId Worker = new("worker-1", 0x1122334455667788);

    private static readonly object[] Messages =
    [
        new RegisterWorker(Worker, "1.0", new ComputeDevice("cpu", "x", 258, 1), CpuCapability.Avx2, 258),
        new WorkerAdmitted(Worker, new Incarnation(5), "{}", 4054, "/s"), new WorkerPrepared(Worker, new Incarnation(5), "ab", new Arithmetic("cd", "ef")),
        new WorkerRefused(Worker, Refusal.OtherDataset, "no"), new WorkerFailed(Worker, "no"), new WorkerLeaving(Worker, "ok"), new RunEnded(Worker, RunEnding.Stopped, "ok"),
    ];

    private readonly ActorSystem _system = ActorSystem.Create("fuzz");
    private readonly ControlSerializer _serializer;
    private readonly MessageSeal _seal;
    private readonly string[] _manifests;

    public ControlMessageTarget()
    {
        _serializer = new ControlSerializer((ExtendedActorSystem)_system);
        _seal = new MessageSeal(_system, ControlSerializer.WireIdentifier);
        _manifests = [.. Messages.Select(_serializer.Manifest)];
        Corpus = [.. Messages.Select((message, i) => (byte[])[(byte)i, .. _serializer.ToBinary(message)[..^MessageSeal.Size]])];
    }

    public override string Name => "control message";

    public override IReadOnlyList<byte[]> Corpus { get; }

    public override bool Read(byte[] input)
    {
        if (input.Length == 0) return false;
        var manifest = input[0] < _manifests.Length ? _manifests[input[0]] : $"no-{input[0]}";
        try
        {
            var message = _serializer.FromBinary(_seal.Seal(manifest, input[1..]), manifest);
            Require(message.Equals(_serializer.FromBinary(_serializer.ToBinary(message), _serializer.Manifest(message))), "what is written again is other");
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    public override void Dispose() => _system.Terminate().Wait();
}

/// <summary>Two connected sockets of this process, again and again.</summary>
internal sealed class SocketPairs : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minibatch-fuzz-");
    private readonly UnixDomainSocketEndPoint _address;
    private readonly Socket _listener = New();

    public SocketPairs()
    {
        _address = new UnixDomainSocketEndPoint(Path.Combine(_folder.FullName, "s"));
        _listener.Bind(_address);
        _listener.Listen();
    }

    /// <summary>A pair whose first has sent an input, and will send no more.</summary>
    public (Socket Sender, Socket Receiver) With(ReadOnlySpan<byte> input)
    {
        var sender = New();
        sender.SendBufferSize = 1 << 18;
        sender.Connect(_address);
        sender.Send(input);
        sender.Shutdown(SocketShutdown.Send);
        return (sender, _listener.Accept());
    }

    public void Dispose()
    {
        _listener.Dispose();
        _folder.Delete(recursive: true);
    }

    private static Socket New() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
}

/// <summary>Frames of the data plane, as either end receives them, and what they say.</summary>
internal sealed class FrameTarget : FuzzTarget
{
    private const int PayloadFloats = 6;

    private static readonly Incarnation Incarnation = new(5);

    private readonly SocketPairs _sockets = new();
    private readonly float[] _payload = new float[PayloadFloats];

    public override string Name => "data frame";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        Frame(new InitialiseOrder(Incarnation)),
        Frame(new ModelInitialised(Incarnation, JsonSerializer.Serialize(new ModelLayout([new TensorLayout("w", [2, 2])], [new TensorLayout("m", [2])], []), Json.Compact), "ab"), true),
        Frame(new StepOrder(Incarnation, new Generation(3), 1, 2, 3, 2, new ItemList([0, 3, 1])), true), Frame(new SlotGradient(Incarnation, 3, 1, 2, 25, 1.5, 7, 77, 120), true),
        [.. Frame(new Beat(Incarnation)), .. Frame(new BlockResult(Incarnation, 9, 2, 1000, 3.5, 900))], Frame(new EvaluationOrder(Incarnation, new Generation(3), 9, new ItemList([1, 2]))),
        Frame(new Goodbye(RunEnding.Stopped, "over")), Frame(new ForwardOrder(Incarnation, 1, 9, 1, [0.5f, 1])), Frame(new ForwardResult(Incarnation, 1, 9, [0.25f])), Frame(new Wake()),
    ];

    public override bool Read(byte[] input)
    {
        var (sender, socket) = _sockets.With(input);
        using (sender)
        using (socket)
        {
            var receiver = new FrameReceiver((_, _, count) => count <= PayloadFloats ? _payload.AsMemory(0, count) : default);
            var frames = 0;
            while (receiver.Receive(socket) is var status)
            {
                Require(status != ReceiveStatus.Incomplete, "a socket that was closed has more to come");
                if (status != ReceiveStatus.Complete) return frames > 0 && status == ReceiveStatus.Closed;
                Require(receiver.Payload.Length == receiver.Header.PayloadBytes / sizeof(float), "another payload than the header says");
                try
                {
                    ReadFixed(receiver.Header.Type, receiver.FixedPart);
                    frames++;
                }
                catch (InvalidDataException)
                {
                    return false;
                }
            }
            return false;
        }
    }

    /// <summary>All three checksums of the first frame.</summary>
    public override byte[] Repaired(byte[] input) => WithChecksums(input);

    /// <summary>The same.</summary>
    public static byte[] WithChecksums(byte[] input)
    {
        if (input.Length < FrameHeader.Size) return input;
        var repaired = (byte[])input.Clone();
        var fixedBytes = Math.Clamp(BitConverter.ToInt32(repaired, 4), 0, input.Length - FrameHeader.Size);
        var payloadBytes = Math.Clamp(BitConverter.ToInt32(repaired, 8), 0, input.Length - FrameHeader.Size - fixedBytes);
        BitConverter.TryWriteBytes(repaired.AsSpan(12), Crc32C.Of(repaired.AsSpan(FrameHeader.Size, fixedBytes)));
        BitConverter.TryWriteBytes(repaired.AsSpan(16), Crc32C.Of(repaired.AsSpan(FrameHeader.Size + fixedBytes, payloadBytes)));
        BitConverter.TryWriteBytes(repaired.AsSpan(20), Crc32C.Of(repaired.AsSpan(0, 20)));
        return repaired;
    }

    public override void Dispose() => _sockets.Dispose();

    private static void ReadFixed(FrameType type, ReadOnlySpan<byte> bytes)
    {
        var reader = new FixedReader(bytes);
        switch (type)
        {
            case FrameType.InitialiseOrder: Again(InitialiseOrder.Read(ref reader), bytes); break;
            case FrameType.ModelInitialised:
                var model = ModelInitialised.Read(ref reader);
                if (ModelLayout.Parse(model.LayoutJson) is { } layout) Require(layout.TotalCount >= 0 && layout.Parameters.All(tensor => tensor.ElementCount >= 0), "a layout of less than nothing");
                break;
            case FrameType.StepOrder: Again(StepOrder.Read(ref reader), bytes); break;
            case FrameType.SlotGradient: Again(SlotGradient.Read(ref reader), bytes); break;
            case FrameType.EvaluationOrder: Again(EvaluationOrder.Read(ref reader), bytes); break;
            case FrameType.BlockResult: Again(BlockResult.Read(ref reader), bytes); break;
            case FrameType.Beat: Again(Beat.Read(ref reader), bytes); break;
            case FrameType.Goodbye: Goodbye.Read(ref reader); break;
            case FrameType.ForwardOrder: ForwardOrder.Read(ref reader); break;
            case FrameType.ForwardResult: ForwardResult.Read(ref reader); break;
        }
        if (type is >= FrameType.InitialiseOrder and <= FrameType.ForwardResult) reader.End();
    }

    /// <summary>What was read is written as the same bytes.</summary>
    private static void Again<T>(T frame, ReadOnlySpan<byte> bytes) where T : IFrame
    {
        var text = new byte[bytes.Length + 64];
        var writer = new FixedWriter(text);
        frame.Write(ref writer);
        Require(text.AsSpan(0, Math.Min(writer.Length, bytes.Length)).SequenceEqual(bytes[..Math.Min(writer.Length, bytes.Length)]), $"{frame.Type} is written as other bytes");
    }

    private static byte[] Frame<T>(T frame, bool hasPayload = false) where T : IFrame
    {
        var buffer = new FrameBuffer(PayloadFloats);
        for (var i = 0; i < PayloadFloats; i++) buffer.Floats[i] = i;
        return buffer.Frame(frame, hasPayload ? buffer.PayloadCrc() : null).ToArray();
    }
}

/// <summary>A stranger's first words on the data port.</summary>
internal sealed class HandshakeTarget : FuzzTarget
{
    private static readonly byte[] Secret = Encoding.UTF8.GetBytes("secret");

    private readonly SocketPairs _sockets = new();

    public HandshakeTarget() => Corpus = [HelloOf("worker-1"u8), HelloOf(Encoding.UTF8.GetBytes(new string('w', 3000)))];

    public override string Name => "handshake";

    /// <summary>Answers to other challenges: none is ever right.</summary>
    public override IReadOnlyList<byte[]> Corpus { get; }

    public override bool Read(byte[] input)
    {
        var (sender, socket) = _sockets.With(input);
        using (sender)
        using (socket)
        {
            try
            {
                Handshake.Accept(socket, Secret);
            }
            catch (HandshakeException e)
            {
                // As far as its proof it was sound.
                return e.Message == "wrong secret";
            }
        }
        throw new InvalidOperationException("wrongly read: a stranger was let in");
    }

    /// <summary>The frame's checksums.</summary>
    public override byte[] Repaired(byte[] input) => FrameTarget.WithChecksums(input);

    public override void Dispose() => _sockets.Dispose();

    /// <summary>What a worker with the secret sends.</summary>
    public static byte[] HelloOf(ReadOnlySpan<byte> name)
    {
        var text = new byte[FrameLimits.FixedBytesMax];
        var writer = new FixedWriter(text);
        writer.Bytes(new byte[32]);
        writer.Int32(name.Length);
        writer.Bytes(name);
        writer.Int64(77);
        writer.Text("run-1");
        writer.Int64(1);
        writer.Bytes(new byte[32]);
        var fixedPart = text.AsSpan(0, writer.Length);
        var frame = new byte[FrameHeader.Size + fixedPart.Length];
        new FrameHeader(FrameType.Hello, fixedPart.Length, 0, Crc32C.Of(fixedPart), 0).Write(frame);
        fixedPart.CopyTo(frame.AsSpan(FrameHeader.Size));
        return frame;
    }
}
