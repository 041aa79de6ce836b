using System.Net.Sockets;

namespace MiniBatch.Shared.DataPlane;

/// <summary>
/// Ends a handshake that is not over in time, however often the other side says a byte: the connection is shut down, and whoever
/// waits on it is told. Dispose it when the handshake is over; the connection is left alone from then on.
/// </summary>
internal sealed class HandshakeDeadline : IDisposable
{
    private readonly Socket _socket;
    private readonly TimeSpan _limit;
    private readonly Lock _lock = new();
    private readonly Timer _timer;
    private bool _isDone;

    public HandshakeDeadline(Socket socket, TimeSpan limit)
    {
        _socket = socket;
        _limit = limit;
        _timer = new Timer(_ => End(), null, limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether the time ran out.</summary>
    public bool IsOver { get; private set; }

    /// <summary>What to say then.</summary>
    /// <param name="missing">What did not come: "no Hello".</param>
    public string Problem(string missing) => $"{missing} within {_limit.TotalSeconds:0} s";

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock) _isDone = true;
        _timer.Dispose();
    }

    private void End()
    {
        lock (_lock)
        {
            if (_isDone) return;
            IsOver = true;
            try
            {
                _socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It has gone by itself.
            }
        }
    }
}
