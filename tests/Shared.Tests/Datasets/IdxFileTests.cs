using System.IO.Compression;
using System.Security.Cryptography;
using MiniBatch.Shared.Datasets;

namespace MiniBatch.Shared.Tests.Datasets;

public sealed class IdxFileTests : IDisposable
{
    private static readonly byte[] TwoImages = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    private static readonly byte[] ThreeLabels = [0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 5];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Images_are_read_row_by_row()
    {
        var images = IdxFile.ReadImages(Put(TwoImages));

        Assert.Equal([2, 2, 3], images.Dimensions);
        Assert.Equal(TwoImages[16..], images.Values);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(TwoImages)), images.Sha256);
    }

    [Fact]
    public void Labels_are_read()
    {
        var labels = IdxFile.ReadLabels(Put(ThreeLabels));

        Assert.Equal([3], labels.Dimensions);
        Assert.Equal([9, 0, 5], labels.Values);
    }

    [Fact]
    public void Gzip_is_told_by_its_content_and_hashed_uncompressed()
    {
        var plain = IdxFile.ReadImages(Put(TwoImages));
        var zipped = IdxFile.ReadImages(Put(Gzip(TwoImages)));

        Assert.Equal(plain.Values, zipped.Values);
        Assert.Equal(plain.Sha256, zipped.Sha256);
    }

    [Fact]
    public void File_that_ends_early_is_refused_at_every_length()
    {
        for (var length = 0; length < TwoImages.Length; length++)
        {
            AssertRefused(() => IdxFile.ReadImages(Put(TwoImages[..length])), "truncated");
            AssertRefused(() => IdxFile.ReadImages(Put(Gzip(TwoImages[..length]))), "truncated");
        }
    }

    [Fact]
    public void Gzip_that_ends_early_is_refused()
    {
        var zipped = Gzip(Enumerable.Range(0, 2000).SelectMany(i => BitConverter.GetBytes(i * i)).Prepend((byte)0).ToArray());

        AssertRefused(() => IdxFile.ReadImages(Put(zipped[..(zipped.Length / 2)])), "");
    }

    [Fact]
    public void Damaged_gzip_is_refused()
    {
        var zipped = Gzip(TwoImages);
        zipped[12] ^= 0xFF;

        AssertRefused(() => IdxFile.ReadImages(Put(zipped)), "");
    }

    [Fact]
    public void File_that_goes_on_too_long_is_refused() =>
        AssertRefused(() => IdxFile.ReadImages(Put([.. TwoImages, 0])), "goes on after the 12 values");

    [Fact]
    public void File_of_another_kind_is_refused()
    {
        AssertRefused(() => IdxFile.ReadImages(Put(ThreeLabels.Concat(new byte[8]).ToArray())), "IDX file of images");
        AssertRefused(() => IdxFile.ReadLabels(Put(TwoImages)), "IDX file of labels");
        AssertRefused(() => IdxFile.ReadLabels(Put("<html>not found</html>"u8.ToArray())), "IDX file of labels");
    }

    [Theory]
    [InlineData(0x7F, 0xFF)]
    [InlineData(0xFF, 0xFF)]
    [InlineData(0x00, 0x00)]
    public void Impossible_dimensions_are_refused_before_anything_is_allocated(byte high, byte low) =>
        AssertRefused(
            () => IdxFile.ReadImages(Put([0, 0, 8, 3, high, low, low, low, high, low, low, low, high, low, low, low])),
            "impossible dimensions");

    [Fact]
    public void Missing_file_is_refused_by_name() =>
        AssertRefused(() => IdxFile.ReadImages(_folder.File("idx")), "cannot be read");

    private static byte[] Gzip(byte[] plain)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Optimal))
            gzip.Write(plain);
        return zipped.ToArray();
    }

    private string Put(byte[] content)
    {
        File.WriteAllBytes(_folder.File("idx"), content);
        return _folder.File("idx");
    }

    private void AssertRefused(Action read, string reason)
    {
        var message = Assert.Throws<DatasetException>(read).Message;

        Assert.Contains(_folder.File("idx"), message);
        Assert.Contains(reason, message);
        Assert.DoesNotContain('\n', message);
    }
}
