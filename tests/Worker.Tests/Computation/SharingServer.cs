using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.DataPlane.SharedMemory;

namespace MiniBatch.Worker.Tests.Computation;

/// <summary>The server's end on the worker's machine, driven by the test: a Unix socket, and the memory that the worker shares.</summary>
internal sealed class SharingServer : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minibatch-test-");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private Socket? _worker;
    private RegionServerEnd? _region;

    public SharingServer()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen(1);
    }

    public string SocketPath => Path.Combine(_folder.FullName, "data.sock");

    /// <summary>Takes the worker's connection, shakes hands, and maps what it shares, if it does.</summary>
    /// <returns>Whether it shares.</returns>
    public bool Accept()
    {
        _worker = _listener.Accept();
        Handshake.Accept(_worker, FakeServer.Secret);
        if (RegionHandover.Take(_worker) is { } region) _region = new RegionServerEnd(region);
        return _region is not null;
    }

    public void Post<T>(T order, float[]? version = null) where T : IFrame
    {
        Assert.True(_region!.TryPost(order, version is null ? default : MemoryMarshal.AsBytes(version.AsSpan()), out _, out var wake));
        if (wake) _worker!.Send(new FrameBuffer(0).Frame(new Wake()).Span);
    }

    /// <summary>Says goodbye and is gone, with whatever it was sent unread.</summary>
    public void SayGoodbye(Goodbye goodbye)
    {
        _worker!.Send(new FrameBuffer(0).Frame(goodbye).Span);
        _worker.Dispose();
    }

    /// <summary>Waits for the next gradient, and gives its place back.</summary>
    public (SlotGradient Header, float[] Gradient) Next()
    {
        RegionGradient? gradient;
        for (var since = Stopwatch.GetTimestamp(); !_region!.TryTake(out gradient); Thread.Yield())
            Assert.True(Stopwatch.GetElapsedTime(since) < Runs.Limit, "no gradient");
        var reader = new FixedReader(_region.FixedPart);
        var header = SlotGradient.Read(ref reader);
        reader.End();
        var values = gradient.Memory.ToArray();
        gradient.Return();
        return (header, values);
    }

    public void Dispose()
    {
        _worker?.Dispose();
        _listener.Dispose();
        _region?.Dispose();
        _folder.Delete(recursive: true);
    }
}
