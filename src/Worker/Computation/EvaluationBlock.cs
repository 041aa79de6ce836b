using System.Runtime.InteropServices;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Computation;

/// <summary>
/// What a model makes of one block of samples. A run's workers and <c>predict</c> both evaluate by this, in the same blocks, so
/// that they get the same bits.
/// </summary>
/// <param name="Logits">float32[samples, classes].</param>
/// <param name="LossSum">Sum of the samples' cross entropies, added in float32.</param>
public readonly record struct EvaluationBlock(float[] Logits, double LossSum)
{
    /// <summary>The samples of a block, of so many in all.</summary>
    public static int[] SamplesOf(int block, int samples)
    {
        var first = block * RunSpec.EvaluationBlockSize;
        return [.. Enumerable.Range(first, Math.Min(RunSpec.EvaluationBlockSize, samples - first))];
    }

    /// <summary>The forward pass.</summary>
    /// <param name="model">In evaluation mode.</param>
    /// <param name="batch">For the samples; used by this thread alone.</param>
    /// <param name="data">Where the samples are.</param>
    /// <param name="samples">Which.</param>
    public static EvaluationBlock Compute(nn.Module<Tensor, Tensor> model, BatchTensors batch, LabelledImages data, ReadOnlySpan<int> samples)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (images, labels) = batch.Gather(data, samples);               // [B, 1, 28, 28] float32, [B] int64
        var logits = model.call(images);                                  // [B, 10]
        var loss = nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum);
        return new EvaluationBlock(MemoryMarshal.Cast<byte, float>(logits.bytes).ToArray(), loss.item<float>());
    }
}
