namespace MiniBatch.Graphics.Images;

/// <summary>A picture in shades of grey: what files are read as, what a conversion takes and gives, what is drawn and written.</summary>
public sealed class GreyImage
{
    /// <param name="width">Pixels of a row, ≥ 1.</param>
    /// <param name="height">Rows, ≥ 1.</param>
    /// <param name="pixels">uint8[height, width], row-major; kept, not copied.</param>
    /// <exception cref="ArgumentException">Not as many pixels as that, or none.</exception>
    public GreyImage(int width, int height, byte[] pixels)
    {
        if (width < 1 || height < 1 || pixels.Length != (long)width * height)
            throw new ArgumentException($"{pixels.Length} pixels are not an image of {width}×{height}.");
        (Width, Height, Pixels) = (width, height, pixels);
    }

    /// <summary>Pixels of a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>uint8[Height, Width], row-major, 0 = black, 255 = white.</summary>
    public byte[] Pixels { get; }

    /// <summary>One pixel.</summary>
    public byte this[int x, int y] => Pixels[(y * Width) + x];

    /// <summary>The pixels of one row.</summary>
    public Span<byte> Row(int y) => Pixels.AsSpan(y * Width, Width);
}
