using MiniBatch.Graphics.Images;
using MiniBatch.Graphics.Images.Conversion;
using MiniBatch.Shared.Datasets;

namespace MiniBatch.Graphics.Tests.Images;

/// <summary>Pictures of any kind become what the datasets' own images are.</summary>
public sealed class ConversionTests
{
    /// <summary>A cross that is higher than wide, with a thicker lower half.</summary>
    private static GreyImage Drawn(int width, int height, byte ink, byte paper, int noise = 0)
    {
        var random = new Random(1);
        var pixels = new byte[width * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (u, v) = ((x + 0.5) / width, (y + 0.5) / height);
                var isInk = v is > 0.2 and < 0.8 && Math.Abs(u - 0.5) < (v < 0.5 ? 0.04 : 0.06) || Math.Abs(v - 0.4) < 0.04 && u is > 0.3 and < 0.7;
                pixels[(y * width) + x] = (byte)Math.Clamp((isInk ? ink : paper) + random.Next(-noise, noise + 1), 0, 255);
            }
        }
        return new GreyImage(width, height, pixels);
    }

    [Theory]
    [InlineData(200, 300, 0, 255, 0)]
    [InlineData(300, 200, 0, 255, 0)]
    [InlineData(28, 28, 255, 0, 0)]
    [InlineData(57, 83, 250, 30, 0)]
    [InlineData(640, 480, 60, 200, 8)]   // a photograph
    [InlineData(12, 12, 0, 255, 0)]
    public void Digit_of_any_size_and_polarity_becomes_light_on_black_in_a_box_of_20_around_its_centre_of_mass(
        int width, int height, byte ink, byte paper, int noise)
    {
        var image = MnistConversion.Convert(Drawn(width, height, ink, paper, noise));
        Assert.Equal((28, 28), (image.Width, image.Height));
        Assert.Equal(255, image.Pixels.Max());
        Assert.Equal(0, image[0, 0]);
        var (left, top, right, bottom) = Box(image);
        Assert.Equal(20, Math.Max(right - left, bottom - top));
        var (x, y) = Centre(image);
        // Moved by whole pixels; rounded shades move it a little further.
        Assert.InRange(x, 13.99, 15.01);
        Assert.InRange(y, 13.99, 15.01);
    }

    [Fact]
    public void Proportions_are_kept()
    {
        var (left, top, right, bottom) = Box(MnistConversion.Convert(Drawn(200, 300, 0, 255)));
        // 0.4 of 200 wide, 0.6 of 300 high.
        Assert.Equal((9, 20), (right - left, bottom - top));
    }

    [Fact]
    public void Noise_of_a_photograph_is_background()
    {
        var image = MnistConversion.Convert(Drawn(640, 480, 60, 200, noise: 8));
        var (left, top, right, bottom) = Box(image);
        // 0.4 of 640 wide, 0.6 of 480 high.
        Assert.Equal((18, 20), (right - left, bottom - top));
    }

    [Fact]
    public void Black_on_white_is_the_same_as_white_on_black() =>
        Assert.Equal(
            MnistConversion.Convert(Drawn(90, 120, 255, 0)).Pixels, MnistConversion.Convert(Drawn(90, 120, 0, 255)).Pixels);

    [Fact]
    public void Thin_strokes_of_a_large_picture_are_not_faint()
    {
        var pixels = Enumerable.Repeat((byte)255, 900 * 900).ToArray();
        for (var y = 100; y < 800; y++) pixels[(y * 900) + 450] = pixels[(y * 900) + 451] = 0;
        Assert.Equal(255, MnistConversion.Convert(new GreyImage(900, 900, pixels)).Pixels.Max());
    }

    [Fact]
    public void Lopsided_digit_stays_whole()
    {
        // A blot in the corner of a long thin frame pulls the centre of mass there.
        var pixels = new byte[100 * 100];
        for (var i = 5; i < 95; i++) pixels[(5 * 100) + i] = pixels[(i * 100) + 5] = 255;
        for (var y = 5; y < 30; y++) pixels.AsSpan((y * 100) + 5, 25).Fill(255);
        var (left, top, right, bottom) = Box(MnistConversion.Convert(new GreyImage(100, 100, pixels)));
        Assert.Equal((20, 20), (right - left, bottom - top));
    }

    [Fact]
    public void Mnists_own_images_stay_what_they_are()
    {
        var mnist = ImageDataset.Load(DatasetCatalog.Mnist, DatasetLocator.FindOrFetch(DatasetCatalog.Mnist, null, _ => { }));
        var kept = 0;
        for (var i = 0; i < mnist.Test.Count; i++)
        {
            var pixels = mnist.Test.Image(i).ToArray();
            var converted = MnistConversion.Convert(new GreyImage(28, 28, pixels)).Pixels;
            // The strongest shade, now and then 254, becomes 255.
            if (converted.Zip(pixels).All(pair => Math.Abs(pair.First - pair.Second) <= 1)) kept++;
        }
        // Three are 19 pixels large where all others are 20.
        Assert.Equal(9_997, kept);
    }

    [Fact]
    public void Blank_image_is_refused()
    {
        Assert.All(new byte[] { 0, 128, 255 }, paper =>
        {
            var blank = new GreyImage(40, 30, Enumerable.Repeat(paper, 1200).ToArray());
            Assert.Contains("blank", Assert.Throws<ImageException>(() => MnistConversion.Convert(blank)).Message, StringComparison.Ordinal);
            Assert.Contains("blank", Assert.Throws<ImageException>(() => FashionConversion.Convert(blank)).Message, StringComparison.Ordinal);
        });
        Assert.Throws<ImageException>(() => MnistConversion.Convert(Drawn(60, 60, 200, 200, noise: 6)));
        Assert.Throws<ImageException>(() => MnistConversion.Convert(new GreyImage(1, 1, [3])));
    }

    [Theory]
    [InlineData(100, 255)]
    [InlineData(155, 0)]
    public void Clothing_is_trimmed_fitted_and_centred_and_keeps_its_shade(byte cloth, byte paper)
    {
        // 40 wide, 80 high, off the middle, of one shade.
        var pixels = Enumerable.Repeat(paper, 300 * 200).ToArray();
        for (var y = 20; y < 100; y++) pixels.AsSpan((y * 300) + 10, 40).Fill(cloth);
        var image = FashionConversion.Convert(new GreyImage(300, 200, pixels));
        Assert.Equal((7, 0, 21, 28), Box(image));
        Assert.Equal(new byte[] { 0, 155 }, image.Pixels.Distinct().Order());
    }

    private static (int Left, int Top, int Right, int Bottom) Box(GreyImage image)
    {
        var inked = Enumerable.Range(0, 28 * 28).Where(i => image.Pixels[i] > 0).Select(i => (X: i % 28, Y: i / 28)).ToList();
        return (inked.Min(p => p.X), inked.Min(p => p.Y), inked.Max(p => p.X) + 1, inked.Max(p => p.Y) + 1);
    }

    private static (double X, double Y) Centre(GreyImage image)
    {
        double sum = image.Pixels.Sum(pixel => pixel);
        return (
            Enumerable.Range(0, 28 * 28).Sum(i => image.Pixels[i] * ((i % 28) + 0.5)) / sum,
            Enumerable.Range(0, 28 * 28).Sum(i => image.Pixels[i] * ((i / 28) + 0.5)) / sum);
    }
}
