using System.Text;
using MiniBatch.Graphics.Images;
using MiniBatch.Shared.Tests.Datasets;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Pbm;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;

namespace MiniBatch.Graphics.Tests.Images;

/// <summary>What users may bring is read, or refused with one line that says why.</summary>
public sealed class ImageFileTests : IDisposable
{
    private static readonly Dictionary<string, IImageEncoder> Encoders = new()
    {
        ["PNG"] = new PngEncoder(),
        ["JPEG"] = new JpegEncoder { Quality = 95 },
        ["Webp"] = new WebpEncoder { FileFormat = WebpFileFormatType.Lossless },
        ["GIF"] = new GifEncoder(),
        ["BMP"] = new BmpEncoder(),
        ["PGM"] = new PbmEncoder { ColorType = PbmColorType.Grayscale, Encoding = PbmEncoding.Binary },
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> FormatNames => [.. Encoders.Keys];

    private string Path => _folder.File("image");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(FormatNames))]
    public void Picture_of_every_format_is_read(string format)
    {
        using var drawn = Drawn(40, 30);
        var image = Read(Encoded(drawn, Encoders[format]));
        Assert.Equal((40, 30), (image.Width, image.Height));
        Assert.All(Enumerable.Range(0, image.Pixels.Length), i => Assert.InRange(image.Pixels[i] - drawn[i % 40, i / 40].R, -12, 12));
    }

    [Theory]
    [MemberData(nameof(FormatNames))]
    public void Picture_that_lacks_its_end_is_refused(string format)
    {
        using var drawn = Drawn(40, 30);
        var file = Encoded(drawn, Encoders[format]);
        for (var length = 12; length < file.Length - 1; length += 7) Assert.StartsWith($"{Path} is no whole {format} image: it ", Refused(file[..length]), StringComparison.Ordinal);
        Assert.StartsWith($"{Path} is no whole {format} image: it ", Refused(file[..^1]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1, 2, 4, 8, 16)]   // grey
    [InlineData(2, 8, 16)]            // colours
    [InlineData(3, 1, 2, 4, 8)]       // palette
    [InlineData(4, 8, 16)]            // grey with alpha
    [InlineData(6, 8, 16)]            // colours with alpha
    public void Every_kind_of_png_is_read_as_its_shades(int color, params int[] depths)
    {
        foreach (var (depth, isInterlaced, isTransparent) in depths.SelectMany(depth => new[] { (depth, false, false), (depth, true, false), (depth, false, true), (depth, true, true) }))
        {
            // The small size leaves one of the seven interlaced passes empty.
            foreach (var (width, height) in new[] { (5, 3), (33, 20) })
            {
                // Colours with alpha have no transparent one besides; a transparent one of 16 bits ImageSharp takes for opaque.
                var made = new MadePng(color, depth, isInterlaced, isTransparent && color < 4 && depth < 16, width, height, seed: width);
                var image = Read(made.File());
                Assert.Equal((width, height), (image.Width, image.Height));
                var (onWhite, onBlack) = (made.Shades(paper: 1), made.Shades(paper: 0));
                var shades = Math.Round(onBlack.Max()) - Math.Round(onBlack.Min()) > Math.Round(onWhite.Max()) - Math.Round(onWhite.Min()) ? onBlack : onWhite;
                Assert.All(image.Pixels.Zip(shades), pair => Assert.InRange(pair.First, pair.Second - 1.5, pair.Second + 1.5));
            }
        }
    }

    [Theory]
    [InlineData(255, 0, 255)]    // white: on black
    [InlineData(0, 0, 255)]      // black: on white
    [InlineData(200, 0, 200)]    // light: on black
    [InlineData(128, 127, 128)]  // as far from both: the better by one shade
    public void Drawing_on_a_transparent_ground_is_seen_whatever_its_colour(byte ink, byte low, byte high)
    {
        IImageEncoder[] encoders = [.. new[] { PngColorType.RgbWithAlpha, PngColorType.GrayscaleWithAlpha, PngColorType.Palette }.Select(type => new PngEncoder { ColorType = type })];
        Assert.All(encoders, encoder =>
        {
            using var drawn = new Image<Rgba32>(20, 10);   // transparent
            for (var y = 2; y < 8; y++) drawn[10, y] = new Rgba32(ink, ink, ink);
            var image = Read(Encoded(drawn, encoder));
            var contrast = image.Pixels.Max() - image.Pixels.Min();
            Assert.InRange(contrast, high - low - 1 == 0 ? 127 : high - low, 255);
            Assert.Equal(ink, image[10, 5]);
        });
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(3, 39, 29)]
    [InlineData(6, 29, 0)]
    [InlineData(8, 0, 39)]
    public void Picture_is_turned_as_its_exif_says(int orientation, int x, int y)
    {
        using var drawn = new Image<Rgba32>(40, 30, new Rgba32(255, 255, 255));
        for (var i = 0; i < 64; i++) drawn[i % 8, i / 8] = new Rgba32(0, 0, 0);
        drawn.Metadata.ExifProfile = new ExifProfile();
        drawn.Metadata.ExifProfile.SetValue(ExifTag.Orientation, (ushort)orientation);
        Assert.All(new[] { "JPEG", "PNG", "Webp" }, format =>
        {
            var image = Read(Encoded(drawn, Encoders[format]));
            Assert.Equal(orientation is 6 or 8 ? (30, 40) : (40, 30), (image.Width, image.Height));
            Assert.InRange(image[x, y], 0, 20);
        });
    }

    [Fact]
    public void Exif_that_is_cut_is_passed_over()
    {
        // As one program writes it into PNGs: it announces eleven entries and has none.
        byte[] exif = [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 11, 0];
        Assert.Equal([0, 255], Read(MadePng.Chunks(("IHDR", MadePng.Header(2, 1, 8, 0)), ("eXIf", exif), ("IDAT", MadePng.Zlib([0, 0, 255])), ("IEND", []))).Pixels);
    }

    [Fact]
    public void Flipped_bit_of_a_png_is_refused()
    {
        var file = MadePng.Chunks(("IHDR", MadePng.Header(9, 2, 8, 3)), ("PLTE", [.. Enumerable.Range(0, 30).Select(i => (byte)(8 * i))]), ("IDAT", MadePng.Zlib([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])), ("IEND", []));
        // What follows the pixels, and is empty, is not looked at.
        for (var bit = 0; bit < (file.Length - 12) * 8; bit++)
        {
            var damaged = file.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.DoesNotContain('\n', Refused(damaged));
        }
    }

    [Theory]
    [InlineData(60_000, 60_000)]
    [InlineData(int.MaxValue, 1)]
    public void Size_that_nobody_draws_is_refused_before_anything_is_allocated(uint width, uint height)
    {
        var file = MadePng.Chunks(("IHDR", MadePng.Header(width, height, 8, 0)), ("IDAT", MadePng.Zlib([0])), ("IEND", []));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.StartsWith($"{Path} is no whole PNG image: it would have {width}×{height} pixels", Refused(file), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.Contains("it would have 99999×99999 pixels", Refused("P5\n99999 99999\n255\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Data_that_expands_without_end_is_refused_and_takes_no_memory()
    {
        var file = MadePng.Chunks(("IHDR", MadePng.Header(10, 10, 8, 0)), ("IDAT", MadePng.Zlib(new byte[1 << 26])), ("IEND", []));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused(file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    /// <summary>16 MB of nothing as a text of 16 KB: ImageSharp would inflate it, four bytes at a time. What turns the picture is read all the same.</summary>
    [Theory]
    [InlineData("zTXt", new byte[] { (byte)'k', 0, 0 })]
    [InlineData("iTXt", new byte[] { (byte)'k', 0, 1, 0, 0, 0 })]
    [InlineData("iCCP", new byte[] { (byte)'k', 0, 0 })]
    public void Text_that_expands_without_end_is_not_looked_at(string type, byte[] before)
    {
        byte[] turned = [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];   // orientation 6
        var file = MadePng.Chunks(
            ("IHDR", MadePng.Header(2, 1, 8, 0)), (type, [.. before, .. MadePng.Zlib(new byte[1 << 24])]), ("eXIf", turned), ("IDAT", MadePng.Zlib([0, 0, 255])), ("IEND", []));
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var image = Read(file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 8 << 20);
        Assert.Equal((1, 2), (image.Width, image.Height));
        Assert.Equal([0, 255], image.Pixels);
    }

    [Fact]
    public void Whoever_lets_others_in_may_take_fewer_pixels()
    {
        var file = MadePng.Chunks(("IHDR", MadePng.Header(3, 2, 8, 0)), ("IDAT", MadePng.Zlib([0, 1, 2, 3, 0, 4, 5, 6])), ("IEND", []));
        Assert.Equal(6, ImageFile.Read(file, "picture", pixelCountMax: 6).Pixels.Length);
        Assert.Equal(
            "picture is no whole PNG image: it would have 3×2 pixels (at least 1, at most 5 are read)",
            Assert.Throws<ImageException>(() => ImageFile.Read(file, "picture", pixelCountMax: 5)).Message);
    }

    /// <summary>ImageSharp would look for the rest for ever. 5 × 5 pixels, of which the passes have 1 + 1, 1 + 2, … bytes: 36 in all.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(35)]
    public void Interlaced_png_whose_pixels_come_to_an_end_is_refused(int bytes)
    {
        (string, byte[])[] chunks = [("IHDR", MadePng.Header(5, 5, 8, 0, interlace: 1)), ("IDAT", MadePng.Zlib(new byte[bytes])), ("IEND", [])];
        Assert.Contains("ends before its last pixel", Refused(MadePng.Chunks(chunks)), StringComparison.Ordinal);
        chunks[1].Item2 = MadePng.Zlib(new byte[36]);
        Assert.Equal(5, Read(MadePng.Chunks(chunks)).Height);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Interlaced_png_that_is_narrower_than_its_passes_is_refused(int width) => Assert.Contains(
        "save it without", Refused(new MadePng(color: 0, depth: 8, interlaced: true, transparent: false, width, height: 5).File()), StringComparison.Ordinal);

    [Theory]
    [InlineData("P2\n3 2\n255\n0 1 2\n253 254 255\n")]
    [InlineData("P2\n# drawn by hand\n3 2\n255\n0 1 2 253 254 255")]
    [InlineData("P5\n3 2\n255\n\x00\x01\x02\xFD\xFE\xFF")]
    public void Pgm_is_read_plain_or_raw(string file)
    {
        var image = Read(Encoding.Latin1.GetBytes(file));
        Assert.Equal((3, 2), (image.Width, image.Height));
        Assert.Equal([0, 1, 2, 253, 254, 255], image.Pixels);
    }

    [Theory]
    [InlineData("P5\n3 2\n255\n\x00\x01\x02\xFD\xFE", "it ends before its last pixel")]
    [InlineData("P2\n3 2\n255\n0 1 2 3 4", "it ends before its last pixel")]
    [InlineData("P2\n3 x", "it is damaged")]
    [InlineData("P2\n3", "it is damaged")]
    public void Damaged_pgm_is_refused_with_what_is_wrong(string file, string says) => Assert.Equal($"{Path} is no whole PGM image: {says}", Refused(file));

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("hello", "it starts with 68656c6c")]
    [InlineData("%PDF-1.7", "it starts with 25504446")]
    public void Foreign_file_is_refused_with_what_it_is(string file, string says) =>
        Assert.Equal($"{Path} is no picture that is read here ({says}): save it as PNG, JPEG, WebP, GIF, BMP or PGM", Refused(file));

    [Fact]
    public void Missing_file_and_folder_are_refused()
    {
        Assert.Contains("cannot be read", Assert.Throws<ImageException>(() => ImageFile.Read(Path)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<ImageException>(() => ImageFile.Read(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Written_image_is_read_back_as_it_was_whatever_its_name()
    {
        var image = new GreyImage(31, 17, [.. Enumerable.Range(0, 31 * 17).Select(i => (byte)(i * 7))]);
        File.WriteAllBytes(_folder.File("image.pgm"), PngWriter.Encode(image));
        var back = ImageFile.Read(_folder.File("image.pgm"));
        Assert.Equal((31, 17), (back.Width, back.Height));
        Assert.Equal(image.Pixels, back.Pixels);
    }

    /// <summary>Grey waves, so that no format has it easy.</summary>
    private static Image<Rgba32> Drawn(int width, int height)
    {
        var image = new Image<Rgba32>(width, height);
        for (var i = 0; i < width * height; i++)
        {
            var shade = (byte)(128 + (100 * Math.Sin(i % width * 0.3) * Math.Cos(i / width * 0.2)));
            image[i % width, i / width] = new Rgba32(shade, shade, shade);
        }
        return image;
    }

    private static byte[] Encoded(Image image, IImageEncoder encoder)
    {
        using var file = new MemoryStream();
        image.Save(file, encoder);
        return file.ToArray();
    }

    private GreyImage Read(byte[] file)
    {
        File.WriteAllBytes(Path, file);
        return ImageFile.Read(Path);
    }

    private string Refused(string file) => Refused(Encoding.Latin1.GetBytes(file));

    private string Refused(byte[] file) => Assert.Throws<ImageException>(() => Read(file)).Message;
}
