using System.Runtime.InteropServices;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.TrainedModels.Predictions;

/// <summary>What a trained model makes of samples that are none of the dataset's. On the CPU, one thread, with the run's own kernels where
/// this machine has them. Used by one thread at a time.</summary>
public sealed class ModelOutputs : IDisposable
{
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly long[] _inputShape;

    /// <summary>Loads libtorch, unless it is.</summary>
    /// <exception cref="WeightsException">The file's tensors are not those of its workload's model.</exception>
    public ModelOutputs(TrainedModel trained)
    {
        _inputShape = trained.Workload.Data switch
        {
            DatasetDescription images => [1, images.Rows, images.Columns],
            TableDataset data => [data.Table.InputColumns],
            _ => [],
        };
        Version = trained.Origin.Version ?? 0;
        _model = StateDict.LoadToEvaluate(trained);
    }

    /// <summary>The run's version that the model is; 0 where the file does not say.</summary>
    public long Version { get; }

    /// <summary>Puts samples through the model.</summary>
    /// <param name="inputs">float32[samples, 28 × 28] pixels in [0, 1], or float32[samples, inputs] rows of a table.</param>
    /// <param name="samples">How many.</param>
    /// <returns>float32[samples, outputs]; empty where the inputs are not what the model takes.</returns>
    public float[] Of(float[] inputs, int samples)
    {
        if (samples < 1 || inputs.Length != samples * _inputShape.Aggregate(1L, (product, length) => product * length)) return [];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var outputs = _model.call(tensor(inputs, [samples, .. _inputShape])).contiguous();   // [samples, outputs]
        return MemoryMarshal.Cast<byte, float>(outputs.bytes).ToArray();
    }

    /// <inheritdoc />
    public void Dispose() => _model.Dispose();
}
