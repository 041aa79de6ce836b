using System.Text.Json;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;
using MiniBatch.TrainedModels.Predictions;

namespace MiniBatch.TrainedModels.Tests.Predictions;

public sealed class PredictionTests
{
    private static readonly Workload Digits = WorkloadCatalog.Get("mnist-softmax");

    /// <summary>A model that is quite sure.</summary>
    private static Prediction Sure(int of, float by = 10)
    {
        var logits = new float[10];
        logits[of] = by;
        return Prediction.OfLogits(logits);
    }

    [Fact]
    public void Probabilities_are_the_softmax_of_the_logits()
    {
        var prediction = Prediction.OfLogits([1, 3, 2]);
        var sum = Math.Exp(1) + Math.Exp(3) + Math.Exp(2);
        Assert.Equal(1, prediction.Class);
        Assert.Equal(Math.Exp(3) / sum, prediction.Confidence, 1e-12);
        Assert.Equal([Math.Exp(1) / sum, Math.Exp(3) / sum, Math.Exp(2) / sum], prediction.Probabilities, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(Math.Log(sum) - 2, prediction.LossOf(2), 1e-12);
    }

    [Fact]
    public void Large_logits_neither_overflow_nor_lose_the_loss()
    {
        var prediction = Prediction.OfLogits([3e38f, 0, -3e38f]);
        Assert.Equal([1, 0, 0], prediction.Probabilities);
        Assert.Equal(3e38, prediction.LossOf(1), 1e31);
        Assert.Equal(1000, Prediction.OfLogits([1000, 0]).LossOf(1), 1e-9);
    }

    [Fact]
    public void First_of_equal_logits_is_taken_as_evaluation_does() => Assert.Equal(1, Prediction.OfLogits([1, 5, 5]).Class);

    [Fact]
    public void Confusion_matrix_counts_rows_of_classes_and_columns_of_what_they_were_taken_for()
    {
        var matrix = new ConfusionMatrix(3);
        foreach (var (label, predicted) in new[] { (0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (1, 0) }) matrix.Add(label, predicted);
        Assert.Equal([[2, 1, 0], [2, 1, 0], [0, 0, 0]], matrix.Counts);
        Assert.Equal((6, 3, 0.5), (matrix.Total, matrix.Correct, matrix.Accuracy));
        Assert.Equal([2 / 3.0, 1 / 3.0, null], new[] { matrix.Recall(0), matrix.Recall(1), matrix.Recall(2) });
    }

    [Fact]
    public void Report_lists_the_mistakes_with_the_highest_loss_first()
    {
        Prediction[] predictions = [Sure(4), Sure(4, by: 2), Sure(5), Sure(6, by: 5), Sure(0)];
        var report = SplitReport.Of(Digits, "test", predictions, [4, 9, 9, 9, 0], lossSum: 5, worstMax: 2);
        Assert.Equal((5, 2, 0.4, 1.0), (report.Samples, report.Correct, report.Accuracy, report.Loss));
        Assert.Equal([(2, 9, 5), (3, 9, 6)], report.Worst.Select(mistake => (mistake.Index, mistake.Label, mistake.Predicted)));
        Assert.Equal(predictions[2].LossOf(9), report.Worst[0].Loss);
        Assert.Equal(predictions[2].Confidence, report.Worst[0].Confidence);
    }

    [Fact]
    public void Report_survives_json()
    {
        var report = SplitReport.Of(Digits, "test", [Sure(4), Sure(4)], [4, 9], lossSum: 5, worstMax: 2);
        var back = JsonSerializer.Deserialize<SplitReport>(JsonSerializer.Serialize(report, Json.Indented), Json.Indented)!;
        Assert.Equal(report.Worst, back.Worst);
        Assert.Equal(report.ConfusionMatrix, back.ConfusionMatrix);
        Assert.Equal((report.Loss, report.Accuracy), (back.Loss, back.Accuracy));
    }
}
