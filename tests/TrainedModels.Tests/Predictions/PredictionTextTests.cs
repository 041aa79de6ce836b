using MiniBatch.Graphics.Images;
using MiniBatch.Shared.Workloads;
using MiniBatch.TrainedModels.Predictions;

namespace MiniBatch.TrainedModels.Tests.Predictions;

public sealed class PredictionTextTests
{
    private static readonly GreyImage Half = new(28, 28, [.. Enumerable.Repeat((byte)255, 14 * 28), .. new byte[14 * 28]]);

    private static string Written(string workload, Action<PredictionText> write)
    {
        using var output = new StringWriter { NewLine = "\n" };
        write(new PredictionText(output, WorkloadCatalog.Get(workload), colors: false));
        return output.ToString();
    }

    private static Prediction Of(int label, float by)
    {
        var logits = new float[10];
        logits[label] = by;
        return Prediction.OfLogits(logits);
    }

    [Fact]
    public void Image_is_shown_beside_the_probabilities_of_its_classes()
    {
        var text = Written("mnist-cnn", output => output.Image("drawn.png", Half, label: null, Of(3, by: 20)));
        var lines = text.Split('\n');
        Assert.Equal("drawn.png, as the model of mnist-cnn sees it:", lines[0]);
        Assert.Equal($"{new string('@', 28)}    0  {new string(' ', 24)} 0.0000", lines[2]);
        Assert.Equal($"{new string('@', 28)}    3  {new string('█', 24)} 1.0000", lines[5]);
        Assert.Equal($"{new string(' ', 28)}    9  {new string(' ', 24)} 0.0000", lines[11]);
        Assert.EndsWith("\n\n3 (1.0000)\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, "Dress (1.0000), which it is")]
    [InlineData(9, "Dress (1.0000), but it is Ankle boot")]
    public void Sample_whose_class_is_known_is_judged_by_name(int label, string says) =>
        Assert.EndsWith($"\n{says}\n", Written("fashion-cnn", output => output.Image("sample 1", Half, label, Of(3, by: 20))), StringComparison.Ordinal);

    [Fact]
    public void Loss_of_next_to_nothing_is_not_shown_as_none()
    {
        var report = SplitReport.Of(WorkloadCatalog.Get("fashion-mlp"), "test", [Of(3, by: 20)], [3], lossSum: 3e-7, worstMax: 1);
        Assert.Contains(", loss 3.0e-7", Written("fashion-mlp", output => output.Split(report, _ => Half)), StringComparison.Ordinal);
    }

    [Fact]
    public void Split_is_a_line_of_figures_a_matrix_and_the_worst_mistakes()
    {
        var predictions = Enumerable.Range(0, 10).Select(label => Of(label, by: 20)).Append(Of(3, by: 1)).ToList();
        var report = SplitReport.Of(WorkloadCatalog.Get("fashion-mlp"), "test", predictions, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9], lossSum: 1.1, worstMax: 5);
        var text = Written("fashion-mlp", output => output.Split(report, _ => Half));
        var lines = text.Split('\n');
        Assert.Equal("fashion-mlp on fashion-mnist's test split: 10 of 11 right, accuracy 0.9091, loss 0.1000", lines[0]);
        Assert.Contains("9 Ankle boot    ·  ·  ·  1  ·  ·  ·  ·  ·  1  0.5000", lines);
        Assert.Contains("the worst mistake:", lines);
        Assert.Contains("sample 10", lines);
        Assert.Contains("Ankle boot, for Dress 0.2320", lines);
        Assert.DoesNotContain(lines, line => line.EndsWith(' '));
    }
}
