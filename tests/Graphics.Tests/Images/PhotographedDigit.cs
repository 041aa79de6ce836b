using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace MiniBatch.Graphics.Tests.Images;

/// <summary>What may be the matter with a picture of a digit on paper.</summary>
public enum Photograph
{
    Plain,
    Noise,
    Gradient,
    Shadow,
    Frame,
    Specks,
    LinedPaper,
    SquaredPaper,
    TurnedJpeg,
    FaintWebp,
}

/// <summary>Makes files such as a camera's out of MNIST's digits: dark ink on light paper, 400×500, seeded.</summary>
internal static class PhotographedDigit
{
    private const int Width = 400;
    private const int Height = 500;
    private const double PaperShade = 225;
    private const double InkShade = 45;

    /// <summary>A whole file.</summary>
    /// <param name="pixels">uint8[28, 28], light on black.</param>
    public static byte[] File(ReadOnlySpan<byte> pixels, Photograph kind, int seed)
    {
        var random = new Random(seed);
        var ink = Ink(pixels);
        var paper = Paper(kind, random);
        var shades = new double[Width * Height];
        for (var i = 0; i < shades.Length; i++)
        {
            var (x, y) = (i % Width / (double)Width, i / Width / (double)Height);
            var shade = (paper[i] * (1 - ink[i])) + (Math.Min(paper[i], InkShade) * ink[i]);
            shades[i] = (shade * Light(kind, x, y)) + (Noise(kind) * Gaussian(random));
        }
        using var picture = Image.LoadPixelData<L8>([.. shades.Select(shade => (byte)Math.Clamp(Math.Round(shade), 0, 255))], Width, Height);
        return Saved(picture, kind);
    }

    /// <summary>How much of each pixel is inked: the digit enlarged, a little off the middle.</summary>
    private static double[] Ink(ReadOnlySpan<byte> pixels)
    {
        using var digit = Image.LoadPixelData<L8>(pixels.ToArray(), 28, 28);
        digit.Mutate(image => image.Resize(Width, Width, KnownResamplers.Bicubic));
        var ink = new double[Width * Height];
        for (var y = 0; y < Width; y++)
        {
            for (var x = 0; x < Width; x++) ink[((y + 60) * Width) + x] = digit[x, y].PackedValue / 255.0;
        }
        return ink;
    }

    private static double[] Paper(Photograph kind, Random random)
    {
        var paper = new double[Width * Height];
        for (var i = 0; i < paper.Length; i++)
        {
            var (x, y) = (i % Width, i / Width);
            paper[i] = kind switch
            {
                Photograph.Frame when Math.Min(Math.Min(x, Width - 1 - x), Math.Min(y, Height - 1 - y)) is >= 9 and < 13 => 60,
                Photograph.LinedPaper when y % 42 < 2 => 140,
                Photograph.SquaredPaper when x % 25 < 2 || y % 25 < 2 => 160,
                Photograph.FaintWebp => 200,
                _ => PaperShade,
            };
        }
        for (var speck = 0; kind == Photograph.Specks && speck < 60; speck++)
        {
            var (left, top, radius, shade) = (random.Next(Width), random.Next(Height), random.Next(1, 6), random.Next(40, 120));
            for (var i = 0; i < paper.Length; i++)
            {
                var (x, y) = ((i % Width) - left, (i / Width) - top);
                if ((x * x) + (y * y) <= radius * radius) paper[i] = shade;
            }
        }
        return paper;
    }

    private static double Light(Photograph kind, double x, double y) => kind switch
    {
        Photograph.Gradient => 0.35 + (0.65 * ((0.7 * x) + (0.3 * y))),
        // Dark corners, and below them the shadow of a hand with a soft edge.
        Photograph.Shadow => (1 - (0.8 * (((x - 0.5) * (x - 0.5)) + ((y - 0.5) * (y - 0.5))))) * (1 - (0.4 / (1 + Math.Exp(-40 * (x + (0.6 * y) - 1))))),
        _ => 1,
    };

    private static double Noise(Photograph kind) => kind switch { Photograph.Plain => 0, Photograph.Noise => 14, _ => 3 };

    private static double Gaussian(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static byte[] Saved(Image<L8> picture, Photograph kind)
    {
        IImageEncoder encoder = new PngEncoder();
        switch (kind)
        {
            case Photograph.TurnedJpeg:
                // Lies on its side, and says so.
                picture.Mutate(image => image.Rotate(RotateMode.Rotate270));
                picture.Metadata.ExifProfile = new ExifProfile();
                picture.Metadata.ExifProfile.SetValue(ExifTag.Orientation, (ushort)6);
                encoder = new JpegEncoder { Quality = 40 };
                break;
            case Photograph.FaintWebp:
                picture.Mutate(image => image.Rotate(4, KnownResamplers.Bicubic).Crop(new Rectangle(34, 30, 360, 460)).GaussianBlur(2).Contrast(0.5f));
                encoder = new WebpEncoder { FileFormat = WebpFileFormatType.Lossy, Quality = 50 };
                break;
        }
        using var file = new MemoryStream();
        picture.Save(file, encoder);
        return file.ToArray();
    }
}
