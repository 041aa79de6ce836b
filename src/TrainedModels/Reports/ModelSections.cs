using System.Globalization;
using System.Xml.Linq;
using MiniBatch.Graphics.Images;
using MiniBatch.Shared.Runs;
using MiniBatch.TrainedModels.Predictions;
using static MiniBatch.TrainedModels.Reports.Html;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>The parts of the page for which the model was asked: confusion matrix, images with predictions, a table's answers.</summary>
internal static class ModelSections
{
    public static IEnumerable<XElement> Of(RunReport report) => report.Model switch
    {
        ModelFindings.OfImages images => OfImages(images),
        ModelFindings.OfTable table => [OfTable(table, report)],
        ModelFindings.None none => [ReportPage.Section("Predictions", ReportPage.Note(none.Reason))],
        _ => [],
    };

    /// <summary>Said where the figures are of a version that is not the run's last.</summary>
    private static XElement? Source(ModelFindings findings) => findings.CheckpointVersion is { } version
        ? ReportPage.Note(Text($"By the newest checkpoint, of update {version:N0}: the run has left no model yet."))
        : null;

    private static IEnumerable<XElement> OfImages(ModelFindings.OfImages images)
    {
        var split = images.Split;
        yield return ReportPage.Section("Confusion matrix",
            Source(images),
            ReportPage.Note(Text($"{split.Correct:N0} of {split.Samples:N0} test images are taken for what they are: accuracy {split.Accuracy:0.0000}, loss {LossText.Of(split.Loss)}, evaluated anew on the CPU. Rows are what an image is, columns what it was taken for.")),
            Matrix(split));
        yield return ReportPage.Section("Test images", ReportPage.Note(Text($"The first {images.First.Count}, with what the model takes them for and how sure it is.")),
            Gallery(images.First, split.ClassNames));
        if (images.Worst.Count > 0)
            yield return ReportPage.Section("Worst mistakes", ReportPage.Note("Taken for something else with the highest loss, worst first."), Gallery(images.Worst, split.ClassNames));
    }

    private static XElement Matrix(SplitReport split)
    {
        var counts = split.ConfusionMatrix;
        var most = counts.Select(row => (double)Math.Max(1, row.Sum())).ToList();
        var mistakesMax = Math.Max(1, counts.SelectMany((row, label) => row.Where((_, taken) => taken != label)).Max());
        var rows = counts.Select((row, label) => new object?[] { Named(label, split.ClassNames) }
            .Concat(row.Select((count, taken) => Cell(count, label == taken ? "hit" : "miss", label == taken ? count / most[label] : (double)count / mistakesMax)))
            .Append(Text($"{(row.Sum() == 0 ? 0 : 100.0 * row[label] / row.Sum()):0.0} %")));
        return Html.Table("matrix", ["", .. Enumerable.Range(0, counts.Count).Select(taken => Text($"{taken}")), "right"], rows);
    }

    private static XElement Cell(int count, string kind, double share) => El("td", count == 0
        ? [new XAttribute("class", "none"), "·"]
        : [new XAttribute("class", kind), new XAttribute("style", Text($"--share:{0.08 + (0.62 * share):0.##}")), Text($"{count}")]);

    private static string Named(int label, IReadOnlyList<string> names) => names[label] == Text($"{label}") ? names[label] : $"{label} {names[label]}";

    private static XElement Gallery(IReadOnlyList<ShownImage> images, IReadOnlyList<string> names) => Html.Of("gallery", "ol", images.Select(shown =>
    {
        var isRight = shown.Label == shown.Predicted;
        var says = Text($"{names[shown.Predicted]} {100 * shown.Confidence:0.0}\u00a0%");
        return Html.Of(isRight ? "right" : "wrong", "li",
            El("img", new XAttribute("alt", $"{names[shown.Label]}, test image {shown.Index}"), new XAttribute("width", shown.Image.Width), new XAttribute("height", shown.Image.Height),
                new XAttribute("src", $"data:image/png;base64,{Convert.ToBase64String(PngWriter.Encode(shown.Image))}")),
            El("span", isRight ? $"✓ {says}" : $"✗ {says}"),
            isRight ? null : Html.Of("truth", "span", $"is {names[shown.Label]}"),
            Html.Of("index", "span", Text($"#{shown.Index}")));
    }));

    private static XElement OfTable(ModelFindings.OfTable table, RunReport report)
    {
        var isClass = report.Workload.Objective.HasClasses;
        var first = table.Rows[0];
        string[] head =
        [
            .. Numbered("input", first.Inputs.Length), .. isClass ? ["class"] : Numbered("target", first.Targets.Length),
            .. isClass ? ["model says", "how sure"] : Numbered("model says", first.Outputs.Length),
        ];
        return ReportPage.Section("Predictions",
            Source(table),
            Html.Table("numbers", head, table.Rows.Select(row => row.Inputs.Concat(row.Targets).Select(value => (object?)Number(value))
                .Concat(isClass ? Class(row.Outputs) : row.Outputs.Select(value => (object?)Number(value))))),
            table.Rows.Count < table.Count ? ReportPage.Note(Text($"The first {table.Rows.Count} of {table.Count:N0} rows.")) : null);
    }

    private static IEnumerable<object?> Class(float[] logits)
    {
        var prediction = Prediction.OfLogits(logits);
        return [Text($"{prediction.Class}"), Text($"{100 * prediction.Confidence:0.0} %")];
    }

    private static IEnumerable<string> Numbered(string name, int count) =>
        count == 1 ? [name] : Enumerable.Range(1, count).Select(i => Text($"{name} {i}"));

    private static string Number(float value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
