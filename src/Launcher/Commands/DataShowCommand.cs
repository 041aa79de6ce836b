using System.CommandLine;
using System.Globalization;
using MiniBatch.Graphics.Images;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Launcher.Commands;

/// <summary>
/// <c>data show</c>: what a dataset looks like before anything is trained on it: nine random training images with their class
/// names, as a picture file and in the terminal, and the shapes of one shuffled batch.
/// </summary>
public static class DataShowCommand
{
    private const int GridSide = 3;
    private const int BatchDefault = 64;
    private const int LabelsShown = 16;
    private const string Gap = "    ";

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var which = new Argument<string>("dataset") { Description = string.Join(", ", DatasetCatalog.All.Select(description => description.Name)) };
        var to = Flag.Path("--to", "the picture to write [<dataset>.png]", "FILE");
        var seed = Flag.Seed("--seed", "which images, and which order of the batch [0]");
        var batch = Flag.Integer("--batch", $"samples of the batch [{BatchDefault}]", 1, DatasetCatalog.Mnist.TrainCount);
        var data = Flag.Path("--data", "directory of the datasets [the user's cache, fetched into where need be]", "DIR");
        var command = new Command("show", "Shows random training images with their class names, and the shapes of a batch.") { which, to, seed, batch, data };
        command.SetAction(parsed =>
        {
            var description = DataCommand.One(parsed.GetValue(which)!);
            var directory = DatasetLocator.FindOrFetch(description, parsed.GetValue(data), line => Console.Error.WriteLine($"minibatch: {line}"));
            var train = ImageDataset.Load(description, directory, limitTest: 1).Train;
            var order = EpochPlan.For(train.Count, parsed.GetValue(batch) ?? BatchDefault, 1, parsed.GetValue(seed) ?? 0, SampleOrder.Shuffled, LastBatch.Drop, epoch: 1);

            var shown = order.Permutation[..(GridSide * GridSide)].ToArray().Select(sample => (Image: ImageOf(train, sample), Name: description.ClassNames[train.Labels[sample]])).ToList();
            var path = parsed.GetValue(to) ?? $"{description.Name}.png";
            Write(path, CaptionedGrid.Draw(shown, GridSide));
            foreach (var row in shown.Chunk(GridSide)) WriteRow(row);
            Console.WriteLine($"these nine with their names: {path}");
            WriteBatch(order.BatchSamples(0), train, description);
        });
        return command;
    }

    private static GreyImage ImageOf(LabelledImages train, int sample) => new(train.Columns, train.Rows, train.Image(sample).ToArray());

    private static void WriteRow(IReadOnlyList<(GreyImage Image, string Name)> row)
    {
        Console.WriteLine(string.Join(Gap, row.Select(shown => shown.Name.PadRight(shown.Image.Width))).TrimEnd());
        var pictures = row.Select(shown => TerminalPicture.Lines(shown.Image, TerminalPicture.HasColors)).ToList();
        for (var line = 0; line < pictures[0].Count; line++) Console.WriteLine(string.Join(Gap, pictures.Select(picture => picture[line])).TrimEnd());
        Console.WriteLine();
    }

    /// <summary>What a model is given: as PyTorch prints a loader's batch.</summary>
    private static void WriteBatch(ReadOnlySpan<int> samples, LabelledImages train, DatasetDescription description)
    {
        var labels = samples.ToArray().Select(sample => train.Labels[sample]).ToList();
        Console.WriteLine(FormattableString.Invariant($"one shuffled batch of {train.Count:N0} training samples:"));
        Console.WriteLine(FormattableString.Invariant($"  images  float32 [{samples.Length}, 1, {train.Rows}, {train.Columns}], each pixel from 0 to 1"));
        Console.WriteLine(FormattableString.Invariant($"  labels  int64   [{samples.Length}], each a class from 0 to {description.ClassNames.Count - 1}"));
        Console.WriteLine($"  labels  {string.Join(", ", labels.Take(LabelsShown).Select(label => label.ToString(CultureInfo.InvariantCulture)))}{(labels.Count > LabelsShown ? ", …" : "")}");
    }

    private static void Write(string path, GreyImage picture)
    {
        try
        {
            AtomicFile.Write(path, PngWriter.Encode(picture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path} can't be written ({e.Message}); name another place with --to", cause: e);
        }
    }
}
