namespace MiniBatch.TrainedModels.Predictions;

/// <summary>What a model says of one image.</summary>
public sealed class Prediction
{
    private readonly double[] _logProbabilities;

    private Prediction(double[] logProbabilities, int label) =>
        (_logProbabilities, Class, Probabilities) = (logProbabilities, label, Array.ConvertAll(logProbabilities, Math.Exp));

    /// <summary>The class that it takes the image for: the first of the largest logits, as evaluation counts it.</summary>
    public int Class { get; }

    /// <summary>Of each class, 0…1; they sum to 1.</summary>
    public IReadOnlyList<double> Probabilities { get; }

    /// <summary>The probability of <see cref="Class"/>.</summary>
    public double Confidence => Probabilities[Class];

    /// <summary>Cross entropy if the image is of that class: −ln of its probability.</summary>
    public double LossOf(int label) => -_logProbabilities[label];

    /// <summary>The softmax of what a model's last layer gives.</summary>
    /// <param name="logits">One a class.</param>
    public static Prediction OfLogits(ReadOnlySpan<float> logits)
    {
        var largest = 0;
        for (var c = 1; c < logits.Length; c++)
        {
            if (logits[c] > logits[largest]) largest = c;
        }
        // Less the largest, so that no exponential overflows.
        double sum = 0;
        foreach (var logit in logits) sum += Math.Exp((double)logit - logits[largest]);
        var logProbabilities = new double[logits.Length];
        for (var c = 0; c < logits.Length; c++) logProbabilities[c] = (double)logits[c] - logits[largest] - Math.Log(sum);
        return new Prediction(logProbabilities, largest);
    }
}
