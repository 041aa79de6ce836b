using MiniBatch.Shared.Images;
using MiniBatch.Shared.Images.Png;
using MiniBatch.Shared.Tests.Datasets;

namespace MiniBatch.Shared.Tests.Images;

public sealed class PngTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Every colour type with every depth that it may have: plain and interlaced, opaque and with transparent parts.</summary>
    public static TheoryData<int, int, bool, bool> Ways()
    {
        var ways = new TheoryData<int, int, bool, bool>();
        (int Color, int[] Depths)[] types = [(0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16])];
        foreach (var (color, depths) in types)
        {
            foreach (var depth in depths)
            {
                foreach (var interlaced in new[] { false, true })
                {
                    ways.Add(color, depth, interlaced, false);
                    if (color < 4) ways.Add(color, depth, interlaced, true);
                }
            }
        }
        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_kind_of_png_is_read_as_its_shades_over_white(int color, int depth, bool interlaced, bool transparent)
    {
        // Small sizes leave some of the seven passes empty.
        foreach (var (width, height) in new[] { (1, 1), (2, 5), (5, 3), (13, 11), (33, 20) })
        {
            var made = new MadePng(color, depth, interlaced, transparent, width, height, seed: width);
            var image = Read(made.File());
            Assert.Equal((width, height), (image.Width, image.Height));
            Assert.All(image.Pixels.Zip(made.Shades()), pair => Assert.InRange(pair.First, pair.Second - 0.51, pair.Second + 0.51));
        }
    }

    [Fact]
    public void Written_image_is_read_back_as_it_was()
    {
        var image = new GreyImage(31, 17, [.. Enumerable.Range(0, 31 * 17).Select(i => (byte)(i * 7))]);
        var back = Read(PngWriter.Encode(image));
        Assert.Equal((31, 17), (back.Width, back.Height));
        Assert.Equal(image.Pixels, back.Pixels);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        var file = new MadePng(color: 6, depth: 8, interlaced: true, transparent: false, width: 9, height: 9).File();
        for (var length = 1; length < file.Length; length++) Refused(file[..length]);
    }

    [Fact]
    public void Every_flipped_bit_is_refused()
    {
        var file = new MadePng(color: 3, depth: 4, interlaced: false, transparent: true, width: 9, height: 9).File();
        for (var bit = 0; bit < file.Length * 8; bit++)
        {
            var damaged = file.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Refused(damaged);
        }
    }

    [Fact]
    public void Damage_with_a_sound_checksum_is_named()
    {
        var grey = MadePng.Header(2, 2, 8, 0);
        var pixels = MadePng.Zlib([0, 1, 2, 0, 3, 4]);
        Refused("ends before its last row", ("IHDR", grey), ("IDAT", MadePng.Zlib([0, 1, 2, 0, 3])), ("IEND", []));
        Refused("more pixels than its header announces", ("IHDR", grey), ("IDAT", MadePng.Zlib([0, 1, 2, 0, 3, 4, 0])), ("IEND", []));
        Refused("compressed data is damaged", ("IHDR", grey), ("IDAT", [1, 2, 3, 4, 5, 6, 7, 8]), ("IEND", []));
        Refused("compressed data is damaged", ("IHDR", grey), ("IDAT", [.. pixels[..^1], (byte)~pixels[^1]]), ("IEND", []));
        Refused("there is no filter 5", ("IHDR", grey), ("IDAT", MadePng.Zlib([5, 1, 2, 0, 3, 4])), ("IEND", []));
        Refused("it has no pixels", ("IHDR", grey), ("IEND", []));
        Refused("its header is missing", ("IDAT", pixels), ("IEND", []));
        Refused("its header is missing", ("IHDR", grey), ("IHDR", grey), ("IDAT", pixels), ("IEND", []));
        Refused("its header has 12 bytes", ("IHDR", grey[..12]), ("IDAT", pixels), ("IEND", []));
        Refused("it needs XYZW", ("IHDR", grey), ("XYZW", []), ("IDAT", pixels), ("IEND", []));
        Refused("no colour type 5 with 8 bits", ("IHDR", MadePng.Header(2, 2, 8, 5)), ("IDAT", pixels), ("IEND", []));
        Refused("no colour type 2 with 4 bits", ("IHDR", MadePng.Header(2, 2, 4, 2)), ("IDAT", pixels), ("IEND", []));
        Refused("interlace 2 are not PNG's", ("IHDR", MadePng.Header(2, 2, 8, 0, interlace: 2)), ("IDAT", pixels), ("IEND", []));
        var indexed = MadePng.Header(2, 2, 8, 3);
        Refused("it has no palette", ("IHDR", indexed), ("IDAT", pixels), ("IEND", []));
        Refused("colour 4 of a palette of 4", ("IHDR", indexed), ("PLTE", new byte[12]), ("IDAT", pixels), ("IEND", []));
        Refused("its palette has 11 bytes", ("IHDR", indexed), ("PLTE", new byte[11]), ("IDAT", pixels), ("IEND", []));
        Refused("its transparency has 5 bytes", ("IHDR", indexed), ("PLTE", new byte[12]), ("tRNS", new byte[5]), ("IDAT", pixels), ("IEND", []));
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(uint.MaxValue, 1)]
    [InlineData(60_000, 60_000)]
    public void Size_that_nobody_draws_is_refused_before_anything_is_allocated(uint width, uint height) => Refused(
        $"it would have {width}×{height} pixels", ("IHDR", MadePng.Header(width, height, 8, 0)), ("IDAT", MadePng.Zlib([0])), ("IEND", []));

    [Fact]
    public void Data_that_expands_without_end_is_read_no_further_than_the_header_says()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused(
            "more pixels than its header announces",
            ("IHDR", MadePng.Header(10, 10, 8, 0)), ("IDAT", MadePng.Zlib(new byte[1 << 26])), ("IEND", []));
        // The 64 MiB of zeros themselves, and little beside them.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 70 << 20);
    }

    private void Refused(string says, params (string, byte[])[] chunks) => Assert.Contains(says, Refused(MadePng.Chunks(chunks)), StringComparison.Ordinal);

    private string Refused(byte[] file)
    {
        var message = Assert.Throws<ImageException>(() => Read(file)).Message;
        Assert.StartsWith(_folder.File("image.png"), message, StringComparison.Ordinal);
        return message;
    }

    private GreyImage Read(byte[] file)
    {
        File.WriteAllBytes(_folder.File("image.png"), file);
        return ImageFile.Read(_folder.File("image.png"));
    }
}
