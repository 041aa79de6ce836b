using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Tests.Numerics;

namespace MiniBatch.Shared.Tests.Datasets;

public class PixelScalingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(256)]
    [InlineData(784)]
    public void Gathered_pixels_have_the_bits_of_the_division(int pixelsPerImage)
    {
        int[] indices = [4, 0, 2, 2];
        // 0 … 255 over and over, so that every pixel value meets bodies and tails.
        var images = Enumerable.Range(0, 5 * pixelsPerImage).Select(i => (byte)(i * 7)).ToArray();
        var gathered = new float[indices.Length * pixelsPerImage];

        PixelScaling.GatherUnitFloats(images, pixelsPerImage, indices, gathered);

        var expected = indices.SelectMany(index => images.AsSpan(index * pixelsPerImage, pixelsPerImage).ToArray());
        AssertBits.Equal(expected.Select(pixel => pixel / 255f).ToArray(), gathered);
    }

    [Fact]
    public void Values_beyond_the_gathered_rows_are_left_alone()
    {
        float[] destination = [9, 9, 9];
        PixelScaling.GatherUnitFloats([0, 255], 1, [1, 0], destination);

        Assert.Equal([1f, 0f, 9f], destination);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Index_outside_of_the_images_is_refused(int index) =>
        Assert.ThrowsAny<SystemException>(() => PixelScaling.GatherUnitFloats(new byte[40], 20, [index], new float[20]));

    [Fact]
    public void Destination_that_is_too_short_is_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => PixelScaling.GatherUnitFloats(new byte[40], 20, [0, 1], new float[39]));
        Assert.ThrowsAny<ArgumentException>(() => PixelScaling.GatherLabels(new byte[4], [0, 1], new long[1]));
    }

    [Fact]
    public void Labels_are_gathered_as_class_targets()
    {
        var targets = new long[3];
        PixelScaling.GatherLabels([9, 8, 7], [2, 0, 2], targets);

        Assert.Equal([7L, 9L, 7L], targets);
    }
}
