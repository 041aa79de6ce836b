using System.Buffers.Binary;
using System.IO.Compression;

namespace MiniBatch.Shared.Images.Png;

/// <summary>Encodes grey images as PNG: 8 bits, not interlaced, no filters (which gain little on small pictures).</summary>
public static class PngWriter
{
    /// <summary>A whole file.</summary>
    public static byte[] Encode(GreyImage image)
    {
        using var file = new MemoryStream();
        file.Write(PngReader.Signature);
        var header = new byte[PngHeader.Length];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        (header[8], header[9]) = (8, (byte)PngColor.Grey);
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, Compress(image));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Compress(GreyImage image)
    {
        using var compressed = new MemoryStream();
        using (var data = new ZLibStream(compressed, CompressionLevel.SmallestSize))
        {
            for (var y = 0; y < image.Height; y++)
            {
                data.WriteByte(0);   // no filter
                data.Write(image.Row(y));
            }
        }
        return compressed.ToArray();
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> chunk)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, chunk.Length);
        file.Write(number);
        file.Write(type);
        file.Write(chunk);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of(type, chunk));
        file.Write(number);
    }
}
