namespace MiniBatch.Graphics.Images.Conversion;

/// <summary>A part of a picture whose pixels touch each other, corners included.</summary>
/// <param name="Pixels">Their places, row by row.</param>
/// <param name="Left">Its first column; with the other three what it fits into.</param>
/// <param name="Top">Its first row.</param>
/// <param name="Right">Its last column.</param>
/// <param name="Bottom">Its last row.</param>
internal sealed record Component(IReadOnlyList<int> Pixels, int Left, int Top, int Right, int Bottom)
{
    public int Size => Math.Max(Right - Left, Bottom - Top) + 1;

    /// <summary>The pixels between the boxes of two, in a row or a column; 0 where they overlap.</summary>
    public int DistanceTo(Component other) => Math.Max(
        Math.Max(Left - other.Right, other.Left - Right), Math.Max(0, Math.Max(Top - other.Bottom, other.Top - Bottom)));
}

/// <summary>Tells the digit's parts from specks, from what reaches into the picture, and from what is beside the digit.</summary>
internal static class Components
{
    /// <summary>A second part's pixels at least, as a share of the largest's: more than a speck has, less than the bar of a 5.</summary>
    private const double PartMin = 0.04;

    /// <summary>How far away a second part may be, as a share of the largest's size.</summary>
    private const double DistanceMax = 0.25;

    /// <summary>A part within the picture is the drawing, and what touches the edge is not, if it has this share of the pixels of the largest.</summary>
    private const double InnerMin = 0.1;

    /// <summary>The parts of the digit.</summary>
    public static Mask OfDigit(Mask ink)
    {
        var components = In(ink);
        var inner = components.Where(component => !TouchesEdge(component, ink)).ToList();
        if (inner.Count > 0 && LargestOf(inner).Pixels.Count >= InnerMin * LargestOf(components).Pixels.Count) components = inner;

        var digit = ink with { Inside = new bool[ink.Inside.Length] };
        if (components.Count == 0) return digit;
        var largest = LargestOf(components);
        foreach (var component in components)
        {
            if (component.Pixels.Count < PartMin * largest.Pixels.Count || component.DistanceTo(largest) > DistanceMax * largest.Size) continue;
            foreach (var pixel in component.Pixels) digit.Inside[pixel] = true;
        }
        return digit;
    }

    private static Component LargestOf(IReadOnlyList<Component> components) => components.MaxBy(component => component.Pixels.Count)!;

    private static bool TouchesEdge(Component component, Mask ink) =>
        component.Left == 0 || component.Top == 0 || component.Right == ink.Width - 1 || component.Bottom == ink.Height - 1;

    private static List<Component> In(Mask ink)
    {
        var components = new List<Component>();
        var seen = new bool[ink.Inside.Length];
        for (var i = 0; i < seen.Length; i++)
        {
            if (ink.Inside[i] && !seen[i]) components.Add(From(i, ink, seen));
        }
        return components;
    }

    private static Component From(int start, Mask ink, bool[] seen)
    {
        List<int> pixels = [start];
        seen[start] = true;
        var (left, top, right, bottom) = (ink.Width, ink.Height, 0, 0);
        for (var i = 0; i < pixels.Count; i++)
        {
            var (x, y) = (pixels[i] % ink.Width, pixels[i] / ink.Width);
            (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
            for (var row = Math.Max(0, y - 1); row <= Math.Min(ink.Height - 1, y + 1); row++)
            {
                for (var column = Math.Max(0, x - 1); column <= Math.Min(ink.Width - 1, x + 1); column++)
                {
                    var next = (row * ink.Width) + column;
                    if (!ink.Inside[next] || seen[next]) continue;
                    seen[next] = true;
                    pixels.Add(next);
                }
            }
        }
        return new Component(pixels, left, top, right, bottom);
    }
}
