namespace MiniBatch.Graphics.Images;

/// <summary>
/// A file's bytes for a decoder. One that wants more than there are is stopped: left alone, decoders make up the pixels that a cut
/// file lacks, and do not say so.
/// </summary>
internal sealed class WatchedStream(byte[] file) : MemoryStream(file, writable: false)
{
    /// <remarks>Reads into spans come here too, as <see cref="MemoryStream"/> does it for classes derived from it.</remarks>
    /// <exception cref="InvalidDataException">Fewer bytes are left.</exception>
    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = base.Read(buffer, offset, count);
        return read == count ? read : throw Ended();
    }

    /// <exception cref="InvalidDataException">None is left.</exception>
    public override int ReadByte() => base.ReadByte() is >= 0 and var value ? value : throw Ended();

    private static InvalidDataException Ended() => new("it ends before its last pixel");
}
