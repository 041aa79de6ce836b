using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Simulation.Checks;

/// <summary>
/// What simulated workers compute: a model of a few parameters whose gradient is a formula of the version and of the samples. So
/// whoever computes a slot gets the same bits, and a sequential program knows what they are.
/// </summary>
internal static class SyntheticTask
{
    private const int ParameterCount = 3;

    public static readonly ModelLayout Plain = new([new TensorLayout("fc.weight", [ParameterCount])], [], []);

    public static readonly ModelLayout WithBuffers = new(
        [new TensorLayout("fc.weight", [ParameterCount])], [new TensorLayout("bn.running_mean", [2])], [new TensorLayout("bn.num_batches_tracked", [])]);

    /// <summary>Version 0, as the seed gives it.</summary>
    public static float[] Initial(RunSpec spec, ModelLayout layout)
    {
        var values = new float[layout.TotalCount];
        for (var i = 0; i < values.Length; i++) values[i] = Number((int)(spec.Seed & 0xffff), 100 + i);
        return values;
    }

    /// <summary>Computes a slot.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="layout">The model's.</param>
    /// <param name="version">float32[layout.TotalCount].</param>
    /// <param name="samples">Of the slot.</param>
    /// <param name="gradient">float32[layout.TotalCount]: receives the gradient, then the buffers.</param>
    public static (double LossSum, int Correct, uint Crc) Compute(
        RunSpec spec, ModelLayout layout, ReadOnlySpan<float> version, ReadOnlySpan<int> samples, Span<float> gradient)
    {
        gradient.Clear();
        var lossSum = 0.0;
        var correct = 0;
        foreach (var sample in samples)
        {
            for (var i = 0; i < gradient.Length; i++)
            {
                var error = Number(sample, i) + 0.25f * version[i];
                gradient[i] += error;
                lossSum += error * error;
            }
            if (version[0] > Number(sample, 0)) correct++;
        }
        for (var i = 0; i < gradient.Length; i++)
        {
            // Buffers are no gradient: they are averaged, whatever the loss.
            if (i >= layout.ParameterCount || spec.Reduction == Shared.Numerics.LossReduction.Mean) gradient[i] /= samples.Length;
        }
        return (lossSum, correct, CrcOf(samples));
    }

    /// <summary>What stands for the checksum of a slot's samples.</summary>
    public static uint CrcOf(ReadOnlySpan<int> samples)
    {
        var crc = 17u;
        foreach (var sample in samples) crc = crc * 16777619 ^ (uint)sample;
        return crc;
    }

    /// <summary>Something in [−1, 1) that follows from two numbers.</summary>
    private static float Number(int a, int b)
    {
        var mixed = (uint)a * 2654435761 + (uint)b * 2246822519 + 374761393;
        mixed ^= mixed >> 15;
        mixed *= 2246822519;
        mixed ^= mixed >> 13;
        return (mixed & 0xffff) / 32768f - 1;
    }
}
