using System.Net.Sockets;
using MiniBatch.Shared.DataPlane;

namespace MiniBatch.Coordinator.Exchange;

/// <summary>
/// Wakes a thread that waits on sockets, by one more socket.
/// </summary>
internal sealed class WakeSocket : IDisposable
{
    private readonly Socket _write;

    public WakeSocket() => (_write, Waited) = SocketPair.Create();

    /// <summary>For waiting on it.</summary>
    public Socket Waited { get; }

    /// <summary>Wakes who waits; from any thread.</summary>
    public void Wake()
    {
        try
        {
            _write.Send([1]);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The thread has ended; nobody is left to be woken.
        }
    }

    /// <summary>It is awake: takes what woke it. On the thread that waits.</summary>
    public void Drain()
    {
        Span<byte> drain = stackalloc byte[256];
        while (Waited.Available > 0) Waited.Receive(drain);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Waited.Dispose();
        _write.Dispose();
    }
}
