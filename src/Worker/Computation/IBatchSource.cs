using MiniBatch.Shared.Datasets;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Computation;

/// <summary>Makes a model's input of a dataset's samples, where the model computes. Used by one thread.</summary>
public interface IBatchSource : IDisposable
{
    /// <summary>Gathers samples for a model and its objective; the tensors are valid until the next call, do not dispose them.</summary>
    /// <param name="data">Images, or a table; the same object for the same samples.</param>
    /// <param name="samples">Which: a part of an order of samples, an array that does not change while it is in use.</param>
    /// <param name="classes">Whether a table's targets are classes.</param>
    /// <returns>
    /// Images [B, 1, 28, 28], pixels bit for bit <c>pixel / 255f</c> wherever, or rows [B, inputs], float32; classes [B] int64 or a
    /// table's targets [B, targets] float32.
    /// </returns>
    (Tensor Inputs, Tensor Targets) Gather(SampleSet data, ArraySegment<int> samples, bool classes);
}
