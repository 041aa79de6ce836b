using System.IO.Compression;

namespace MiniBatch.Graphics.Images;

/// <summary>
/// Counts the pixels of an interlaced PNG: ImageSharp 2.1.13 never comes to the end of one whose pixels do. PNG specification, third edition,
/// 8.1 (Adam7) and 7.2 (scanlines).
/// </summary>
internal static class InterlacedPng
{
    private const int DepthAt = 24;
    private const int ColorAt = 25;

    /// <summary>First column and row, and distance of columns and rows, of the seven passes.</summary>
    private static readonly (int X, int Y, int ByX, int ByY)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Whether all pixels are there.</summary>
    /// <param name="file">A PNG whose header is sound.</param>
    /// <param name="width">Its width, in pixels.</param>
    /// <param name="height">Its height.</param>
    public static bool IsWhole(byte[] file, int width, int height)
    {
        var channels = file[ColorAt] switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        var missing = ScanlineBytes(width, height, (long)channels * file[DepthAt]);
        using var pixels = new ZLibStream(Compressed(file), CompressionMode.Decompress);
        var buffer = new byte[1 << 16];
        try
        {
            while (missing > 0 && pixels.Read(buffer) is > 0 and var count) missing -= count;
        }
        catch (InvalidDataException)
        {
            return false;
        }
        return missing <= 0;
    }

    private static long ScanlineBytes(int width, int height, long pixelBits)
    {
        var bytes = 0L;
        foreach (var (x, y, byX, byY) in Passes)
        {
            var (columns, rows) = (Math.Max(0, (width - x + byX - 1) / byX), Math.Max(0, (height - y + byY - 1) / byY));
            if (columns > 0) bytes += rows * (1 + (((columns * pixelBits) + 7) / 8));
        }
        return bytes;
    }

    private static MemoryStream Compressed(byte[] file)
    {
        var data = new MemoryStream();
        foreach (var part in PngChunks.Of(file, "IDAT")) data.Write(part);
        data.Position = 0;
        return data;
    }
}
