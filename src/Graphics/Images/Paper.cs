using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace MiniBatch.Graphics.Images;

/// <summary>
/// Makes colours shades of grey (Rec. 601's luma, which image libraries take for "grey"), and what is transparent part of a paper.
/// The paper is white, unless the picture shows more on black: a white drawing on a transparent ground would be lost on white.
/// </summary>
internal static class Paper
{
    /// <summary>The shades of a picture.</summary>
    public static GreyImage Laid(Image<Rgba32> picture)
    {
        var onWhite = Composed(picture, paper: 1);
        if (!HasTransparent(picture)) return onWhite;
        var onBlack = Composed(picture, paper: 0);
        return Contrast(onBlack) > Contrast(onWhite) ? onBlack : onWhite;
    }

    private static int Contrast(GreyImage image) => image.Pixels.Max() - image.Pixels.Min();

    private static bool HasTransparent(Image<Rgba32> picture)
    {
        var found = false;
        picture.ProcessPixelRows(rows =>
        {
            for (var y = 0; y < rows.Height && !found; y++)
            {
                foreach (var pixel in rows.GetRowSpan(y)) found |= pixel.A < byte.MaxValue;
            }
        });
        return found;
    }

    private static GreyImage Composed(Image<Rgba32> picture, double paper)
    {
        var image = new GreyImage(picture.Width, picture.Height, new byte[picture.Width * picture.Height]);
        picture.ProcessPixelRows(rows =>
        {
            for (var y = 0; y < rows.Height; y++)
            {
                var from = rows.GetRowSpan(y);
                var to = image.Row(y);
                for (var x = 0; x < to.Length; x++)
                {
                    var (luma, alpha) = ((0.299 * from[x].R) + (0.587 * from[x].G) + (0.114 * from[x].B), from[x].A / 255.0);
                    to[x] = (byte)Math.Round((alpha * luma) + ((1 - alpha) * paper * 255));
                }
            }
        });
        return image;
    }
}
