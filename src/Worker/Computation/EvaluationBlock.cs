using System.Runtime.InteropServices;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Computation;

/// <summary>
/// What a model makes of one block of samples. A run's workers and <c>predict</c> both evaluate by this, in the same blocks, so
/// that they get the same bits.
/// </summary>
/// <param name="Outputs">float32[samples, outputs]: of a classification the logits.</param>
/// <param name="LossSum">Sum of the samples' losses, added in float32.</param>
/// <param name="CorrectCount">Samples whose output is right.</param>
public readonly record struct EvaluationBlock(float[] Outputs, double LossSum, int CorrectCount)
{
    /// <summary>The samples of a block, of so many in all.</summary>
    public static int[] SamplesOf(int block, int samples)
    {
        var first = block * RunSpec.EvaluationBlockSize;
        return [.. Enumerable.Range(first, Math.Min(RunSpec.EvaluationBlockSize, samples - first))];
    }

    /// <summary>The forward pass, where model and batches are; without gradients, which the caller has switched off.</summary>
    /// <param name="model">In evaluation mode.</param>
    /// <param name="objective">Its workload's.</param>
    /// <param name="batches">Where the model is.</param>
    /// <param name="data">Where the samples are.</param>
    /// <param name="samples">Which.</param>
    /// <param name="partSamplesMax">How many go through the model at once; another number rounds differently.</param>
    /// <returns>The outputs, what is right, and the sum of the samples' losses, in the caller's dispose scope.</returns>
    public static (Tensor Outputs, Tensor Targets, Tensor Loss) Forward(
        nn.Module<Tensor, Tensor> model, Objective objective, IBatchSource batches, SampleSet data, ArraySegment<int> samples, int partSamplesMax)
    {
        var parts = new List<Tensor>();
        var targetParts = new List<Tensor>();
        for (var start = 0; start < samples.Count; start += partSamplesMax)
        {
            using var scope = NewDisposeScope();
            var (inputs, partTargets) = batches.Gather(data, samples.Slice(start, Math.Min(partSamplesMax, samples.Count - start)), objective.HasClasses);
            parts.Add(model.call(inputs).MoveToOuterDisposeScope());                 // [part, outputs]
            targetParts.Add(partTargets.clone().MoveToOuterDisposeScope());   // the next part's are put into the same memory
        }
        var outputs = cat(parts, 0);                                          // [B, outputs]
        var targets = cat(targetParts, 0);
        return (outputs, targets, objective.Loss(outputs, targets, LossReduction.Sum));
    }

    /// <summary>The forward pass of a model on the CPU, with what came out.</summary>
    /// <param name="model">In evaluation mode.</param>
    /// <param name="objective">Its workload's.</param>
    /// <param name="batch">For the samples; used by this thread alone.</param>
    /// <param name="data">Where the samples are.</param>
    /// <param name="samples">Which.</param>
    public static EvaluationBlock Compute(
        nn.Module<Tensor, Tensor> model, Objective objective, BatchTensors batch, SampleSet data, ArraySegment<int> samples)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (outputs, targets, loss) = Forward(model, objective, batch, data, samples, ComputePlace.Host.PartSamplesMax);
        return new EvaluationBlock(
            MemoryMarshal.Cast<byte, float>(outputs.bytes).ToArray(), loss.item<float>(), objective.CountCorrect(outputs, targets));
    }
}
