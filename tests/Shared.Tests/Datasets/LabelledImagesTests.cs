using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.Tests.Datasets;

public class LabelledImagesTests
{
    private static readonly LabelledImages Three = new([1, 2, 3, 4, 5, 6], [7, 8, 9], rows: 2, columns: 1);

    [Fact]
    public void Image_is_a_row_of_the_pixels() => Assert.Equal([3, 4], Three.Image(1).ToArray());

    [Fact]
    public void Take_keeps_the_first_samples()
    {
        Assert.Equal([1, 2, 3, 4], Three.Take(2).Images);
        Assert.Equal([7, 8], Three.Take(2).Labels);
        Assert.Same(Three, Three.Take(3));
        Assert.Same(Three, Three.Take(null));
    }

    [Theory]
    [InlineData(28)]
    [InlineData(3)]
    public void Checksum_of_samples_is_over_their_bytes_one_after_the_other(int side)
    {
        var random = new Random(5);
        var (images, labels) = (new byte[10 * side * side], new byte[10]);
        random.NextBytes(images);
        random.NextBytes(labels);
        var set = new LabelledImages(images, labels, side, side);
        for (var count = 0; count <= 8; count++)
        {
            var samples = Enumerable.Range(0, count).Select(i => i * 7 % 10).ToArray();
            Assert.Equal(Crc32C.Of([.. samples.SelectMany(sample => (byte[])[.. set.Image(sample), labels[sample]])]), set.CrcOf(samples));
        }
    }

    [Fact]
    public void Take_of_nothing_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => Three.Take(0));

    [Fact]
    public void Images_without_their_labels_are_refused() =>
        Assert.Throws<ArgumentException>(() => new LabelledImages([1, 2, 3], [1, 2], rows: 2, columns: 1));
}
