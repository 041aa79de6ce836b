namespace MiniBatch.Shared.Ledger;

/// <summary>Reads a ledger's lines as the bytes that they are: the chain is over bytes, so nothing may be decoded or trimmed.</summary>
/// <param name="stream">Read to its end, not disposed.</param>
internal sealed class LedgerReader(Stream stream)
{
    /// <summary>The longest line that is read; one of 4,096 slots, the most there are, takes about 600 KB.</summary>
    public const int LineBytesMax = 8 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>Whether the bytes after the last line feed, if any, are a line that was not written to its end.</summary>
    public bool IsTorn => _end > _start;

    /// <summary>The next whole line, without its line feed; valid until the next call.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="LedgerException">A line is longer than <see cref="LineBytesMax"/>.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        for (var searched = _start; ;)
        {
            var length = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = _buffer.AsSpan(_start, searched + length - _start);
                _start = searched + length + 1;
                return true;
            }
            var unfinished = _end - _start;
            if (!Fill())
            {
                line = default;
                return false;
            }
            searched = _start + unfinished;
        }
    }

    private bool Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end >= LineBytesMax) throw new LedgerException($"it has more than {LineBytesMax >> 20} MiB");
        if (_end == _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
        var count = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += count;
        return count > 0;
    }
}
