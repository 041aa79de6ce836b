using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.Tests.Datasets;

public class SyntheticImagesTests
{
    [Fact]
    public void Create_gives_the_same_bytes_for_the_same_seed_only()
    {
        var dataset = SyntheticImages.Create(50, seed: 1);

        Assert.Equal(dataset.Train.Images, SyntheticImages.Create(50, seed: 1).Train.Images);
        Assert.NotEqual(dataset.Train.Images, SyntheticImages.Create(50, seed: 2).Train.Images);
        Assert.Equal(2187551589u, Crc32C.Append(Crc32C.Of(dataset.Train.Images), dataset.Train.Labels));
    }

    [Fact]
    public void Create_gives_as_many_samples_as_asked_of_all_ten_classes()
    {
        var dataset = SyntheticImages.Create(300, seed: 1, testCount: 200);

        Assert.Equal((300, 200), (dataset.Train.Count, dataset.Test.Count));
        Assert.Equal(10, dataset.Train.Labels.Distinct().Count());
        Assert.All(dataset.Train.Labels, label => Assert.InRange(label, 0, 9));
        Assert.NotEqual(dataset.Train.Images[..784], dataset.Test.Images[..784]);
    }

    [Fact]
    public void Classes_are_told_apart_by_the_nearest_mean()
    {
        var dataset = SyntheticImages.Create(500, seed: 3, testCount: 200);
        var means = Enumerable.Range(0, 10).Select(label => MeanOf(dataset.Train, label)).ToArray();
        var correct = Enumerable.Range(0, dataset.Test.Count).Count(i => Nearest(means, dataset.Test.Image(i)) == dataset.Test.Labels[i]);

        Assert.InRange(correct, 190, 200);
    }

    private static double[] MeanOf(LabelledImages samples, int label)
    {
        var members = Enumerable.Range(0, samples.Count).Where(i => samples.Labels[i] == label).ToList();
        return Enumerable.Range(0, samples.PixelsPerImage).Select(pixel => members.Average(i => samples.Image(i)[pixel])).ToArray();
    }

    private static int Nearest(double[][] means, ReadOnlySpan<byte> image)
    {
        var pixels = image.ToArray();
        return Enumerable.Range(0, means.Length).MinBy(label => pixels.Select((pixel, i) => Math.Pow(pixel - means[label][i], 2)).Sum());
    }
}
