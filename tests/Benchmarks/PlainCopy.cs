namespace MiniBatch.Benchmarks;

/// <summary>
/// A plain copy that reads and writes as many bytes in all as what it stands beside: the least time that a loop over so much memory
/// can take on this machine.
/// </summary>
/// <param name="byteCount">Bytes that the other reads, and bytes that it writes, together.</param>
internal sealed class PlainCopy(long byteCount)
{
    private readonly byte[] _from = Touched(byteCount / 2);
    private readonly byte[] _to = Touched(byteCount / 2);

    /// <summary>Copies.</summary>
    public void Run() => _from.AsSpan().CopyTo(_to);

    /// <summary>The system gives a page when it is first written: not while it is measured.</summary>
    private static byte[] Touched(long length)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(1);
        return bytes;
    }
}
