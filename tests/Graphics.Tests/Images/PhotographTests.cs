using MiniBatch.Graphics.Images;
using MiniBatch.Graphics.Images.Conversion;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Tests.Datasets;

namespace MiniBatch.Graphics.Tests.Images;

/// <summary>Digits that were photographed, or come on lined paper, become what MNIST has of them.</summary>
public sealed class PhotographTests : IDisposable
{
    private const int DigitCount = 20;

    /// <summary>Of two pictures' cosine, where one may be moved by a pixel: two digits of one class seldom have as much.</summary>
    private const double LikenessMin = 0.85;

    private static readonly Lazy<LabelledImages> Digits = new(() =>
        ImageDataset.Load(DatasetCatalog.Mnist, DatasetLocator.FindOrFetch(DatasetCatalog.Mnist, null, _ => { })).Test);

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<Photograph> Kinds => [.. Enum.GetValues<Photograph>()];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Photographed_digit_becomes_the_one_that_was_drawn(Photograph kind)
    {
        for (var i = 0; i < DigitCount; i++)
        {
            var drawn = Digits.Value.Image(i).ToArray();
            File.WriteAllBytes(_folder.File("digit"), PhotographedDigit.File(drawn, kind, seed: i));
            var likeness = Likeness(drawn, MnistConversion.Convert(ImageFile.Read(_folder.File("digit"))).Pixels);
            Assert.True(likeness >= LikenessMin, $"{kind} of test digit {i} (seed {i}): {likeness:F3}");
        }
    }

    private static double Likeness(byte[] one, byte[] other) =>
        Enumerable.Range(0, 9).Max(move => Cosine(one, other, (move % 3) - 1, (move / 3) - 1));

    private static double Cosine(byte[] one, byte[] other, int moveX, int moveY)
    {
        double both = 0, ofOne = 0, ofOther = 0;
        for (var y = 1; y < 27; y++)
        {
            for (var x = 1; x < 27; x++)
            {
                double a = one[(y * 28) + x], b = other[((y + moveY) * 28) + x + moveX];
                (both, ofOne, ofOther) = (both + (a * b), ofOne + (a * a), ofOther + (b * b));
            }
        }
        return both / Math.Sqrt(ofOne * ofOther);
    }
}
