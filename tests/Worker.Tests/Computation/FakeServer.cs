using System.Net;
using System.Net.Sockets;
using MiniBatch.Shared.DataPlane;

namespace MiniBatch.Worker.Tests.Computation;

/// <summary>The server's end of one data connection, driven by the test on a real socket.</summary>
internal sealed class FakeServer : IDisposable
{
    public static readonly byte[] Secret = SharedSecret.Key("secret");

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly FrameReceiver _receiver = new((_, _, count) => new float[count]);
    private Socket? _worker;

    public FakeServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(1);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Beats that were passed over.</summary>
    public int Beats { get; private set; }

    /// <summary>Takes the worker's connection and shakes hands.</summary>
    public SessionIdentity Accept()
    {
        Assert.True(HasCaller(Runs.Limit), "nobody connected");
        _worker = _listener.Accept();
        var identity = Handshake.Accept(_worker, Secret);
        _worker.ReceiveTimeout = (int)Runs.Limit.TotalMilliseconds;
        return identity;
    }

    /// <summary>Whether somebody wants to be accepted, now or within the time.</summary>
    public bool HasCaller(TimeSpan within) => _listener.Poll(within, SelectMode.SelectRead);

    public void Send<T>(T frame, float[]? payload = null) where T : IFrame
    {
        var buffer = new FrameBuffer(payload?.Length ?? 0);
        payload?.CopyTo(buffer.Floats);
        SendBytes(buffer.Frame(frame, payload is null ? null : buffer.PayloadCrc()).Span);
    }

    public void SendBytes(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[_worker!.Send(bytes)..];
    }

    /// <summary>The next frame, beats passed over.</summary>
    public (FrameType Type, byte[] FixedPart, float[] Payload) Next()
    {
        while (true)
        {
            Assert.Equal(ReceiveStatus.Complete, _receiver.Receive(_worker!));
            if (_receiver.Header.Type != FrameType.Beat)
                return (_receiver.Header.Type, _receiver.FixedPart.ToArray(), _receiver.Payload.ToArray());
            Beats++;
        }
    }

    /// <summary>Waits for so many beats, which must be all that comes.</summary>
    public void NextBeats(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(ReceiveStatus.Complete, _receiver.Receive(_worker!));
            Assert.Equal(FrameType.Beat, _receiver.Header.Type);
            var reader = new FixedReader(_receiver.FixedPart);
            Assert.Equal(1, Beat.Read(ref reader).Incarnation.Value);
        }
    }

    /// <summary>Reads on until the worker has closed.</summary>
    public void AwaitClose()
    {
        ReceiveStatus status;
        do status = _receiver.Receive(_worker!);
        while (status == ReceiveStatus.Complete);
        Assert.Equal(ReceiveStatus.Closed, status);
    }

    public void CloseConnection() => _worker!.Dispose();

    public void Dispose()
    {
        _worker?.Dispose();
        _listener.Dispose();
    }
}
