using System.Buffers.Binary;

namespace MiniBatch.Shared.Images.Png;

/// <summary>What the samples of a pixel are; numbered as PNG numbers them.</summary>
internal enum PngColor : byte
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}

/// <summary>PNG's IHDR chunk.</summary>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="BitDepth">Bits of a sample (of a palette's index): 1, 2, 4, 8 or 16.</param>
/// <param name="Color">What the samples are.</param>
/// <param name="IsInterlaced">Whether the rows come in Adam7's seven passes.</param>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, PngColor Color, bool IsInterlaced)
{
    /// <summary>Bytes of the chunk.</summary>
    public const int Length = 13;

    public int Samples => Color switch
    {
        PngColor.Grey or PngColor.Palette => 1,
        PngColor.GreyAlpha => 2,
        PngColor.Rgb => 3,
        _ => 4,
    };

    /// <summary>The largest value of a sample.</summary>
    public int Maximum => (1 << BitDepth) - 1;

    /// <summary>How far back a filter looks for the pixel to the left: whole bytes, at least one.</summary>
    public int FilterBytes => Math.Max(1, Samples * BitDepth / 8);

    /// <summary>Bytes of a row of so many pixels, without its filter's byte.</summary>
    public int RowBytes(int pixels) => checked((int)((((long)pixels * Samples * BitDepth) + 7) / 8));

    /// <exception cref="InvalidDataException">Anything that PNG does not allow, or a size that is too large.</exception>
    public static PngHeader Parse(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length != Length) throw new InvalidDataException($"its header has {chunk.Length} bytes instead of {Length}");
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(chunk), BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]));
        ImageFile.RequireSize(width, height);
        var (depth, color) = (chunk[8], (PngColor)chunk[9]);
        var isAllowed = color switch
        {
            PngColor.Grey => depth is 1 or 2 or 4 or 8 or 16,
            PngColor.Palette => depth is 1 or 2 or 4 or 8,
            PngColor.Rgb or PngColor.GreyAlpha or PngColor.Rgba => depth is 8 or 16,
            _ => false,
        };
        if (!isAllowed) throw new InvalidDataException($"there is no colour type {(byte)color} with {depth} bits");
        if (chunk[10] != 0 || chunk[11] != 0 || chunk[12] > 1)
            throw new InvalidDataException($"compression {chunk[10]}, filter {chunk[11]} and interlace {chunk[12]} are not PNG's");
        return new PngHeader((int)width, (int)height, depth, color, chunk[12] == 1);
    }
}
