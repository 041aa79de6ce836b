namespace MiniBatch.Graphics.Images.Conversion;

/// <summary>
/// Takes a drawing off a ground that is lighter here and darker there: a gradient, dark corners, the shadow of a hand.
/// </summary>
/// <remarks>
/// The ground is what remains when all that is narrower than a third of the picture is filled up (a morphological closing, for a
/// dark drawing). The filling reads past the picture's edges nothing, so along the darker edges the ground comes out too light:
/// what touches an edge is dropped later (<see cref="Components"/>).
/// </remarks>
internal static class UnevenLight
{
    /// <summary>The longer side of the small copy on which the ground is estimated.</summary>
    private const int CopySize = 64;

    /// <summary>Of that, how far the filling reaches to each side.</summary>
    private const int Reach = CopySize / 6;

    /// <summary>The picture is cut into so many cells each way, of which the outer ones show the light.</summary>
    private const int CellsAcross = 8;

    /// <summary>Shades by which an outer cell must differ from the picture's border.</summary>
    private const int DifferenceMin = 14;

    /// <summary>Outer cells, of 28, that may differ: a drawing may cover two.</summary>
    private const int DifferentMax = 2;

    /// <summary>Whether one shade of background doesn't do: medians of cells, so that noise and lines make no difference.</summary>
    public static bool IsOn(GreyImage image, Background background)
    {
        var different = 0;
        for (var i = 0; i < CellsAcross * CellsAcross; i++)
        {
            var (column, row) = (i % CellsAcross, i / CellsAcross);
            if (column is > 0 and < CellsAcross - 1 && row is > 0 and < CellsAcross - 1) continue;
            if (Math.Abs(MedianOf(image, column, row) - background.Shade) > DifferenceMin) different++;
        }
        return different > DifferentMax;
    }

    /// <summary>How far each pixel is from the ground below it, as a share of the ground's light: the same ink in the shadow and beside it.</summary>
    /// <returns>That, and how far from it the ground's own pixels are.</returns>
    public static (Canvas Canvas, float Noise) TakenFrom(GreyImage image)
    {
        var canvas = Canvas.Of(image);
        var copy = canvas.FittedInto(CopySize);
        var isLight = IsLight(copy);
        var ground = isLight ? Lowest(Highest(copy)) : Highest(Lowest(copy));
        var taken = new float[canvas.Shades.Length];
        for (var i = 0; i < taken.Length; i++)
        {
            var below = Between(ground, (i % image.Width + 0.5) * ground.Width / image.Width, (i / image.Width + 0.5) * ground.Height / image.Height);
            taken[i] = isLight ? 255 * (1 - (canvas.Shades[i] / Math.Max(1, below))) : canvas.Shades[i] - below;
        }
        // As for an even background: most pixels are ground.
        return (canvas with { Shades = taken }, 6 * Median([.. taken.Select(Math.Abs)]));
    }

    /// <summary>Whether around what is drawn there is more light than dark: each pixel beside ink has one vote.</summary>
    private static bool IsLight(Canvas copy)
    {
        var (high, low) = (Highest(copy).Shades, Lowest(copy).Shades);
        var contrast = high.Zip(low, (most, least) => most - least).Max();
        var votes = 0;
        for (var i = 0; i < high.Length; i++)
        {
            if (high[i] - low[i] > contrast / 2) votes += Math.Sign((2 * copy.Shades[i]) - high[i] - low[i]);
        }
        return votes >= 0;
    }

    private static Canvas Highest(Canvas canvas) => Filtered(Filtered(canvas, 1, 0, Math.Max), 0, 1, Math.Max);

    private static Canvas Lowest(Canvas canvas) => Filtered(Filtered(canvas, 1, 0, Math.Min), 0, 1, Math.Min);

    private static Canvas Filtered(Canvas canvas, int stepX, int stepY, Func<float, float, float> choose)
    {
        var filtered = new float[canvas.Shades.Length];
        for (var i = 0; i < filtered.Length; i++)
        {
            var (x, y) = (i % canvas.Width, i / canvas.Width);
            var chosen = canvas.Shades[i];
            for (var distance = -Reach; distance <= Reach; distance++)
            {
                var (column, row) = (x + (distance * stepX), y + (distance * stepY));
                if (column >= 0 && column < canvas.Width && row >= 0 && row < canvas.Height) chosen = choose(chosen, canvas[column, row]);
            }
            filtered[i] = chosen;
        }
        return canvas with { Shades = filtered };
    }

    /// <summary>The value at a place between the middles of pixels.</summary>
    private static float Between(Canvas canvas, double x, double y)
    {
        var (fromX, fromY) = (Math.Clamp(x - 0.5, 0, canvas.Width - 1), Math.Clamp(y - 0.5, 0, canvas.Height - 1));
        var (left, top) = ((int)fromX, (int)fromY);
        var (right, bottom) = (Math.Min(left + 1, canvas.Width - 1), Math.Min(top + 1, canvas.Height - 1));
        var (u, v) = ((float)(fromX - left), (float)(fromY - top));
        return ((1 - v) * (((1 - u) * canvas[left, top]) + (u * canvas[right, top]))) + (v * (((1 - u) * canvas[left, bottom]) + (u * canvas[right, bottom])));
    }

    private static int MedianOf(GreyImage image, int column, int row)
    {
        var (left, right) = (column * image.Width / CellsAcross, (column + 1) * image.Width / CellsAcross);
        List<byte> values = [];
        for (var y = row * image.Height / CellsAcross; y < (row + 1) * image.Height / CellsAcross; y++) values.AddRange(image.Row(y)[left..right]);
        return Median(values);
    }

    private static T Median<T>(List<T> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
