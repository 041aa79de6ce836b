using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

namespace MiniBatch.Shared.Datasets;

/// <summary>What an IDX file holds.</summary>
/// <param name="Dimensions">[count, rows, columns] of images, [count] of labels.</param>
/// <param name="Values">uint8, row-major.</param>
/// <param name="Sha256">Of the whole uncompressed file, header included, lower-case hex.</param>
public sealed record IdxContent(int[] Dimensions, byte[] Values, string Sha256);

/// <summary>
/// Reader of the IDX format of the MNIST family, plain or gzipped (told by the content, not by the name). It reads
/// straight into the final array and hashes on the way: one pass, no second copy of 47 MB.
/// </summary>
/// <remarks>
/// Format: 00 00, a type byte (08 = uint8), the number of dimensions, each dimension as a big-endian int32, the
/// values. Source: the MNIST page of Yann LeCun.
/// </remarks>
public static class IdxFile
{
    /// <summary>
    /// The most values that a file may announce: a corrupt header must not make the program allocate at will.
    /// </summary>
    public const int ValueCountMax = 1 << 28;

    private const int ChunkBytes = 1 << 18;

    /// <summary>Deflate makes at most so many bytes of one: a small file can't hold what it announces.</summary>
    private const long DeflateRatioMax = 1032;

    /// <summary>Reads uint8[count, rows, columns].</summary>
    /// <exception cref="DatasetException">Missing, unreadable, no such IDX file, truncated, or too long.</exception>
    public static IdxContent ReadImages(string path) => Read(path, dimensionCount: 3);

    /// <summary>Reads uint8[count].</summary>
    /// <exception cref="DatasetException">As <see cref="ReadImages"/>.</exception>
    public static IdxContent ReadLabels(string path) => Read(path, dimensionCount: 1);

    private static IdxContent Read(string path, int dimensionCount)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            using var content = Decompress(file);
            return Read(content, path, dimensionCount, content == file ? file.Length : DeflateRatioMax * file.Length);
        }
        catch (InvalidDataException e)
        {
            throw new DatasetException($"{path} is not a whole gzip file ({e.Message})", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static Stream Decompress(FileStream file)
    {
        Span<byte> start = stackalloc byte[2];
        var isGzip = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            && start is [0x1F, 0x8B];
        file.Position = 0;
        return isGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private static IdxContent Read(Stream content, string path, int dimensionCount, long bytesMax)
    {
        Span<byte> header = stackalloc byte[4 + (4 * dimensionCount)];
        if (content.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
            throw new DatasetException($"{path} ends within its header: it is truncated");
        var dimensions = ReadHeader(header, path, dimensionCount, out var valueCount);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        if (valueCount > bytesMax)
            throw new DatasetException($"{path} ends before the {valueCount} values that its header announces: it is truncated");
        var values = GC.AllocateUninitializedArray<byte>(valueCount);
        for (var done = 0; done < valueCount;)
        {
            var chunk = values.AsSpan(done, Math.Min(ChunkBytes, valueCount - done));
            var read = content.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false);
            if (read < chunk.Length)
                throw new DatasetException(
                    $"{path} ends after {done + read} of the {valueCount} values that its header announces: it is truncated");
            hash.AppendData(chunk);
            done += read;
        }

        if (content.ReadByte() >= 0)
            throw new DatasetException(
                $"{path} goes on after the {valueCount} values that its header announces: it is not the file it should be");
        return new IdxContent(dimensions, values, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static int[] ReadHeader(ReadOnlySpan<byte> header, string path, int dimensionCount, out int valueCount)
    {
        if (!header[..4].SequenceEqual<byte>([0, 0, 8, (byte)dimensionCount]))
            throw new DatasetException(
                $"{path} does not start as an IDX file of {(dimensionCount == 1 ? "labels" : "images")} does "
                + $"({Convert.ToHexStringLower(header[..4])} instead of 0000080{dimensionCount})");
        var dimensions = new int[dimensionCount];
        long count = 1;
        for (var d = 0; d < dimensionCount; d++)
        {
            dimensions[d] = BinaryPrimitives.ReadInt32BigEndian(header[(4 + (4 * d))..]);
            if (dimensions[d] < 1 || (count *= dimensions[d]) > ValueCountMax)
                throw new DatasetException(
                    $"{path} announces impossible dimensions ({string.Join('×', dimensions[..(d + 1)])})");
        }

        valueCount = (int)count;
        return dimensions;
    }
}
