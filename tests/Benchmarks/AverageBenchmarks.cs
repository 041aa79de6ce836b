using BenchmarkDotNet.Attributes;
using MiniBatch.Shared.Numerics;

namespace MiniBatch.Benchmarks;

/// <summary>Averaging the gradients of a step's slots: reads M gradients, writes one.</summary>
[MemoryDiagnoser]
public class AverageBenchmarks
{
    private const int Slots = 4;   // M of the image workloads

    private readonly ReadOnlyMemory<float>[] _gradients = new ReadOnlyMemory<float>[Slots];
    private readonly int[] _samples = [32, 32, 32, 32];
    private float[] _mean = [];
    private PlainCopy _copy = new(0);

    /// <summary>float32s of the model: mnist-softmax, about mnist-mlp, and what may come.</summary>
    [Params(7_850, 50_000, 1_000_000, 25_000_000)]
    public int Parameters { get; set; }

    /// <summary>Makes the gradients.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        for (var slot = 0; slot < Slots; slot++) _gradients[slot] = Values.Floats(Parameters);
        _mean = Values.Floats(Parameters);
        _copy = new PlainCopy((Slots + 1L) * Parameters * sizeof(float));
    }

    /// <summary>As many bytes, copied.</summary>
    [Benchmark(Baseline = true)]
    public void Copy() => _copy.Run();

    /// <summary>A step's average.</summary>
    [Benchmark]
    public void Average() => GradientAverage.InSlotOrder(_gradients, _samples, LossReduction.Mean, _mean);
}
