namespace MiniBatch.Shared.DataPlane;

/// <summary>
/// Bytes over the data connections with one peer. Received are counted by one thread, with no more than an addition; sent also by the
/// timer of the beats. Read by any thread.
/// </summary>
public sealed class ConnectionMetrics
{
    private long _bytesSent;
    private long _bytesReceived;

    /// <summary>Headers, handshake apart, and payloads that the socket took.</summary>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>What the socket gave.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>Counts what was sent.</summary>
    public void CountSent(int bytes) => Interlocked.Add(ref _bytesSent, bytes);

    /// <summary>Counts what was received.</summary>
    public void CountReceived(long bytes) => Volatile.Write(ref _bytesReceived, _bytesReceived + bytes);
}
