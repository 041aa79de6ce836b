using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.DataPlane.SharedMemory;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;
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
    private readonly RegionWorkerEnd? _region;
    private float[] _held = [];
    private bool _sending = true;
    private bool _isFromRegion;
    private Task<Goodbye?>? _work;

    /// <summary>Connects to 127.0.0.1 and shakes hands.</summary>
    public FakeWorker(RunSpec spec, string name, int port, int parameterCount = 37, Incarnation? incarnation = null, RunId? run = null, TlsFiles? tls = null)
    {
        _spec = spec;
        _parameterCount = parameterCount;
        Id = Specs.Worker(name);
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(IPAddress.Loopback, port);
        if (tls is not null) _socket = TlsTunnel.Connect(_socket, TlsCredentials.Load(tls), Bench.Limit);
        Handshake.Connect(_socket, Secret, new SessionIdentity(Id, run ?? spec.Run, incarnation ?? Specs.First));
        _socket.ReceiveTimeout = (int)Bench.Limit.TotalMilliseconds;
    }

    /// <summary>Connects over a Unix socket, shakes hands and shares memory.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="name">Its name.</param>
    /// <param name="socketPath">The server's.</param>
    /// <param name="parameterCount">Of its model.</param>
    /// <param name="sharedFloats">float32s of a payload in the shared memory; null as many as the model has.</param>
    public FakeWorker(RunSpec spec, string name, string socketPath, int parameterCount = 37, int? sharedFloats = null)
    {
        _spec = spec;
        _parameterCount = parameterCount;
        Id = Specs.Worker(name);
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _socket.Connect(new UnixDomainSocketEndPoint(socketPath));
        Handshake.Connect(_socket, Secret, new SessionIdentity(Id, spec.Run, Specs.First));
        var region = SharedRegion.Create(sharedFloats ?? parameterCount, spec.Slots);
        Assert.True(RegionHandover.Offer(_socket, region));
        _region = new RegionWorkerEnd(region);
        _socket.ReceiveTimeout = (int)Bench.Limit.TotalMilliseconds;
    }

    public WorkerId Id { get; }

    /// <summary>Steps whose slots were asked of it.</summary>
    public int StepOrders { get; private set; }

    /// <summary>Called with each gradient's frame in place of sending it, until it returns false.</summary>
    public Func<byte[], bool>? InsteadOfSending { get; set; }

    /// <summary>Called with each gradient that was written to the shared memory, in place of handing it over where it returns true.</summary>
    public Func<bool>? InsteadOfHandingOver { get; set; }

    /// <summary>Works on a thread of its own until the connection ends.</summary>
    /// <returns>The server's goodbye, or null where it just closed.</returns>
    public Task<Goodbye?> Work() => _work = Task.Factory.StartNew(WorkToTheEnd, TaskCreationOptions.LongRunning);

    /// <summary>Takes one frame, which must ask for version 0, and sends it.</summary>
    public void Initialise()
    {
        Assert.Equal(FrameType.InitialiseOrder, NextType());
        SendModel();
    }

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
    public FrameType? NextType()
    {
        while (true)
        {
            if (_region is not null && _region.TryTake(out var type, out var version))
            {
                _isFromRegion = true;
                if (!version.IsEmpty) _held = version.ToArray();
                _region.Release();
                return type;
            }
            _isFromRegion = false;
            if (_region is not null && !_region.TrySleep()) continue;
            var status = _receiver.Receive(_socket);
            _region?.Awake();
            if (status == ReceiveStatus.Closed) return null;
            if (status != ReceiveStatus.Complete) throw new InvalidOperationException($"{status}: {_receiver.Problem}");
            if (_receiver.Header.Type == FrameType.Wake) continue;
            if (!_receiver.Payload.IsEmpty) _held = _receiver.Payload.ToArray();
            return _receiver.Header.Type;
        }
    }

    /// <summary>Ends its connection and its thread; only then is the shared memory unmapped, which the thread reads and writes.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        if (_work is not null) Assert.True(((IAsyncResult)_work).AsyncWaitHandle.WaitOne(Bench.Limit), "a worker's thread does not end");
        _region?.Dispose();
    }

    private Goodbye? WorkToTheEnd()
    {
        while (NextType() is { } type)
        {
            var reader = new FixedReader(_isFromRegion ? _region!.FixedPart : _receiver.FixedPart);
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
        var header = new SlotGradient(Specs.First, order.Step, slot, order.Version, samples.Length, gradient[0], 0, crc, 1);
        if (_region is not null && _region.TryRent(out var entry, out var place))
        {
            HandOver(_region, entry, header, gradient, place);
            return;
        }
        var frame = buffer.Frame(header, buffer.PayloadCrc());
        if (InsteadOfSending is { } instead)
        {
            if (instead(frame.ToArray())) return;
            InsteadOfSending = null;
        }
        Send(frame);
    }

    private void HandOver(RegionWorkerEnd region, int entry, in SlotGradient header, ReadOnlySpan<float> gradient, Span<float> place)
    {
        if (!_sending) return;
        gradient.CopyTo(place);
        if (InsteadOfHandingOver?.Invoke() == true) return;
        if (region.Send(entry, header, out _)) Send(new FrameBuffer(0).Frame(new Wake()));
    }

    private void SendBlock(EvaluationOrder order, int block) => Send(new FrameBuffer(0).Frame(new BlockResult(
        Specs.First, order.Version, block, Math.Min(1000, _spec.TestCount - block * 1000), _held[block], block + 1)));

    private void Send(ReadOnlyMemory<byte> frame)
    {
        if (_sending) SendBytes(frame.Span);
    }
}
