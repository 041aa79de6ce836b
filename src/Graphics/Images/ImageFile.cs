using System.Text;
using System.Text.RegularExpressions;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Pbm;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace MiniBatch.Graphics.Images;

/// <summary>Reads pictures of the usual formats, told apart by their content: a name may say anything.</summary>
/// <remarks>ImageSharp decodes. It is lenient with cut files, hence <see cref="WatchedStream"/>.</remarks>
public static class ImageFile
{
    /// <summary>The longest file that is read.</summary>
    public const long FileBytesMax = 1L << 28;

    /// <summary>The most pixels of an image: a header of a few bytes must not make the program allocate at will.</summary>
    public const int PixelCountMax = 1 << 26;

    /// <summary>The formats, as a user names them.</summary>
    public const string Formats = "PNG, JPEG, WebP, GIF, BMP or PGM";

    /// <summary>What a GIF ends with: cut between two blocks, it would be read as an empty picture.</summary>
    private const byte GifTrailer = 0x3B;

    /// <summary>On a narrower interlaced PNG, some of whose passes are empty, ImageSharp 2.1.13 never comes to an end.</summary>
    private const int InterlacedWidthMin = 5;

    private static readonly Configuration Decoding = Configured();

    /// <summary>Reads a whole image as grey, turned as its EXIF says; of several in a file the first.</summary>
    /// <exception cref="ImageException">Missing, unreadable, of another format, damaged, truncated or too large.</exception>
    public static GreyImage Read(string path)
    {
        return Read(ReadBytes(path), path);
    }

    /// <summary>Reads an image that is in memory.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="pixelCountMax">The most pixels, where others are to be let in less than <see cref="PixelCountMax"/>: one takes some ten bytes while it is decoded.</param>
    /// <exception cref="ImageException">Unreadable, of another format, damaged, truncated or too large.</exception>
    public static GreyImage Read(byte[] file, string path, int pixelCountMax = PixelCountMax)
    {
        if (Image.DetectFormat(Decoding, file) is not { } format || file is [(byte)'P', (byte)'1' or (byte)'3', ..]) throw new ImageException($"{path} is no picture that is read here ({Start(file)}): save it as {Formats}");
        try
        {
            return Decode(file, format, pixelCountMax);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Given damaged data, the decoders throw whatever they trip over.
            var name = format is PbmFormat ? "PGM" : format.Name;
            throw new ImageException($"{path} is no whole {name} image: {(e is InvalidDataException ? e.Message : "it is damaged")}", e);
        }
    }

    private static GreyImage Decode(byte[] file, IImageFormat format, int pixelCountMax)
    {
        var decoder = Decoding.ImageFormatsManager.FindDecoder(format);
        var info = ((IImageInfoDetector)decoder).Identify(Decoding, new WatchedStream(file), CancellationToken.None);
        RequireSize(info, pixelCountMax);
        if (format is PngFormat && info.Metadata.GetPngMetadata().InterlaceMethod == PngInterlaceMode.Adam7)
        {
            if (info.Width < InterlacedWidthMin) throw new InvalidDataException($"interlaced, it is read from {InterlacedWidthMin} pixels of width; save it without");
            if (!InterlacedPng.IsWhole(file, info.Width, info.Height)) throw new InvalidDataException("it ends before its last pixel");
        }
        if (file.AsSpan().StartsWith("P2"u8)) RequireNumbers(file, 4 + (info.Width * info.Height));
        if (format is GifFormat && file.AsSpan().TrimEnd((byte)0) is not [.., GifTrailer]) throw new InvalidDataException("it ends before its last pixel");
        using var image = decoder.Decode<Rgba32>(Decoding, new WatchedStream(file), CancellationToken.None);
        if (format is PngFormat && PngChunks.Of(file, "eXIf").FirstOrDefault() is { Count: > 0 } exif) image.Metadata.ExifProfile = new ExifProfile(exif.ToArray());
        image.Mutate(picture => picture.AutoOrient());
        return Paper.Laid(image);
    }

    private static void RequireSize(IImageInfo image, int pixelCountMax)
    {
        if (image.Width < 1 || image.Height < 1 || (long)image.Width * image.Height > pixelCountMax)
            throw new InvalidDataException($"it would have {image.Width}×{image.Height} pixels (at least 1, at most {pixelCountMax} are read)");
    }

    /// <summary>That a plain PGM has its four numbers and its pixels: of text a decoder looks at the length first, and never reads past its end.</summary>
    private static void RequireNumbers(byte[] file, int count)
    {
        var numbers = Regex.Count(Regex.Replace(Encoding.Latin1.GetString(file), "#.*", ""), @"\S+");
        if (numbers < count) throw new InvalidDataException("it ends before its last pixel");
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

    private static string Start(byte[] file) =>
        file.Length == 0 ? "it is empty" : $"it starts with {Convert.ToHexStringLower(file.AsSpan(0, Math.Min(4, file.Length)))}";

    private static Configuration Configured()
    {
        var configuration = new Configuration(
            new PngConfigurationModule(), new JpegConfigurationModule(), new WebpConfigurationModule(), new GifConfigurationModule(),
            new BmpConfigurationModule(), new PbmConfigurationModule())
        {
            // A buffer would read ahead, and the stream could not tell a decoder that needs more from one that is done.
            StreamProcessingBufferSize = 1,
        };
        // A text in a PNG may be compressed a thousandfold, and would be inflated four bytes at a time, without a limit. Taking such chunks out
        // before would not do: ImageSharp looks for chunks also in what follows the pixels in theirs. Of all that only the EXIF is wanted.
        configuration.ImageFormatsManager.SetDecoder(PngFormat.Instance, new PngDecoder { IgnoreMetadata = true });
        configuration.ImageFormatsManager.SetDecoder(GifFormat.Instance, new GifDecoder { DecodingMode = FrameDecodingMode.First });
        return configuration;
    }
}
