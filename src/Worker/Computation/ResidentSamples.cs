using MiniBatch.Shared.Datasets;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Computation;

/// <summary>
/// Samples on a GPU, all of them, and batches put together there: of an epoch only the order of its samples travels, once; of a
/// slot nothing. A dataset takes its size in bytes (MNIST 47 MB), and 8 bytes a sample for labels and order each.
/// </summary>
/// <remarks>Works on any device, the CPU included: so it is tested.</remarks>
public sealed class ResidentSamples : IBatchSource
{
    private readonly Device _device;
    private readonly bool _channelsLast;
    private readonly Tensor _white;
    private readonly Dictionary<SampleSet, Split> _splits = new(ReferenceEqualityComparer.Instance);
    private (Tensor Inputs, Tensor Targets)? _last;

    /// <summary>Nothing is copied before it is asked for.</summary>
    /// <param name="device">Where.</param>
    /// <param name="channelsLast">Whether images' strides are those of channels-last: see <see cref="BatchTensors"/>.</param>
    public ResidentSamples(Device device, bool channelsLast)
    {
        (_device, _channelsLast) = (device, channelsLast);
        // On the device: by a number of the host's, CUDA multiplies with the reciprocal, and pixels would have other bits.
        _white = tensor(255f, device: device).DetachFromDisposeScope();
    }

    /// <inheritdoc />
    public (Tensor Inputs, Tensor Targets) Gather(SampleSet data, ArraySegment<int> samples, bool classes)
    {
        Forget();
        using var scope = NewDisposeScope();
        if (!_splits.TryGetValue(data, out var split)) _splits.Add(data, split = Copy(data, classes));
        var which = split.Order(samples.Array!, _device).narrow(0, samples.Offset, samples.Count);   // [B] int64
        var inputs = split.Inputs.index_select(0, which);
        if (data is LabelledImages images) inputs = Scaled(inputs, images);
        var batch = (inputs.DetachFromDisposeScope(), split.Targets.index_select(0, which).DetachFromDisposeScope());
        _last = batch;
        return batch;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Forget();
        foreach (var split in _splits.Values) split.Dispose();
        _splits.Clear();
        _white.Dispose();
    }

    private Tensor Scaled(Tensor pixels, LabelledImages data)                      // [B, 28, 28, 1] uint8
    {
        var units = pixels.to(float32).div_(_white);
        return _channelsLast ? units.permute(0, 3, 1, 2) : units.view(-1, 1, data.Rows, data.Columns);
    }

    private Split Copy(SampleSet data, bool classes) => data switch
    {
        LabelledImages images => new Split(
            tensor(images.Images, [images.Count, images.Rows, images.Columns, 1], device: _device),
            tensor(images.Labels).to(int64, _device)),
        Table table => new Split(
            tensor(Rows(table, table.Inputs), [table.Count, table.InputColumns], device: _device),
            classes
                ? tensor(Rows(table, table.Targets)).to(int64, _device)
                : tensor(Rows(table, table.Targets), [table.Count, table.TargetColumns], device: _device)),
        _ => throw new ArgumentException($"no tensors are made of a {data.GetType().Name}"),
    };

    private delegate ReadOnlySpan<float> RowOf(int sample);

    private static float[] Rows(Table table, RowOf row)
    {
        var values = new List<float>();
        for (var sample = 0; sample < table.Count; sample++) values.AddRange(row(sample));
        return [.. values];
    }

    private void Forget()
    {
        _last?.Inputs.Dispose();
        _last?.Targets.Dispose();
        _last = null;
    }

    /// <summary>Training or test samples on the device.</summary>
    /// <param name="inputs">[N, 28, 28, 1] uint8, or [N, inputs] float32.</param>
    /// <param name="targets">[N] int64, or [N, targets] float32.</param>
    private sealed class Split(Tensor inputs, Tensor targets) : IDisposable
    {
        private int[]? _orderOnHost;
        private Tensor? _order;

        public Tensor Inputs { get; } = inputs.DetachFromDisposeScope();

        public Tensor Targets { get; } = targets.DetachFromDisposeScope();

        /// <summary>An order of samples, int64 as index_select wants it; the last one is kept.</summary>
        public Tensor Order(int[] order, Device device)
        {
            if (!ReferenceEquals(order, _orderOnHost))
            {
                _order?.Dispose();
                _order = from_array(order).to(int64, device).DetachFromDisposeScope();
                _orderOnHost = order;
            }
            return _order!;
        }

        public void Dispose()
        {
            Inputs.Dispose();
            Targets.Dispose();
            _order?.Dispose();
        }
    }
}
