using System.CommandLine;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Images;
using MiniBatch.Shared.Predictions;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Worker.TrainedModels;

/// <summary>
/// <c>predict</c>: what a trained model takes an image for, or how it does on a whole split. In the worker's program because that
/// is where libtorch is.
/// </summary>
public static class PredictCommand
{
    /// <summary>What is typed.</summary>
    public const string Name = "predict";

    private const int WorstDefault = 6;

    private enum Split
    {
        Train,
        Test,
    }

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var model = ModelFlags.Model();
        var workload = ModelFlags.Workload();
        var image = Flag.Text("--image", "a picture of any size, PNG or PGM: made what the dataset's images are, then classified", "FILE");
        var index = Flag.Integer("--index", "one sample of the dataset, counted from 0", 0);
        var dataset = Flag.Text("--dataset", "the dataset [the one that the model was trained on; another has other classes]", "NAME");
        var split = Flag.Choice("--split", "which samples; without --index all of them [test]", ("test", Split.Test), ("train", Split.Train));
        var limit = Flag.Integer("--limit", "the split's first N samples only [all]", 1);
        var worst = Flag.Integer("--worst", $"how many of a split's worst mistakes to show [{WorstDefault}]", 0, 1000);
        var data = Flag.Text("--data", "directory of the datasets [the user's cache, fetched into where need be]", "DIR");
        var json = Flag.Text("--json", "write the figures there as well", "FILE");

        var command = new Command(Name, "Says what a trained model takes an image for, or how it does on a dataset.")
        {
            model, workload, image, index, dataset, split, limit, worst, data, json,
        };
        command.SetAction(parsed =>
        {
            bool Given(Option option) => parsed.GetResult(option) is { Implicit: false };
            if (Given(image) && new Option[] { index, dataset, split }.FirstOrDefault(Given) is { } other)
                throw Usage($"--image is a picture of your own; leave {other.Name} out");
            if (!Given(image) && !Given(index) && !Given(split) && !Given(dataset))
                throw Usage("say what to predict: --image FILE, --index N for a sample of the dataset, or --split test for all of them");
            if ((Given(image) || Given(index)) && new Option[] { limit, worst }.FirstOrDefault(Given) is { } part)
                throw Usage($"{part.Name} goes with a whole split; leave it, or {(Given(image) ? image.Name : index.Name)}, out");

            var trained = ModelFile.Read(parsed.GetValue(model)!, parsed.GetValue(workload));
            if (trained.Workload.Data is not DatasetDescription description)
                throw new UserErrorException($"{trained.Path} was trained on {trained.Workload.Data.Title}, a table; predict is for models of images");
            if (parsed.GetValue(dataset) is { } named && DatasetCatalog.Get(named) != description)
                throw Usage($"--dataset {named}: {trained.Path} was trained on {description.Name}, whose classes are others");
            var output = new PredictionText(Console.Out, trained.Workload, TerminalPicture.HasColors);

            if (parsed.GetValue(image) is { } file)
            {
                var converted = Convert(file, description);
                using var classifier = new Classifier(trained);
                Finish(output.Image(file, converted, label: null, classifier.Predict(converted)));
                return;
            }
            var name = (parsed.GetValue(split) ?? Split.Test).ToString().ToLowerInvariant();
            var samples = Load(description, parsed.GetValue(data), name).Take(parsed.GetValue(limit));
            if (parsed.GetValue(index) is { } i)
            {
                if (i >= samples.Count)
                    throw Usage(FormattableString.Invariant($"--index {i}: the {name} split of {description.Name} has samples 0 to {samples.Count - 1:N0}"));
                var sample = SampleOf(samples, i);
                using var classifier = new Classifier(trained);
                Finish(output.Image($"sample {i} of {description.Name}'s {name} split", sample, samples.Labels[i], classifier.Predict(sample)));
                return;
            }
            using (var classifier = new Classifier(trained))
            {
                var report = classifier.Evaluate(name, samples, parsed.GetValue(worst) ?? WorstDefault);
                output.Split(report, mistake => SampleOf(samples, mistake.Index));
                Finish(report);
            }

            void Finish<T>(T report)
            {
                if (parsed.GetValue(json) is { } path) RunDirectory.WriteJson(path, report);
            }
        });
        return command;
    }

    private static GreyImage Convert(string file, DatasetDescription description)
    {
        try
        {
            return description.ConvertImage(ImageFile.Read(file));
        }
        catch (ImageException e) when (!e.Message.StartsWith(file, StringComparison.Ordinal))
        {
            throw new ImageException($"{file}: {e.Message}", e);
        }
    }

    private static LabelledImages Load(DatasetDescription description, string? data, string split)
    {
        var directory = DatasetLocator.FindOrFetch(description, data, line => Console.Error.WriteLine($"minibatch: {line}"));
        var dataset = ImageDataset.Load(description, directory);
        return split == "train" ? dataset.Train : dataset.Test;
    }

    private static GreyImage SampleOf(LabelledImages samples, int index) => new(samples.Columns, samples.Rows, samples.Image(index).ToArray());

    private static UserErrorException Usage(string message) => new(message, UserErrorException.Usage);
}
