using System.Text;
using MiniBatch.Shared.Images;
using MiniBatch.Shared.Images.Png;
using MiniBatch.Shared.Tests.Datasets;

namespace MiniBatch.Shared.Tests.Images;

/// <summary>PGM, files of other formats, and files that are none.</summary>
public sealed class ImageFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("image");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("P2\n3 2\n255\n0 1 2\n253 254 255\n")]
    [InlineData("P2 # drawn by hand\n3 # wide\n2#high\n#\n255 0 1 2 253 254 255")]
    [InlineData("P5\n3 2\n255\n\x00\x01\x02\xFD\xFE\xFF")]
    [InlineData("P5 3 2 255 \x00\x01\x02\xFD\xFE\xFF and another image")]
    [InlineData("P5\n# a comment\n3 2 65535\n\x00\x00\x01\x01\x02\x02\xFD\xFD\xFE\xFE\xFF\xFF")]
    public void Pgm_is_read_plain_or_raw_with_comments_and_two_byte_pixels(string file)
    {
        var image = Read(file);
        Assert.Equal((3, 2), (image.Width, image.Height));
        Assert.Equal([0, 1, 2, 253, 254, 255], image.Pixels);
    }

    [Fact]
    public void Pgm_of_few_levels_reaches_from_black_to_white() =>
        Assert.Equal([0, 85, 170, 255], Read("P2 2 2 3 0 1 2 3").Pixels);

    [Fact]
    public void Raw_pixel_that_looks_like_white_space_is_a_pixel() => Assert.Equal([10, 32], Read("P5 2 1 255 \n ").Pixels);

    [Theory]
    [InlineData("P5\n3 2\n255\n\x00\x01\x02\xFD\xFE", "it ends before its last pixel")]
    [InlineData("P5\n3 2\n255", "it ends before its last pixel")]
    [InlineData("P2\n3 2\n255\n0 1 2 3 4", "it ends before its last pixel")]
    [InlineData("P2\n3 2\n200\n0 1 2 3 4 201", "it has a pixel of 201 where its maximum is 200")]
    [InlineData("P2\n3 x", "its height is no number")]
    [InlineData("P2\n3", "it ends before its height")]
    [InlineData("P2\n3 2\n0\n", "its maximum is 0")]
    [InlineData("P2\n3 2\n65536\n", "its maximum is more than 65535")]
    [InlineData("P2\n0 2\n255\n", "it would have 0×2 pixels")]
    [InlineData("P5\n99999 99999\n255\n", "it would have 99999×99999 pixels")]
    [InlineData("P5\n99999999999 1\n255\n", "its width is more than 2147483647")]
    public void Damaged_pgm_is_refused_with_what_is_wrong(string file, string says) =>
        Assert.Equal($"{Path} is no whole PGM image: {says}", Refused(file).Split(" (at least")[0]);

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("\xFF\xD8\xFF\xE0", "it is a JPEG")]
    [InlineData("GIF89a", "it is a GIF")]
    [InlineData("P6\n1 1\n255\nabc", "it is Netpbm's format P6")]
    [InlineData("hello", "it starts with 68656c6c")]
    public void Foreign_file_is_refused_with_what_it_is(string file, string says) =>
        Assert.Equal($"{Path} is neither a PNG nor a grey PGM image ({says}): save it as PNG", Refused(file));

    [Fact]
    public void Missing_file_and_folder_are_refused()
    {
        Assert.Contains("cannot be read", Assert.Throws<ImageException>(() => ImageFile.Read(Path)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<ImageException>(() => ImageFile.Read(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Content_tells_the_format_not_the_name()
    {
        File.WriteAllBytes(_folder.File("image.pgm"), PngWriter.Encode(new GreyImage(1, 1, [7])));
        Assert.Equal([7], ImageFile.Read(_folder.File("image.pgm")).Pixels);
    }

    private GreyImage Read(string file)
    {
        File.WriteAllBytes(Path, Encoding.Latin1.GetBytes(file));
        return ImageFile.Read(Path);
    }

    private string Refused(string file) => Assert.Throws<ImageException>(() => Read(file)).Message;
}
