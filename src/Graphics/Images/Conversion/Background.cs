namespace MiniBatch.Graphics.Images.Conversion;

/// <summary>What a picture was drawn on, judged by its outermost pixels.</summary>
/// <param name="Shade">Their median.</param>
/// <param name="Noise">How far from it the background's own pixels are: 0 for a drawing, some shades for a photograph.</param>
/// <param name="IsLight">Whether the drawing is darker than it.</param>
internal readonly record struct Background(int Shade, int Noise, bool IsLight)
{
    /// <summary>What is said of a picture on which nothing stands out.</summary>
    public const string Blank = "the image is blank: nothing on it stands out from its background";

    /// <summary>The furthest that a drawing can be from it.</summary>
    public int DistanceMax => IsLight ? Shade : 255 - Shade;

    /// <summary>Judges a picture.</summary>
    /// <param name="image">Any.</param>
    /// <param name="margin">How many outermost pixels to look at, from each side: one may lie on a line of squared paper.</param>
    public static Background Of(GreyImage image, int margin = 1)
    {
        var border = Border(image, margin);
        var shade = Median(border);
        // Six median deviations are four standard ones. A median forgives a drawing that runs over the edge here and there.
        var noise = 6 * Median([.. border.Select(pixel => (byte)Math.Abs(pixel - shade))]);
        return new Background(shade, noise, IsLight: shade - image.Pixels.Min() > image.Pixels.Max() - shade);
    }

    /// <summary>How far each pixel is from the background, in the drawing's direction: light on black, whatever it was.</summary>
    public Canvas TakenFrom(GreyImage image)
    {
        var (sign, shade) = (IsLight ? -1 : 1, Shade);
        return new Canvas(image.Width, image.Height, Array.ConvertAll(image.Pixels, pixel => (float)(sign * (pixel - shade))));
    }

    private static List<byte> Border(GreyImage image, int margin)
    {
        List<byte> border = [];
        for (var y = 0; y < image.Height; y++)
        {
            if (y < margin || y >= image.Height - margin) border.AddRange(image.Row(y));
            else border.AddRange([.. image.Row(y)[..Math.Min(margin, image.Width)], .. image.Row(y)[Math.Max(0, image.Width - margin)..]]);
        }
        return border;
    }

    private static byte Median(List<byte> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
