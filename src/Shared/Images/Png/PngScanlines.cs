using System.IO.Compression;

namespace MiniBatch.Shared.Images.Png;

/// <summary>
/// From compressed data to pixels: inflates row by row, so that data that would expand without end costs two rows of memory;
/// undoes the rows' filters; puts the pixels of interlaced passes where they belong.
/// </summary>
internal static class PngScanlines
{
    /// <summary>Adam7: where each pass begins, and its distances between columns and rows.</summary>
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>All pixels.</summary>
    /// <exception cref="InvalidDataException">Damaged, too short, too long, or a filter that there is not.</exception>
    public static GreyImage Read(Stream compressed, PngHeader header, PngShades shades)
    {
        using var data = new ZLibStream(compressed, CompressionMode.Decompress);
        var image = new GreyImage(header.Width, header.Height, new byte[header.Width * header.Height]);
        foreach (var (x, y, stepX, stepY) in header.IsInterlaced ? Passes : [(0, 0, 1, 1)])
        {
            var (width, height) = ((header.Width - x + stepX - 1) / stepX, (header.Height - y + stepY - 1) / stepY);
            if (width > 0 && height > 0) ReadPass(data, header, shades, image, new Pass(x, y, stepX, stepY, width, height));
        }
        // Read to its end, the data's own checksum is looked at.
        if (ReadAtLeast(data, new byte[1]) > 0) throw new InvalidDataException("it has more pixels than its header announces");
        return image;
    }

    private readonly record struct Pass(int X, int Y, int StepX, int StepY, int Width, int Height);

    private static void ReadPass(Stream data, PngHeader header, PngShades shades, GreyImage image, Pass pass)
    {
        var length = header.RowBytes(pass.Width);
        // The filter's byte, then the row. Before the first row there is one of zeros.
        var (before, row) = (new byte[length + 1], new byte[length + 1]);
        var grey = new byte[pass.Width];
        for (var i = 0; i < pass.Height; i++)
        {
            if (ReadAtLeast(data, row) < row.Length) throw new InvalidDataException("it ends before its last row");
            Unfilter(row[0], row.AsSpan(1), before.AsSpan(1), header.FilterBytes);
            shades.Convert(row.AsSpan(1), grey);
            var target = image.Row(pass.Y + (i * pass.StepY));
            for (var x = 0; x < grey.Length; x++) target[pass.X + (x * pass.StepX)] = grey[x];
            (before, row) = (row, before);
        }
    }

    private static int ReadAtLeast(Stream data, Span<byte> buffer)
    {
        try
        {
            return data.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException("its compressed data is damaged", e);
        }
    }

    private static void Unfilter(int filter, Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        for (var i = 0; i < row.Length; i++)
        {
            var (left, up, upLeft) = i < distance ? (0, above[i], 0) : (row[i - distance], above[i], above[i - distance]);
            row[i] += filter switch
            {
                0 => 0,
                1 => (byte)left,
                2 => (byte)up,
                3 => (byte)((left + up) / 2),
                4 => (byte)Paeth(left, up, upLeft),
                _ => throw new InvalidDataException($"there is no filter {filter}"),
            };
        }
    }

    /// <summary>Of the three neighbours the one that is nearest to left + up − upLeft.</summary>
    private static int Paeth(int left, int up, int upLeft)
    {
        var estimate = left + up - upLeft;
        var (toLeft, toUp, toUpLeft) = (Math.Abs(estimate - left), Math.Abs(estimate - up), Math.Abs(estimate - upLeft));
        return toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
    }
}
