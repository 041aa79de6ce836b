using System.Runtime.InteropServices;
using MiniBatch.Shared.Datasets;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Computation;

/// <summary>
/// Batches for a model on the CPU. The tensors that they are put into, one pair a batch size, are used again and again: a step
/// allocates nothing for its input.
/// </summary>
public sealed class BatchTensors : IBatchSource
{
    /// <summary>Batch sizes of a run: two slot sizes, their last batch's, two evaluation blocks'.</summary>
    private const int SizesMax = 8;

    private readonly Dictionary<int, (Tensor Inputs, Tensor Targets)> _bySize = [];

    /// <inheritdoc />
    public (Tensor Inputs, Tensor Targets) Gather(SampleSet data, ArraySegment<int> samples, bool classes) => data switch
    {
        LabelledImages images => Gather(images, samples),
        Table table => GatherRows(table, samples, classes),
        _ => throw new ArgumentException($"no tensors are made of a {data.GetType().Name}"),
    };

    /// <summary>
    /// Gathers samples: pixels scaled to [0, 1], [B, 1, 28, 28] float32, and classes, [B] int64. The tensors are valid until
    /// the next call; do not dispose them.
    /// </summary>
    /// <remarks>
    /// The images' strides are those of channels-last ([B, 28, 28, 1] seen as [B, 1, 28, 28]). With one channel the bytes are
    /// the same, but convolutions take the layout over, and spare themselves a reordering before and after each kernel: a
    /// gradient of mnist-cnn takes three quarters of the time.
    /// </remarks>
    public (Tensor Images, Tensor Labels) Gather(LabelledImages data, ReadOnlySpan<int> samples)
    {
        if (!_bySize.TryGetValue(samples.Length, out var batch))
            batch = Keep(samples.Length, ChannelsLast(samples.Length, data.Rows, data.Columns), empty([samples.Length], dtype: int64));
        PixelScaling.GatherUnitFloats(data.Images, data.PixelsPerImage, samples, MemoryMarshal.Cast<byte, float>(batch.Inputs.bytes));
        PixelScaling.GatherLabels(data.Labels, samples, MemoryMarshal.Cast<byte, long>(batch.Targets.bytes));
        return batch;
    }

    private (Tensor Inputs, Tensor Targets) GatherRows(Table data, ReadOnlySpan<int> samples, bool classes)
    {
        if (!_bySize.TryGetValue(samples.Length, out var batch))
        {
            batch = Keep(
                samples.Length, empty([samples.Length, data.InputColumns], dtype: float32),
                classes ? empty([samples.Length], dtype: int64) : empty([samples.Length, data.TargetColumns], dtype: float32));
        }
        var inputs = MemoryMarshal.Cast<byte, float>(batch.Inputs.bytes);
        for (var i = 0; i < samples.Length; i++) data.Inputs(samples[i]).CopyTo(inputs[(i * data.InputColumns)..]);
        if (classes)
        {
            var labels = MemoryMarshal.Cast<byte, long>(batch.Targets.bytes);
            for (var i = 0; i < samples.Length; i++) labels[i] = (long)data.Targets(samples[i])[0];
            return batch;
        }
        var targets = MemoryMarshal.Cast<byte, float>(batch.Targets.bytes);
        for (var i = 0; i < samples.Length; i++) data.Targets(samples[i]).CopyTo(targets[(i * data.TargetColumns)..]);
        return batch;
    }

    private (Tensor Inputs, Tensor Targets) Keep(int size, Tensor inputs, Tensor targets)
    {
        if (_bySize.Count >= SizesMax) Dispose();
        return _bySize[size] = (inputs.DetachFromDisposeScope(), targets.DetachFromDisposeScope());
    }

    private static Tensor ChannelsLast(int count, int rows, int columns)
    {
        using var memory = empty([count, rows, columns, 1], dtype: float32);
        return memory.permute(0, 3, 1, 2);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var (images, labels) in _bySize.Values)
        {
            images.Dispose();
            labels.Dispose();
        }
        _bySize.Clear();
    }
}
