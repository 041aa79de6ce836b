using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Tests.Exchange;

/// <summary>
/// A worker's end of a real data connection. Its gradients are those of <see cref="ImaginaryCluster"/>'s workers, so that
/// both must come to the same parameters.
/// </summary>
internal sealed class FakeWorker : IDisposable
{
    public static readonly byte[] Secret = SharedSecret.Key("secret");

    private readonly RunSpec _spec;
    private readonly int _parameterCount;
    private readonly Socket _socket;
    private readonly FrameReceiver _receiver = new((_, _, count) => new float[count]);
    private float[] _held = [];
    private bool _sending = true;

    /// <summary>Connects to 127.0.0.1 and shakes hands.</summary>
    public FakeWorker(RunSpec spec, string name, int port, int parameterCount = 37, Incarnation? incarnation = null, RunId? run = null)
    {
        _spec = spec;
        _parameterCount = parameterCount;
        Id = Specs.Worker(name);
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(IPAddress.Loopback, port);
        Handshake.Connect(_socket, Secret, new SessionIdentity(Id, run ?? spec.Run, incarnation ?? Specs.First));
        _socket.ReceiveTimeout = (int)Bench.Limit.TotalMilliseconds;
    }

    public WorkerId Id { get; }

    /// <summary>Steps whose slots were asked of it.</summary>
    public int StepOrders { get; private set; }

    /// <summary>Called with each gradient's frame in place of sending it, until it returns false.</summary>
    public Func<byte[], bool>? InsteadOfSending { get; set; }

    /// <summary>Works on a thread of its own until the connection ends.</summary>
    /// <returns>The server's goodbye, or null where it just closed.</returns>
    public Task<Goodbye?> Work() => Task.Factory.StartNew(WorkToTheEnd, TaskCreationOptions.LongRunning);

    public void SendBytes(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[_socket.Send(bytes)..];
    }

    public void SendBeat() => SendBytes(new FrameBuffer(0).Frame(new Beat(Specs.First)).Span);

    /// <summary>Closes at once; what was sent before still arrives.</summary>
    public void Cut()
    {
        _sending = false;
        _socket.Shutdown(SocketShutdown.Both);
    }

    /// <summary>Waits for the next frame and says what it is; null where the server closed the connection.</summary>
    public FrameType? NextType() => _receiver.Receive(_socket) switch
    {
        ReceiveStatus.Complete => _receiver.Header.Type,
        ReceiveStatus.Closed => null,
        var status => throw new InvalidOperationException($"{status}: {_receiver.Problem}"),
    };

    public void Dispose() => _socket.Dispose();

    private Goodbye? WorkToTheEnd()
    {
        while (NextType() is { } type)
        {
            var reader = new FixedReader(_receiver.FixedPart);
            if (!_receiver.Payload.IsEmpty) _held = _receiver.Payload.ToArray();
            switch (type)
            {
                case FrameType.InitialiseOrder: SendModel(); break;
                case FrameType.StepOrder:
                    StepOrders++;
                    var order = StepOrder.Read(ref reader);
                    foreach (var slot in order.Slots.Items) SendGradient(order, slot);
                    break;
                case FrameType.EvaluationOrder:
                    var evaluation = EvaluationOrder.Read(ref reader);
                    foreach (var block in evaluation.Blocks.Items) SendBlock(evaluation, block);
                    break;
                case FrameType.Goodbye: return Goodbye.Read(ref reader);
            }
        }
        return null;
    }

    private void SendModel()
    {
        var layout = new ModelLayout([new TensorLayout("w", [_parameterCount])], [], []);
        var buffer = new FrameBuffer(_parameterCount);
        for (var i = 0; i < _parameterCount; i++) buffer.Floats[i] = MathF.Sin(i + (int)_spec.Seed);
        _held = buffer.Floats.ToArray();
        var model = new ModelInitialised(Specs.First, JsonSerializer.Serialize(layout, Json.Compact), ParameterHash.Sha256OfFloats(buffer.Floats));
        Send(buffer.Frame(model, buffer.PayloadCrc()));
    }

    private void SendGradient(StepOrder order, int slot)
    {
        var samples = _spec.PlanOf(order.Epoch).SlotSamples(order.StepInEpoch, slot);
        var buffer = new FrameBuffer(_parameterCount);
        var gradient = buffer.Floats;
        foreach (var sample in samples)
        {
            for (var i = 0; i < gradient.Length; i++) gradient[i] += MathF.Cos(sample * 0.37f + i) * _held[i] + 0.01f * sample;
        }
        for (var i = 0; i < gradient.Length; i++) gradient[i] /= samples.Length;
        var crc = (uint)(samples[0] * 1000 + samples[^1]);
        var frame = buffer.Frame(
            new SlotGradient(Specs.First, order.Step, slot, order.Version, samples.Length, gradient[0], 0, crc, 1), buffer.PayloadCrc());
        if (InsteadOfSending is { } instead)
        {
            if (instead(frame.ToArray())) return;
            InsteadOfSending = null;
        }
        Send(frame);
    }

    private void SendBlock(EvaluationOrder order, int block) => Send(new FrameBuffer(0).Frame(new BlockResult(
        Specs.First, order.Version, block, Math.Min(1000, _spec.TestCount - block * 1000), _held[block], block + 1)));

    private void Send(ReadOnlyMemory<byte> frame)
    {
        if (_sending) SendBytes(frame.Span);
    }
}
