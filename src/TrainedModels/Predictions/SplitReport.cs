using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.TrainedModels.Predictions;

/// <summary>How a model does on the samples of a split of its dataset; for people, scripts (<c>predict --json</c>) and reports.</summary>
public sealed record SplitReport
{
    /// <summary>Name in the workload catalogue.</summary>
    public required string Workload { get; init; }

    /// <summary>Name in the dataset catalogue.</summary>
    public required string Dataset { get; init; }

    /// <summary>"train" or "test".</summary>
    public required string Split { get; init; }

    /// <summary>By label.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>The split's first so many.</summary>
    public required int Samples { get; init; }

    /// <summary>Those taken for what they are.</summary>
    public required int Correct { get; init; }

    /// <summary>0…1; of a whole test split just the run's <c>testAccuracy</c>.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Mean cross entropy; of a whole test split just the run's <c>testLoss</c>.</summary>
    public required double Loss { get; init; }

    /// <summary>[class, class taken for].</summary>
    public required IReadOnlyList<IReadOnlyList<int>> ConfusionMatrix { get; init; }

    /// <summary>Of the samples taken for something else those with the highest loss, worst first.</summary>
    public required IReadOnlyList<Mistake> Worst { get; init; }

    /// <summary>Counts what a model said.</summary>
    /// <param name="workload">Whose model it is.</param>
    /// <param name="split">"train" or "test".</param>
    /// <param name="predictions">Of the split's first samples, in their order.</param>
    /// <param name="labels">What they are.</param>
    /// <param name="lossSum">Of their losses, as evaluation adds them up.</param>
    /// <param name="worstMax">The most mistakes that are listed.</param>
    public static SplitReport Of(
        Workload workload, string split, IReadOnlyList<Prediction> predictions, ReadOnlySpan<byte> labels, double lossSum, int worstMax)
    {
        var dataset = DatasetCatalog.Get(workload.Dataset);
        var matrix = new ConfusionMatrix(dataset.ClassNames.Count);
        var mistakes = new List<Mistake>();
        for (var i = 0; i < predictions.Count; i++)
        {
            var (prediction, label) = (predictions[i], labels[i]);
            matrix.Add(label, prediction.Class);
            if (prediction.Class != label)
                mistakes.Add(new Mistake(i, label, prediction.Class, prediction.Confidence, prediction.LossOf(label)));
        }
        return new SplitReport
        {
            Workload = workload.Name,
            Dataset = dataset.Name,
            Split = split,
            ClassNames = dataset.ClassNames,
            Samples = matrix.Total,
            Correct = matrix.Correct,
            Accuracy = matrix.Accuracy,
            Loss = lossSum / matrix.Total,
            ConfusionMatrix = matrix.Counts,
            Worst = [.. mistakes.OrderByDescending(mistake => mistake.Loss).Take(worstMax)],
        };
    }
}

/// <summary>A sample that a model takes for something that it is not.</summary>
/// <param name="Index">Its place in the split, from 0.</param>
/// <param name="Label">What it is.</param>
/// <param name="Predicted">What it was taken for.</param>
/// <param name="Confidence">The probability of that, 0…1.</param>
/// <param name="Loss">Cross entropy: −ln of what it is.</param>
public sealed record Mistake(int Index, int Label, int Predicted, double Confidence, double Loss);
