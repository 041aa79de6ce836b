namespace MiniBatch.TrainedModels.Predictions;

/// <summary>How often images of each class were taken for each class.</summary>
public sealed class ConfusionMatrix
{
    private readonly int[][] _counts;

    /// <summary>An empty one.</summary>
    public ConfusionMatrix(int classes) => _counts = [.. Enumerable.Range(0, classes).Select(_ => new int[classes])];

    /// <summary>One that was counted before; copied.</summary>
    /// <param name="counts">[class, class taken for], square.</param>
    public ConfusionMatrix(IReadOnlyList<IReadOnlyList<int>> counts) => _counts = [.. counts.Select(row => row.ToArray())];

    /// <summary>[class, class taken for].</summary>
    public IReadOnlyList<IReadOnlyList<int>> Counts => _counts;

    /// <summary>Images counted.</summary>
    public int Total => _counts.Sum(row => row.Sum());

    /// <summary>Images taken for what they are.</summary>
    public int Correct => Enumerable.Range(0, _counts.Length).Sum(label => _counts[label][label]);

    /// <summary><see cref="Correct"/> of <see cref="Total"/>, 0…1.</summary>
    public double Accuracy => (double)Correct / Total;

    /// <summary>Counts an image.</summary>
    public void Add(int label, int predicted) => _counts[label][predicted]++;

    /// <summary>Of the images of a class, the part taken for it, 0…1; null where there are none.</summary>
    public double? Recall(int label) => _counts[label].Sum() is > 0 and var all ? (double)_counts[label][label] / all : null;
}
