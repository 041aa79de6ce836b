namespace MiniBatch.Shared.Images;

/// <summary>
/// A file's bytes, and whether a decoder wanted more than there are. Decoders make up the pixels that a cut file lacks, and do not
/// say so.
/// </summary>
internal sealed class WatchedStream(byte[] file) : MemoryStream(Ended(file), writable: false)
{
    /// <summary>Whether a read got less than it asked for.</summary>
    public bool HasEndedEarly { get; private set; }

    /// <summary>One more than there are: where a decoder looks at the length first, it still comes and asks.</summary>
    public override long Length => base.Length + 1;

    /// <remarks>Reads into spans come here too, as <see cref="MemoryStream"/> does it for classes derived from it.</remarks>
    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = base.Read(buffer, offset, count);
        HasEndedEarly |= read < count;
        return read;
    }

    public override int ReadByte()
    {
        var value = base.ReadByte();
        HasEndedEarly |= value < 0;
        return value;
    }

    /// <summary>Netpbm's plain formats (P1 to P3) are text, whose last number may end with the file; a decoder reads one byte further.</summary>
    private static byte[] Ended(byte[] file) => file is [(byte)'P', >= (byte)'1' and <= (byte)'3', ..] ? [.. file, (byte)'\n'] : file;
}
