using BenchmarkDotNet.Attributes;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;

namespace MiniBatch.Benchmarks;

/// <summary>Assembling a batch: images of the dataset's memory, uint8 and anywhere in it, become float32 rows.</summary>
[MemoryDiagnoser]
public class BatchBenchmarks
{
    private const int TrainCount = 60_000;
    private const int PixelsPerImage = 28 * 28;

    private byte[] _images = [];
    private int[] _samples = [];
    private float[] _batch = [];
    private PlainCopy _copy = new(0);

    /// <summary>Images of the batch: 7,840, 50,176, about 1 million and 25 million pixels.</summary>
    [Params(10, 64, 1_276, 32_000)]
    public int Images { get; set; }

    /// <summary>Makes a dataset of MNIST's size, and an epoch's first batch of it.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _images = new byte[TrainCount * PixelsPerImage];
        new Random(1).NextBytes(_images);
        _samples = EpochPlan.For(TrainCount, Images, slots: 1, seed: 7, SampleOrder.Shuffled, LastBatch.Drop, epoch: 1).BatchSamples(0).ToArray();
        _batch = Values.Floats(Images * PixelsPerImage);
        _copy = new PlainCopy((long)Images * PixelsPerImage * (sizeof(byte) + sizeof(float)));
    }

    /// <summary>As many bytes, copied from one run of memory to another.</summary>
    [Benchmark(Baseline = true)]
    public void Copy() => _copy.Run();

    /// <summary>The batch.</summary>
    [Benchmark]
    public void Assemble() => PixelScaling.GatherUnitFloats(_images, PixelsPerImage, _samples, _batch);
}
