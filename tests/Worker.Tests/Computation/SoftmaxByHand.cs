using MiniBatch.Shared.Datasets;

namespace MiniBatch.Worker.Tests.Computation;

/// <summary>Softmax regression in float64, from the textbook: what torch is held against.</summary>
internal sealed class SoftmaxByHand(float[] version)
{
    private const int Pixels = 784;
    private const int Classes = 10;

    /// <summary>Loss sum, correct count and the gradient of the mean loss (weights [10, 784], then bias [10]).</summary>
    public (double LossSum, int Correct, float[] Gradient) Of(LabelledImages data, IReadOnlyList<int> samples)
    {
        var gradient = new double[version.Length];
        var lossSum = 0.0;
        var correct = 0;
        foreach (var sample in samples)
        {
            var image = data.Image(sample);
            var logits = new double[Classes];
            for (var c = 0; c < Classes; c++)
            {
                logits[c] = version[Classes * Pixels + c];
                for (var p = 0; p < Pixels; p++) logits[c] += version[c * Pixels + p] * (image[p] / 255.0);
            }
            var label = data.Labels[sample];
            var largest = logits.Max();
            var total = logits.Sum(logit => Math.Exp(logit - largest));
            lossSum += Math.Log(total) - (logits[label] - largest);
            if (Array.IndexOf(logits, largest) == label) correct++;
            for (var c = 0; c < Classes; c++)
            {
                // ∂loss/∂logit = softmax − one-hot.
                var error = (Math.Exp(logits[c] - largest) / total - (c == label ? 1 : 0)) / samples.Count;
                gradient[Classes * Pixels + c] += error;
                for (var p = 0; p < Pixels; p++) gradient[c * Pixels + p] += error * (image[p] / 255.0);
            }
        }
        return (lossSum, correct, [.. gradient.Select(value => (float)value)]);
    }
}
