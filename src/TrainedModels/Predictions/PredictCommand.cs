using System.CommandLine;
using MiniBatch.Graphics.Images;
using MiniBatch.Graphics.Images.Conversion;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.TrainedModels.Predictions;

/// <summary><c>predict</c>: what a trained model takes an image for, or how it does on a whole split.</summary>
public sealed class PredictCommand
{
    /// <summary>What is typed.</summary>
    public const string Name = "predict";

    private const int WorstDefault = 6;

    private readonly Option<string?> _model = ModelFlags.Model();
    private readonly Option<string?> _workload = ModelFlags.Workload();
    private readonly Option<string?> _image = Flag.Path(
        "--image", $"a picture of any size ({ImageFile.Formats}): made what the dataset's images are, then classified", "FILE");
    private readonly Option<int?> _index = Flag.Integer("--index", "one sample of the dataset, counted from 0", 0);
    private readonly Option<string?> _dataset = Flag.Text(
        "--dataset", "the dataset [the one that the model was trained on; another has other classes]", "NAME");
    private readonly Option<Split?> _split = Flag.Choice(
        "--split", "which samples; without --index all of them [test]", ("test", Split.Test), ("train", Split.Train));
    private readonly Option<int?> _limit = Flag.Integer("--limit", "the split's first N samples only [all]", 1);
    private readonly Option<int?> _worst = Flag.Integer("--worst", $"how many of a split's worst mistakes to show [{WorstDefault}]", 0, 1000);
    private readonly Option<string?> _data = Flag.Path("--data", "directory of the datasets [the user's cache, fetched into where need be]", "DIR");
    private readonly Option<string?> _json = Flag.Path("--json", "write the figures there as well", "FILE");

    private PredictCommand()
    {
    }

    private enum Split
    {
        Train,
        Test,
    }

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var flags = new PredictCommand();
        var command = new Command(Name, "Says what a trained model takes an image for, or how it does on a dataset.")
        {
            flags._model, flags._workload, flags._image, flags._index, flags._dataset, flags._split, flags._limit, flags._worst, flags._data, flags._json,
        };
        command.SetAction(flags.Run);
        return command;
    }

    private void Run(ParseResult parsed)
    {
        Check(parsed);
        var trained = StateDictFile.ReadModel(parsed.GetValue(_model)!, parsed.GetValue(_workload));
        if (trained.Workload.Data is not DatasetDescription dataset)
            throw new UserErrorException($"{trained.Path} was trained on {trained.Workload.Data.Title}, a table; predict is for models of images");
        if (parsed.GetValue(_dataset) is { } named && DatasetCatalog.Get(named) != dataset)
            throw Usage($"--dataset {named}: {trained.Path} was trained on {dataset.Name}, whose classes are others");
        var output = new PredictionText(Console.Out, trained.Workload, TerminalPicture.HasColors);

        object report = parsed.GetValue(_image) is { } file ? OfImage(file, trained, dataset, output)
            : parsed.GetValue(_index) is { } index ? OfSample(index, SamplesOf(parsed, dataset), trained, dataset, output)
            : OfSplit(SamplesOf(parsed, dataset), parsed.GetValue(_worst) ?? WorstDefault, trained, output);
        if (parsed.GetValue(_json) is { } path) RunDirectory.WriteJson(path, report);
    }

    /// <summary>That one thing is asked for, with the flags that go with it.</summary>
    private void Check(ParseResult parsed)
    {
        bool Given(Option option) => parsed.GetResult(option) is { Implicit: false };
        if (Given(_image) && new Option[] { _index, _dataset, _split }.FirstOrDefault(Given) is { } other)
            throw Usage($"--image is a picture of your own; leave {other.Name} out");
        if (!new Option[] { _image, _index, _dataset, _split }.Any(Given))
            throw Usage("say what to predict: --image FILE, --index N for a sample of the dataset, or --split test for all of them");
        if (new Option[] { _image, _index }.FirstOrDefault(Given) is { } one && new Option[] { _limit, _worst }.FirstOrDefault(Given) is { } ofSplit)
            throw Usage($"{ofSplit.Name} goes with a whole split; leave it, or {one.Name}, out");
    }

    private static ImageReport OfImage(string file, TrainedModel trained, DatasetDescription dataset, PredictionText output)
    {
        var picture = ImageFile.Read(file);
        GreyImage converted;
        try
        {
            converted = DatasetConversion.Convert(picture, dataset);
        }
        catch (ImageException e)
        {
            throw new ImageException($"{file}: {e.Message}", e);
        }
        using var classifier = new Classifier(trained);
        return output.Image(file, converted, label: null, classifier.Predict(converted));
    }

    private static ImageReport OfSample(int index, Samples samples, TrainedModel trained, DatasetDescription dataset, PredictionText output)
    {
        if (index >= samples.Images.Count)
            throw Usage(FormattableString.Invariant($"--index {index}: the {samples.Split} split of {dataset.Name} has samples 0 to {samples.Images.Count - 1:N0}"));
        var image = samples.Image(index);
        using var classifier = new Classifier(trained);
        return output.Image($"sample {index} of {dataset.Name}'s {samples.Split} split", image, samples.Images.Labels[index], classifier.Predict(image));
    }

    private static SplitReport OfSplit(Samples samples, int worst, TrainedModel trained, PredictionText output)
    {
        using var classifier = new Classifier(trained);
        var report = classifier.Evaluate(samples.Split, samples.Images, worst);
        output.Split(report, mistake => samples.Image(mistake.Index));
        return report;
    }

    private Samples SamplesOf(ParseResult parsed, DatasetDescription description)
    {
        var directory = DatasetLocator.FindOrFetch(description, parsed.GetValue(_data), line => Console.Error.WriteLine($"minibatch: {line}"));
        var dataset = ImageDataset.Load(description, directory);
        var split = parsed.GetValue(_split) ?? Split.Test;
        return new Samples(split.ToString().ToLowerInvariant(), (split == Split.Train ? dataset.Train : dataset.Test).Take(parsed.GetValue(_limit)));
    }

    private static UserErrorException Usage(string message) => new(message, UserErrorException.Usage);

    private sealed record Samples(string Split, LabelledImages Images)
    {
        public GreyImage Image(int index) => new(Images.Columns, Images.Rows, Images.Image(index).ToArray());
    }
}
