using MiniBatch.Shared.Images.Png;

namespace MiniBatch.Shared.Images;

/// <summary>Reads a PNG or PGM file, told apart by their content: a name may say anything.</summary>
public static class ImageFile
{
    /// <summary>The longest file that is read.</summary>
    public const long FileBytesMax = 1L << 28;

    /// <summary>The most pixels of an image: a header of a few bytes must not make the program allocate at will.</summary>
    public const int PixelCountMax = 1 << 26;

    /// <summary>Reads a whole image as grey; what is transparent is laid over white, as on paper.</summary>
    /// <exception cref="ImageException">Missing, unreadable, of another format, damaged, truncated or too large.</exception>
    public static GreyImage Read(string path)
    {
        var file = ReadBytes(path);
        var (format, read) = FormatOf(file, path);
        try
        {
            return read(file);
        }
        catch (InvalidDataException e)
        {
            throw new ImageException($"{path} is no whole {format} image: {e.Message}", e);
        }
    }

    /// <summary>What decoders call where a header has announced its image.</summary>
    /// <exception cref="InvalidDataException">An impossible size, or one that is too large.</exception>
    internal static void RequireSize(long width, long height)
    {
        if (width < 1 || height < 1 || width > PixelCountMax || height > PixelCountMax || width * height > PixelCountMax)
            throw new InvalidDataException($"it would have {width}×{height} pixels (at least 1, at most {PixelCountMax} are read)");
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > FileBytesMax and var length })
                throw new ImageException($"{path} has {length} bytes; images of up to {FileBytesMax} are read");
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static (string Format, Func<byte[], GreyImage> Read) FormatOf(byte[] file, string path)
    {
        if (PngReader.IsPng(file)) return ("PNG", PngReader.Read);
        if (PgmReader.IsPgm(file)) return ("PGM", PgmReader.Read);
        var what = file switch
        {
            [] => "it is empty",
            [0xFF, 0xD8, 0xFF, ..] => "it is a JPEG",
            [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "it is a GIF",
            [(byte)'B', (byte)'M', ..] => "it is a BMP",
            [(byte)'P', >= (byte)'1' and <= (byte)'7', ..] => $"it is Netpbm's format P{(char)file[1]}",
            _ => $"it starts with {Convert.ToHexStringLower(file.AsSpan(0, Math.Min(4, file.Length)))}",
        };
        throw new ImageException($"{path} is neither a PNG nor a grey PGM image ({what}): save it as PNG");
    }
}
