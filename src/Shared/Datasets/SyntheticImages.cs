using MiniBatch.Shared.Numerics;

namespace MiniBatch.Shared.Datasets;

/// <summary>
/// A small dataset that is learnt in a few steps and is the same on every machine, for tests and demonstrations that
/// must not depend on a download: ten classes, each a bright blob at a place of its own on a noisy ground.
/// </summary>
public static class SyntheticImages
{
    private const int Side = 28;
    private const int ClassCount = 10;
    private const int BlobRadius = 4;
    private const int NoiseMax = 64;

    /// <summary>Makes training and test samples from two streams of one seed.</summary>
    /// <param name="count">Training samples.</param>
    /// <param name="seed">Equal seeds give equal bytes.</param>
    /// <param name="testCount">Test samples; by default a fifth as many, at least one.</param>
    public static ImageDataset Create(int count, ulong seed, int? testCount = null) => new(
        Description: null,
        Samples(count, new SplitMix64(seed)),
        Samples(testCount ?? Math.Max(1, count / 5), new SplitMix64(~seed)));

    private static LabelledImages Samples(int count, SplitMix64 random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var images = new byte[count * Side * Side];
        var labels = new byte[count];
        for (var i = 0; i < count; i++)
        {
            labels[i] = (byte)random.NextBelow(ClassCount);
            Draw(images.AsSpan(i * Side * Side, Side * Side), labels[i], ref random);
        }

        return new LabelledImages(images, labels, Side, Side);
    }

    // Integers only: no rounding of any processor's floating point gets into the bytes.
    private static void Draw(Span<byte> image, int label, ref SplitMix64 random)
    {
        // Classes sit on a 5 × 2 grid; a sample's blob is off by up to a pixel either way.
        var centreX = 4 + ((label % 5) * 5) + random.NextBelow(3) - 1;
        var centreY = 8 + ((label / 5) * 12) + random.NextBelow(3) - 1;
        var brightness = 128 + random.NextBelow(128);
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var distanceSquared = ((x - centreX) * (x - centreX)) + ((y - centreY) * (y - centreY));
                var blob = Math.Max(0, brightness * ((BlobRadius * BlobRadius) - distanceSquared) / (BlobRadius * BlobRadius));
                image[(y * Side) + x] = (byte)Math.Min(255, blob + random.NextBelow(NoiseMax));
            }
        }
    }
}
