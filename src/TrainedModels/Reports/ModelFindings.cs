using MiniBatch.Graphics.Images;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.TrainedModels;
using MiniBatch.TrainedModels.Predictions;
using MiniBatch.Worker.Computation;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>What the trained model makes of what it was evaluated on.</summary>
public abstract record ModelFindings
{
    private const int FirstMax = 24;
    private const int WorstMax = 24;
    private const int RowsMax = 24;

    private ModelFindings()
    {
    }

    /// <summary>The update whose checkpoint was tried, where the run has left no model; else null.</summary>
    public long? CheckpointVersion { get; private init; }

    /// <summary>A model of images.</summary>
    /// <param name="Split">Over all test samples of the run.</param>
    /// <param name="First">The split's first images.</param>
    /// <param name="Worst">Images taken for something else, worst first.</param>
    public sealed record OfImages(SplitReport Split, IReadOnlyList<ShownImage> First, IReadOnlyList<ShownImage> Worst) : ModelFindings;

    /// <summary>A model of a table.</summary>
    /// <param name="Rows">The table's first.</param>
    /// <param name="Count">Rows of the whole table.</param>
    public sealed record OfTable(IReadOnlyList<ShownRow> Rows, int Count) : ModelFindings;

    /// <summary>There is no model, or nothing to try it on.</summary>
    /// <param name="Reason">One line.</param>
    public sealed record None(string Reason) : ModelFindings;

    /// <summary>Loads a run's model and its test samples, and tries the one on the other.</summary>
    /// <param name="directory">The run's.</param>
    /// <param name="spec">The run's.</param>
    /// <param name="data">Directory of the datasets; null for the usual places.</param>
    /// <param name="say">Gets a line where a dataset must be fetched.</param>
    public static ModelFindings Of(RunDirectory directory, RunSpec spec, string? data, Action<string> say)
    {
        try
        {
            var trained = ModelFile.Read(directory.Root, workload: null);
            var samples = trained.Workload.Data.Load(trained.Workload.Data.Locate(data, say), limitTrain: 1, limitTest: spec.TestCount).Test;
            ModelFindings findings = samples is LabelledImages images ? OfSplit(trained, images) : OfRows(trained, (Table)samples);
            return findings with { CheckpointVersion = trained.Path == directory.Model ? null : trained.Origin.Version };
        }
        catch (UserErrorException) when (!File.Exists(directory.Model))
        {
            return new None("The run has left no model.");
        }
        catch (Exception e) when (e is WeightsException or DatasetException)
        {
            return new None(e.Message);
        }
    }

    private static OfImages OfSplit(TrainedModel trained, LabelledImages images)
    {
        using var classifier = new Classifier(trained);
        var split = classifier.Evaluate("test", images, WorstMax);
        var first = Enumerable.Range(0, Math.Min(FirstMax, images.Count)).Select(i => (Index: i, Says: classifier.Predict(ImageAt(i))));
        return new OfImages(
            split,
            [.. first.Select(one => new ShownImage(one.Index, ImageAt(one.Index), images.Labels[one.Index], one.Says.Class, one.Says.Confidence))],
            [.. split.Worst.Select(worst => new ShownImage(worst.Index, ImageAt(worst.Index), worst.Label, worst.Predicted, worst.Confidence))]);

        GreyImage ImageAt(int index) => new(images.Columns, images.Rows, images.Image(index).ToArray());
    }

    private static OfTable OfRows(TrainedModel trained, Table table)
    {
        using var model = StateDict.LoadToEvaluate(trained);
        using var batch = new BatchTensors();
        int[] rows = [.. Enumerable.Range(0, Math.Min(RowsMax, table.Count))];
        var outputs = EvaluationBlock.Compute(model, trained.Workload.Objective, batch, table, rows).Outputs;
        var width = outputs.Length / rows.Length;
        return new OfTable(
            [.. rows.Select(row => new ShownRow(table.Inputs(row).ToArray(), table.Targets(row).ToArray(), outputs[(row * width)..((row + 1) * width)]))],
            table.Count);
    }
}

/// <summary>An image with what it was taken for.</summary>
/// <param name="Index">Its place in the test split, from 0.</param>
/// <param name="Image">As the model sees it.</param>
/// <param name="Label">What it is.</param>
/// <param name="Predicted">What it was taken for.</param>
/// <param name="Confidence">The probability of that, 0…1.</param>
public sealed record ShownImage(int Index, GreyImage Image, int Label, int Predicted, double Confidence);

/// <summary>A row of a table with what the model says: a number a target, or a logit a class.</summary>
public sealed record ShownRow(float[] Inputs, float[] Targets, float[] Outputs);
