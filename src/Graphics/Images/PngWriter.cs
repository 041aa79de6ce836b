using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.PixelFormats;

namespace MiniBatch.Graphics.Images;

/// <summary>Encodes grey images as PNG of 8 bits.</summary>
public static class PngWriter
{
    private static readonly PngEncoder Encoder = new()
    {
        ColorType = PngColorType.Grayscale,
        BitDepth = PngBitDepth.Bit8,
        CompressionLevel = PngCompressionLevel.BestCompression,
    };

    /// <summary>A whole file.</summary>
    public static byte[] Encode(GreyImage image)
    {
        using var picture = Image.LoadPixelData<L8>(image.Pixels, image.Width, image.Height);
        using var file = new MemoryStream();
        picture.Save(file, Encoder);
        return file.ToArray();
    }
}
