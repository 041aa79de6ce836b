namespace MiniBatch.Shared.Predictions;

/// <summary>How often images of each class were taken for each class.</summary>
/// <param name="counts">[class, class taken for], square.</param>
public sealed class ConfusionMatrix(int[][] counts)
{
    /// <summary>An empty one.</summary>
    public ConfusionMatrix(int classes) : this([.. Enumerable.Range(0, classes).Select(_ => new int[classes])])
    {
    }

    /// <summary>[class, class taken for].</summary>
    public IReadOnlyList<IReadOnlyList<int>> Counts => counts;

    /// <summary>Images counted.</summary>
    public int Total => counts.Sum(row => row.Sum());

    /// <summary>Images taken for what they are.</summary>
    public int Correct => Enumerable.Range(0, counts.Length).Sum(label => counts[label][label]);

    /// <summary><see cref="Correct"/> of <see cref="Total"/>, 0…1.</summary>
    public double Accuracy => (double)Correct / Total;

    /// <summary>Counts an image.</summary>
    public void Add(int label, int predicted) => counts[label][predicted]++;

    /// <summary>Of the images of a class, the part taken for it; null where there are none.</summary>
    public double? Recall(int label) => Part(counts[label][label], counts[label].Sum());

    /// <summary>Of the images taken for a class, the part that is of it; null where there are none.</summary>
    public double? Precision(int label) => Part(counts[label][label], counts.Sum(row => row[label]));

    private static double? Part(int some, int all) => all > 0 ? (double)some / all : null;
}
