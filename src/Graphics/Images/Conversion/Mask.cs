namespace MiniBatch.Graphics.Images.Conversion;

/// <summary>Which pixels of a picture belong to something.</summary>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Inside">[Height, Width], row-major.</param>
internal sealed record Mask(int Width, int Height, bool[] Inside)
{
    public bool this[int x, int y] => Inside[(y * Width) + x];

    /// <summary>Where a canvas is above a level.</summary>
    public static Mask Above(Canvas canvas, float level) => new(canvas.Width, canvas.Height, Array.ConvertAll(canvas.Shades, shade => shade > level));

    /// <summary>Rows and columns swapped.</summary>
    public Mask Transposed()
    {
        var transposed = new Mask(Height, Width, new bool[Inside.Length]);
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++) transposed.Inside[(x * Height) + y] = this[x, y];
        }
        return transposed;
    }

    /// <summary>With all that is at most <paramref name="distance"/> pixels away in a row and a column.</summary>
    public Mask Grown(int distance) => GrownInRows(distance).Transposed().GrownInRows(distance).Transposed();

    /// <summary>What is in this and not in the other.</summary>
    public Mask Without(Mask other)
    {
        var rest = (bool[])Inside.Clone();
        for (var i = 0; i < rest.Length; i++) rest[i] &= !other.Inside[i];
        return this with { Inside = rest };
    }

    /// <summary>What is in either.</summary>
    public Mask Or(Mask other)
    {
        var both = (bool[])Inside.Clone();
        for (var i = 0; i < both.Length; i++) both[i] |= other.Inside[i];
        return this with { Inside = both };
    }

    private Mask GrownInRows(int distance)
    {
        var grown = this with { Inside = new bool[Inside.Length] };
        for (var y = 0; y < Height; y++)
        {
            var row = grown.Inside.AsSpan(y * Width, Width);
            for (var x = 0; x < Width; x++)
            {
                if (this[x, y]) row[Math.Max(0, x - distance)..Math.Min(Width, x + distance + 1)].Fill(true);
            }
        }
        return grown;
    }
}
