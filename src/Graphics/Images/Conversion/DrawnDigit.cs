namespace MiniBatch.Graphics.Images.Conversion;

/// <summary>Leaves of a picture the digit alone: no lines, no specks, nothing that lies beside it.</summary>
internal static class DrawnDigit
{
    /// <summary>Of the strongest ink, what a ruled line has at least: they are often faint.</summary>
    private const float LineMin = 0.15f;

    /// <summary>Of the strongest ink, what a stroke has at least; its softer edges are kept with it.</summary>
    private const float StrokeMin = 0.35f;

    /// <summary>How wide the soft edge of a stroke is at most, as a share of the picture's longer side.</summary>
    private const double EdgeMax = 0.03;

    /// <summary>The canvas with all but the digit 0.</summary>
    /// <param name="canvas">Light on black.</param>
    /// <param name="noise">Up to here a shade is background.</param>
    public static Canvas On(Canvas canvas, float noise)
    {
        var range = Strongest(canvas) - noise;
        // The soft edges of lines and specks go with them.
        var lines = RuledLines.In(Mask.Above(canvas, noise + (LineMin * range))).Grown(1);
        var ink = Mask.Above(canvas, noise + (StrokeMin * range)).Without(lines);
        var digit = Components.OfDigit(ink);
        var edge = (int)Math.Ceiling(EdgeMax * Math.Max(canvas.Width, canvas.Height));
        var kept = digit.Grown(edge).Without(lines).Without(ink.Without(digit).Grown(2));
        var shades = new float[canvas.Shades.Length];
        for (var i = 0; i < shades.Length; i++) shades[i] = kept.Inside[i] ? canvas.Shades[i] : 0;
        return canvas with { Shades = shades };
    }

    /// <summary>The strongest mean of 3×3 pixels: a pixel alone is noise.</summary>
    private static float Strongest(Canvas canvas)
    {
        var strongest = 0f;
        for (var y = 1; y < canvas.Height - 1; y++)
        {
            for (var x = 1; x < canvas.Width - 1; x++)
            {
                var sum = 0f;
                for (var i = 0; i < 9; i++) sum += canvas[x - 1 + (i % 3), y - 1 + (i / 3)];
                strongest = Math.Max(strongest, sum / 9);
            }
        }
        return strongest;
    }
}
