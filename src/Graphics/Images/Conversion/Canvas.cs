namespace MiniBatch.Graphics.Images.Conversion;

/// <summary>A picture being converted: shades as real numbers, 0 = background, so that no step rounds.</summary>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Shades">[Height, Width], row-major.</param>
internal sealed record Canvas(int Width, int Height, float[] Shades)
{
    /// <summary>The shades of an image.</summary>
    public static Canvas Of(GreyImage image) => new(image.Width, image.Height, Array.ConvertAll(image.Pixels, pixel => (float)pixel));

    public float this[int x, int y] => Shades[(y * Width) + x];

    /// <summary>The smallest part with all that is above <paramref name="level"/>; null where nothing is.</summary>
    public Canvas? Cropped(float level)
    {
        var (left, top, right, bottom) = (Width, Height, -1, -1);
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                if (this[x, y] <= level) continue;
                (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
            }
        }
        return right < 0 ? null : OnCanvas(right - left + 1, bottom - top + 1, -left, -top);
    }

    /// <summary>Scaled so that its longer side is <paramref name="size"/>, its shorter at least 1: each new pixel is the mean of the area that it covers.</summary>
    public Canvas FittedInto(int size)
    {
        var scale = (double)size / Math.Max(Width, Height);
        var (width, height) = (Math.Max(1, (int)Math.Round(Width * scale)), Math.Max(1, (int)Math.Round(Height * scale)));
        var narrow = new Canvas(width, Height, new float[width * Height]);
        for (var y = 0; y < Height; y++) Average(Shades.AsSpan(y * Width), Width, 1, narrow.Shades.AsSpan(y * width), width, 1);
        var fitted = new Canvas(width, height, new float[width * height]);
        for (var x = 0; x < width; x++) Average(narrow.Shades.AsSpan(x), Height, width, fitted.Shades.AsSpan(x), height, width);
        return fitted;
    }

    /// <summary>Where its shades would balance, in pixels from the left and from the top: 0.5 is the middle of the first.</summary>
    public (double X, double Y) CentreOfMass()
    {
        double sum = 0, sumX = 0, sumY = 0;
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var shade = this[x, y];
                (sum, sumX, sumY) = (sum + shade, sumX + (shade * (x + 0.5)), sumY + (shade * (y + 0.5)));
            }
        }
        return (sumX / sum, sumY / sum);
    }

    /// <summary>Put on an empty canvas with its upper left corner at a place; what is outside is cut off.</summary>
    public Canvas OnCanvas(int width, int height, int left, int top)
    {
        var canvas = new Canvas(width, height, new float[width * height]);
        for (var y = Math.Max(0, -top); y < Height && y + top < height; y++)
        {
            for (var x = Math.Max(0, -left); x < Width && x + left < width; x++)
                canvas.Shades[((y + top) * width) + x + left] = this[x, y];
        }
        return canvas;
    }

    /// <summary><paramref name="low"/> and below becomes 0, <paramref name="high"/> 255, in a straight line between.</summary>
    public Canvas Stretched(float low, float high) =>
        this with { Shades = Array.ConvertAll(Shades, shade => Math.Clamp((shade - low) * 255 / (high - low), 0, 255)) };

    /// <summary>Rounded to whole shades.</summary>
    public GreyImage ToImage() => new(Width, Height, Array.ConvertAll(Shades, shade => (byte)Math.Round(shade)));

    /// <summary>A row or column of <paramref name="count"/> values resampled to <paramref name="newCount"/>: means of the intervals.</summary>
    private static void Average(ReadOnlySpan<float> values, int count, int stride, Span<float> means, int newCount, int newStride)
    {
        var step = (double)count / newCount;
        for (var i = 0; i < newCount; i++)
        {
            var (start, end) = (i * step, Math.Min((i + 1) * step, count));
            double sum = 0;
            for (var j = (int)start; j < count && j < end; j++)
                sum += values[j * stride] * (Math.Min(j + 1, end) - Math.Max(j, start));
            means[i * newStride] = (float)(sum / (end - start));
        }
    }
}
