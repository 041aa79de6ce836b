using System.Runtime.InteropServices;
using MiniBatch.Shared.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>What a workload makes small: the loss between what the model says and what is right, and what counts as correct.</summary>
public abstract class Objective
{
    private protected Objective(LossReduction reduction) => Reduction = reduction;

    /// <summary>Cross entropy of logits [B, k] with classes [B] int64, the mean over samples; correct is the largest logit.</summary>
    public static Objective CrossEntropy { get; } = new CrossEntropyObjective();

    /// <summary>The mean over samples and columns of (ŷ − y)².</summary>
    public static Objective MeanSquaredError { get; } = new SquaredErrorObjective(LossReduction.Mean, half: false);

    /// <summary>½·Σ(ŷ − y)² over samples and columns.</summary>
    public static Objective HalfSquaredErrors { get; } = new SquaredErrorObjective(LossReduction.Sum, half: true);

    /// <summary>−mean(y·ln ŷ + (1−y)·ln(1−ŷ)) of probabilities [B, 1]; correct is ŷ &gt; ½ where y is 1.</summary>
    public static Objective BinaryCrossEntropy { get; } = new BinaryCrossEntropyObjective(insideLogs: 0);

    /// <summary>The same with 10⁻⁷ added inside both logarithms, as it is written by hand to keep off ln 0.</summary>
    public static Objective BinaryCrossEntropyByHand { get; } = new BinaryCrossEntropyObjective(insideLogs: 1e-7f);

    /// <summary>Over samples; decides how the server weights slots.</summary>
    public LossReduction Reduction { get; }

    /// <summary>Whether an answer is right or wrong; else there is a loss only, and no accuracy.</summary>
    public virtual bool HasAccuracy => true;

    /// <summary>Whether targets are classes, int64[B], and not numbers, float32[B, k].</summary>
    public virtual bool HasClasses => false;

    /// <summary>The loss of a batch.</summary>
    /// <param name="outputs">float32[B, k], the model's.</param>
    /// <param name="targets">int64[B] or float32[B, k].</param>
    /// <param name="reduction">Over samples.</param>
    /// <returns>float32[].</returns>
    public abstract Tensor Loss(Tensor outputs, Tensor targets, LossReduction reduction);

    /// <summary>How many of a batch are right; what is not finite never is.</summary>
    /// <param name="outputs">float32[B, k], in CPU memory.</param>
    /// <param name="targets">int64[B] or float32[B, k], in CPU memory.</param>
    public abstract int CountCorrect(Tensor outputs, Tensor targets);

    /// <summary>The same where the tensors are: nothing is waited for, nothing leaves the device.</summary>
    /// <param name="outputs">float32[B, k].</param>
    /// <param name="targets">int64[B] or float32[B, k].</param>
    /// <returns>[], a whole number.</returns>
    public abstract Tensor Correct(Tensor outputs, Tensor targets);

    private static ReadOnlySpan<T> Values<T>(Tensor tensor) where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.bytes);

    private static nn.Reduction Of(LossReduction reduction) => reduction == LossReduction.Mean ? nn.Reduction.Mean : nn.Reduction.Sum;

    private sealed class CrossEntropyObjective() : Objective(LossReduction.Mean)
    {
        public override bool HasClasses => true;

        public override Tensor Loss(Tensor outputs, Tensor targets, LossReduction reduction) =>
            nn.functional.cross_entropy(outputs, targets, reduction: Of(reduction));

        public override int CountCorrect(Tensor outputs, Tensor targets)
        {
            using var detached = outputs.detach();
            var logits = Values<float>(detached);
            var labels = Values<long>(targets);
            var classes = logits.Length / labels.Length;
            var correct = 0;
            for (var i = 0; i < labels.Length; i++)
            {
                var row = logits.Slice(i * classes, classes);
                var largest = 0;
                var isFinite = true;
                for (var c = 0; c < classes; c++)
                {
                    if (row[c] > row[largest]) largest = c;
                    isFinite &= float.IsFinite(row[c]);
                }
                if (isFinite && largest == labels[i]) correct++;
            }
            return correct;
        }

        public override Tensor Correct(Tensor outputs, Tensor targets) =>
            outputs.argmax(1).eq(targets).logical_and(outputs.isfinite().all(1)).sum();
    }

    private sealed class SquaredErrorObjective(LossReduction over, bool half) : Objective(over)
    {
        public override bool HasAccuracy => false;

        public override Tensor Loss(Tensor outputs, Tensor targets, LossReduction reduction)
        {
            var squares = (outputs - targets).Squared();                                       // [B, k]
            if (half) return (reduction == LossReduction.Sum ? squares.sum() : squares.sum().Over(outputs.shape[0])).Times(0.5);
            return reduction == LossReduction.Mean ? squares.mean() : squares.mean().Times(outputs.shape[0]);
        }

        public override int CountCorrect(Tensor outputs, Tensor targets) => 0;

        public override Tensor Correct(Tensor outputs, Tensor targets) => zeros(1, device: outputs.device);
    }

    private sealed class BinaryCrossEntropyObjective(float insideLogs) : Objective(LossReduction.Mean)
    {
        public override Tensor Loss(Tensor outputs, Tensor targets, LossReduction reduction)
        {
            if (insideLogs == 0) return nn.functional.binary_cross_entropy(outputs, targets, reduction: Of(reduction));
            var terms = -(targets * outputs.Plus(insideLogs).log()).Plus(OneMinus(targets) * OneMinus(outputs).Plus(insideLogs).log());
            return reduction == LossReduction.Mean ? terms.mean() : terms.sum();
        }

        private static Tensor OneMinus(Tensor tensor) => tensor.neg().Plus(1);

        public override int CountCorrect(Tensor outputs, Tensor targets)
        {
            using var detached = outputs.detach();
            var said = Values<float>(detached);
            var right = Values<float>(targets);
            var correct = 0;
            for (var i = 0; i < said.Length; i++)
            {
                if (float.IsFinite(said[i]) && said[i] > 0.5f == right[i] > 0.5f) correct++;
            }
            return correct;
        }

        public override Tensor Correct(Tensor outputs, Tensor targets) => 
            outputs.gt(0.5f).eq(targets.gt(0.5f)).logical_and(outputs.isfinite()).sum();
    }
}
