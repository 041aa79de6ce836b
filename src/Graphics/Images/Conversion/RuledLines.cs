namespace MiniBatch.Graphics.Images.Conversion;

/// <summary>
/// Finds what is ruled and not drawn: frames, lined and squared paper. Such a line is thin, nearly level or upright, and spans
/// almost the whole picture.
/// </summary>
/// <remarks>
/// By paths: from column to column a line may move one row up or down, so that it is found on paper that lies a little askew.
/// Where a stroke crosses a line, the picture is thicker than a line there, and the stroke stays whole.
/// </remarks>
internal static class RuledLines
{
    /// <summary>The share of the picture's width (height) that a line spans; a drawn 1 of nearly that height is none.</summary>
    private const double SpanMin = 0.9;

    /// <summary>A line's thickness at most, as a share of the picture's shorter side.</summary>
    private const double ThicknessMax = 0.025;

    /// <summary>Columns that a line may be interrupted for, where noise hides it.</summary>
    private const int GapMax = 3;

    /// <summary>The pixels of lines.</summary>
    /// <param name="ink">All that is not background, faint lines included.</param>
    public static Mask In(Mask ink)
    {
        var thickness = Math.Max(3, (int)(ThicknessMax * Math.Min(ink.Width, ink.Height)));
        return Level(ink, thickness).Or(Level(ink.Transposed(), thickness).Transposed());
    }

    private static Mask Level(Mask ink, int thickness)
    {
        var thin = Thin(ink, thickness);
        var toLeft = Reach(ink, fromLeft: true);
        var toRight = Reach(ink, fromLeft: false);
        var line = new bool[ink.Inside.Length];
        for (var i = 0; i < line.Length; i++) line[i] = thin[i] && toLeft[i] + toRight[i] - 1 > SpanMin * ink.Width;
        return ink with { Inside = line };
    }

    /// <summary>The pixels whose column of ink is no higher than a line is thick.</summary>
    private static bool[] Thin(Mask ink, int thickness)
    {
        var thin = new bool[ink.Inside.Length];
        for (var x = 0; x < ink.Width; x++)
        {
            for (var y = 0; y < ink.Height; y++)
            {
                if (!ink[x, y]) continue;
                var end = y;
                while (end < ink.Height && ink[x, end]) end++;
                for (var row = y; row < end; row++) thin[(row * ink.Width) + x] = end - y <= thickness;
                y = end;
            }
        }
        return thin;
    }

    /// <summary>How many columns the longest path to each pixel of ink has, from one side.</summary>
    private static int[] Reach(Mask ink, bool fromLeft)
    {
        var (width, height) = (ink.Width, ink.Height);
        var reach = new int[width * height];
        var gap = new int[width * height];
        for (var column = 0; column < width; column++)
        {
            var (x, before) = fromLeft ? (column, column - 1) : (width - 1 - column, width - column);
            for (var y = 0; y < height; y++)
            {
                var (i, best, bestGap) = ((y * width) + x, 0, 0);
                for (var row = Math.Max(0, y - 1); column > 0 && row <= Math.Min(height - 1, y + 1); row++)
                {
                    var from = (row * width) + before;
                    if (reach[from] > best || (reach[from] == best && gap[from] < bestGap)) (best, bestGap) = (reach[from], gap[from]);
                }
                if (ink[x, y]) (reach[i], gap[i]) = (best + 1, 0);
                else if (best > 0 && bestGap < GapMax) (reach[i], gap[i]) = (best + 1, bestGap + 1);
            }
        }
        return reach;
    }
}
