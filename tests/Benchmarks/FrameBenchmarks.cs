using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Benchmarks;

/// <summary>A gradient's frame: written with its checksums, and read over a Unix socket, where they are checked.</summary>
[MemoryDiagnoser]
public class FrameBenchmarks
{
    private static readonly SlotGradient Header = new(new Incarnation(1), 17, 2, 16, 25, 1.5, 20, 0xdeadbeef, 900);

    private FrameBuffer _frame = new(0);
    private Memory<float> _received;
    private FrameReceiver _receiver = new((_, _, _) => default);
    private PlainCopy _copy = new(0);
    private SemaphoreSlim _send = new(0);
    private Socket? _sending;
    private Socket? _receiving;
    private Thread? _sender;
    private volatile bool _ended;

    /// <summary>float32s of the payload.</summary>
    [Params(7_850, 50_000, 1_000_000, 25_000_000)]
    public int Floats { get; set; }

    /// <summary>Makes the frame, and a connection with somebody who sends it when asked.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _frame = new FrameBuffer(Floats);
        Values.Floats(Floats).CopyTo(_frame.Floats);
        _received = new float[Floats];
        _receiver = new FrameReceiver((_, _, _) => _received);
        _copy = new PlainCopy(2L * Floats * sizeof(float));
        Connect();
        _ended = false;
        _send = new SemaphoreSlim(0);
        _sender = new Thread(SendWhenAsked) { IsBackground = true };
        _sender.Start();
    }

    /// <summary>Ends the connection.</summary>
    [GlobalCleanup]
    public void CleanUp()
    {
        _ended = true;
        _send.Release();
        _sender!.Join();
        _sending!.Dispose();
        _receiving!.Dispose();
    }

    /// <summary>The payload, copied.</summary>
    [Benchmark(Baseline = true)]
    public void Copy() => _copy.Run();

    /// <summary>What the sender does before it sends: both checksums, header and fixed part.</summary>
    /// <returns>Bytes of the frame.</returns>
    [Benchmark]
    public int Write() => _frame.Frame(Header, _frame.PayloadCrc()).Length;

    /// <summary>Written by one thread, read and checked by another.</summary>
    [Benchmark]
    public void WriteAndRead()
    {
        _send.Release();
        var status = _receiver.Receive(_receiving!);
        if (status != ReceiveStatus.Complete) throw new InvalidOperationException($"{status}: {_receiver.Problem}");
    }

    private void SendWhenAsked()
    {
        while (true)
        {
            _send.Wait();
            if (_ended) return;
            _sending!.Send(_frame.Frame(Header, _frame.PayloadCrc()).Span);
        }
    }

    private void Connect()
    {
        var path = Path.Combine(Path.GetTempPath(), $"minibatch-{Environment.ProcessId}-{Floats}.socket");
        File.Delete(path);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        _sending = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _sending.Connect(new UnixDomainSocketEndPoint(path));
        _receiving = listener.Accept();
        File.Delete(path);
    }
}
