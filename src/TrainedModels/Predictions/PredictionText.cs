using System.Globalization;
using MiniBatch.Graphics.Images;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.TrainedModels.Predictions;

/// <summary>Predictions as people read them: pictures, bars, a table; plain text where the output is no terminal.</summary>
/// <param name="output">Where to.</param>
/// <param name="workload">Whose model predicts.</param>
/// <param name="colors">Whether pictures may have colours.</param>
public sealed class PredictionText(TextWriter output, Workload workload, bool colors)
{
    private const int BarColumns = 24;
    private const int PicturesInARow = 3;
    private const string Gap = "    ";

    private readonly IReadOnlyList<string> _names = DatasetCatalog.Get(workload.Dataset).ClassNames;

    private int NameColumns => _names.Max(name => name.Length);

    /// <summary>Writes what a model says of one image.</summary>
    /// <param name="source">Where the image is from.</param>
    /// <param name="image">As the model sees it.</param>
    /// <param name="label">What it is; null where nobody knows.</param>
    /// <param name="prediction">What the model says.</param>
    /// <returns>The same for scripts.</returns>
    public ImageReport Image(string source, GreyImage image, int? label, Prediction prediction)
    {
        output.WriteLine($"{source}, as the model of {workload.Name} sees it:");
        output.WriteLine();
        var picture = TerminalPicture.Lines(image, colors);
        for (var i = 0; i < Math.Max(picture.Count, _names.Count); i++)
        {
            var left = i < picture.Count ? picture[i] : new string(' ', image.Width);
            output.WriteLine(i < _names.Count ? left + Gap + Bar(i, prediction) : left.TrimEnd());
        }
        output.WriteLine();
        var verdict = label is null ? "" : label == prediction.Class ? ", which it is" : $", but it is {_names[label.Value]}";
        output.WriteLine(Text($"{_names[prediction.Class]} ({prediction.Confidence:0.0000}){verdict}"));
        return new ImageReport
        {
            Workload = workload.Name,
            Image = source,
            Label = label,
            Predicted = prediction.Class,
            ClassNames = _names,
            Probabilities = prediction.Probabilities,
        };
    }

    /// <summary>Writes how a model does on a split.</summary>
    /// <param name="report">The figures.</param>
    /// <param name="picture">The image of a mistake.</param>
    public void Split(SplitReport report, Func<Mistake, GreyImage> picture)
    {
        output.WriteLine(Text(
            $"{report.Workload} on {report.Dataset}'s {report.Split} split: {report.Correct:N0} of {report.Samples:N0} right, accuracy {report.Accuracy:0.0000}, loss {LossText.Of(report.Loss)}"));
        output.WriteLine();
        Matrix(new ConfusionMatrix(report.ConfusionMatrix));
        if (report.Worst.Count == 0) return;
        output.WriteLine();
        output.WriteLine(report.Worst.Count == 1 ? "the worst mistake:" : $"the {report.Worst.Count} worst mistakes:");
        foreach (var row in report.Worst.Chunk(PicturesInARow)) Pictures(row, picture);
    }

    private string Bar(int label, Prediction prediction)
    {
        var probability = prediction.Probabilities[label];
        var bar = new string('█', (int)Math.Round(probability * BarColumns));
        return Text($"{_names[label].PadLeft(NameColumns)}  {bar.PadRight(BarColumns)} {probability:0.0000}");
    }

    /// <summary>Classes down, what they were taken for across; zeros as dots, so that mistakes stand out.</summary>
    private void Matrix(ConfusionMatrix matrix)
    {
        var columns = Math.Max(Text($"{matrix.Counts.Max(row => row.Max())}").Length, 2) + 1;
        var left = NameColumns + 3;
        string Row(string name, IEnumerable<string> cells, string right) =>
            $"{name.PadRight(left)}{string.Concat(cells.Select(cell => cell.PadLeft(columns)))}  {right}".TrimEnd();

        output.WriteLine($"{"is".PadRight(left)} taken for");
        output.WriteLine(Row("", _names.Select((_, label) => Text($"{label}")), " right"));
        for (var label = 0; label < _names.Count; label++)
        {
            var name = _names[label] == Text($"{label}") ? _names[label] : Text($"{label} {_names[label]}");
            output.WriteLine(Row(name, matrix.Counts[label].Select(count => count == 0 ? "·" : Text($"{count}")), Text($"{matrix.Recall(label):0.0000}")));
        }
    }

    private void Pictures(IReadOnlyList<Mistake> mistakes, Func<Mistake, GreyImage> picture)
    {
        var images = mistakes.Select(picture).ToList();
        var columns = images[0].Width;
        string Row(IEnumerable<string> parts) => string.Join(Gap, parts);
        output.WriteLine();
        output.WriteLine(Row(mistakes.Select(mistake => Text($"sample {mistake.Index}").PadRight(columns))).TrimEnd());
        output.WriteLine(Row(mistakes.Select(mistake =>
            Text($"{_names[mistake.Label]}, for {_names[mistake.Predicted]} {mistake.Confidence:0.0000}").PadRight(columns))).TrimEnd());
        var lines = images.Select(image => TerminalPicture.Lines(image, colors)).ToList();
        for (var i = 0; i < lines[0].Count; i++) output.WriteLine(Row(lines.Select(picture => picture[i])).TrimEnd());
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
