namespace MiniBatch.Shared.Images.Conversion;

/// <summary>What a picture was drawn on, judged by its outermost pixels.</summary>
/// <param name="Shade">Their median.</param>
/// <param name="Noise">How far from it the background's own pixels are: 0 for a drawing, some shades for a photograph.</param>
internal readonly record struct Background(byte Shade, int Noise)
{
    /// <summary>Whether the drawing is darker than what it is on, by what there is more of beyond the background's shade.</summary>
    public bool IsLight(GreyImage image)
    {
        var (darkest, lightest) = (image.Pixels.Min(), image.Pixels.Max());
        return Shade - darkest > lightest - Shade;
    }

    /// <summary>Judges a picture.</summary>
    public static Background Of(GreyImage image)
    {
        var border = Border(image);
        var shade = Median(border);
        // Six median deviations are four standard ones. A median forgives a drawing that runs over the edge here and there.
        return new Background(shade, 6 * Median([.. border.Select(pixel => (byte)Math.Abs(pixel - shade))]));
    }

    private static List<byte> Border(GreyImage image)
    {
        List<byte> border = [.. image.Row(0), .. image.Row(image.Height - 1)];
        for (var y = 1; y < image.Height - 1; y++) border.AddRange([image[0, y], image[image.Width - 1, y]]);
        return border;
    }

    private static byte Median(List<byte> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
