using System.Text.Json.Nodes;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.LivePage.Model;

/// <summary>
/// The model as pictures: weights that look at pixels, what it makes of a picture, and how it divides a plane. Outputs come from one
/// of the run's workers, with the version of the moment.
/// </summary>
/// <param name="page">The run.</param>
public sealed class ModelPictures(ShownRun page)
{
    /// <summary>Points of the plane along each side; its inputs and outputs fit one answer of a worker.</summary>
    private const int GridSide = 48;

    /// <summary>Samples are put through the model for one question at a time: a worker takes the time for it from its slots.</summary>
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>One picture is decoded at a time: a photograph takes hundreds of megabytes, and time of a core that computes.</summary>
    private readonly SemaphoreSlim _decoding = new(1);

    private readonly Lazy<DatasetSamples> _samples = new(() => WorkloadOf(page).Data.Load(page.DataDirectory, page.Spec.TrainCount, page.Spec.TestCount));

    /// <summary>Whether a run's data are pictures.</summary>
    public static bool HasPictures(RunSpec spec) => WorkloadCatalog.Get(spec.Workload).Data is DatasetDescription;

    /// <summary>What there is to see of this run's model.</summary>
    public static JsonObject Describe(ShownRun page)
    {
        var workload = WorkloadOf(page);
        return new JsonObject
        {
            ["accuracy"] = workload.Objective.HasAccuracy,
            ["weights"] = WeightsOf(workload) is not null,
            ["boundary"] = IsPlane(workload),
            ["classes"] = workload.Data is DatasetDescription images ? new JsonArray([.. images.ClassNames.Select(name => (JsonNode)name)]) : null,
            ["testImages"] = workload.Data is DatasetDescription ? page.Spec.TestCount : 0,
        };
    }

    /// <summary>Weights that are pictures: of softmax a class each, of a convolution its kernels, of a first layer its units; null where there are none now.</summary>
    public async Task<JsonObject?> WeightsAsync(CancellationToken cancellation)
    {
        if (WeightsOf(WorkloadOf(page)) is not { } shown) return null;
        if ((await OrNull(page.Live.CopyTensorAsync(shown.Tensor, cancellation)) ?? Written(shown.Tensor)) is not { } tensor) return null;
        return new JsonObject
        {
            ["version"] = tensor.Version, ["tensor"] = shown.Tensor, ["side"] = shown.Side, ["count"] = shown.Count,
            ["title"] = shown.Title, ["values"] = Convert.ToBase64String(Floats.Bytes(tensor.Values.AsSpan(0, Math.Min(tensor.Values.Length, shown.Count * shown.Side * shown.Side)))),
        };
    }

    /// <summary>A picture that somebody draws or uploads, made what the dataset's are; null where its turn has not come in time.</summary>
    /// <param name="file">Of any format that is read.</param>
    /// <param name="cancellation">Ends the waiting for its turn.</param>
    /// <exception cref="UserErrorException">It is none that is read, or this run's data are no pictures.</exception>
    public Task<byte[]?> ToPixelsAsync(byte[] file, CancellationToken cancellation) => OrNull(ConvertAsync(file, cancellation));

    /// <summary>What the current version makes of a picture; null where nobody can be asked.</summary>
    /// <param name="pixels">uint8[28, 28], 0 = background.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="UserErrorException">It has not as many pixels as that, or the model's answer is no number.</exception>
    public async Task<JsonObject?> PredictAsync(byte[] pixels, CancellationToken cancellation)
    {
        var images = Images();
        if (pixels.Length != images.Rows * images.Columns) throw new UserErrorException($"{pixels.Length} bytes are no picture of {images.Rows}×{images.Columns}");
        var inputs = Array.ConvertAll(pixels, pixel => pixel / 255f);
        if (await OrNull(ForwardAsync(inputs, 1, cancellation)) is not { Outputs.Length: > 0 } answer) return null;
        if (!answer.Outputs.All(float.IsFinite)) throw new UserErrorException("the model's answer is no number: its training exploded, and it predicts nothing");
        return new JsonObject
        {
            ["version"] = answer.Version, ["worker"] = answer.Worker, ["pixels"] = Convert.ToBase64String(pixels),
            ["probabilities"] = new JsonArray([.. Softmax(answer.Outputs).Select(value => (JsonNode)Math.Round(value, 5))]),
        };
    }

    /// <summary>A picture of the test set; null where there is none, or no dataset on this machine.</summary>
    public JsonObject? TestImage(int index)
    {
        if (WorkloadOf(page).Data is not DatasetDescription images || index < 0 || index >= page.Spec.TestCount) return null;
        LabelledImages test;
        try
        {
            test = (LabelledImages)_samples.Value.Test;
        }
        catch (Exception e) when (e is UserErrorException or DatasetException or IOException)
        {
            return null;
        }
        var size = test.PixelsPerImage;
        return new JsonObject
        {
            ["index"] = index, ["label"] = test.Labels[index], ["name"] = images.ClassNames[test.Labels[index]],
            ["pixels"] = Convert.ToBase64String(test.Images, index * size, size),
        };
    }

    /// <summary>How the current version divides the plane that its samples lie in; null where nobody can be asked.</summary>
    public async Task<JsonObject?> BoundaryAsync(CancellationToken cancellation)
    {
        if (!IsPlane(WorkloadOf(page)) || _samples.Value.Train is not Table table) return null;
        var (x, y) = (RangeOf(table, 0), RangeOf(table, 1));
        var inputs = new float[GridSide * GridSide * 2];
        for (var i = 0; i < GridSide * GridSide; i++)
        {
            inputs[2 * i] = x.Low + (x.High - x.Low) * (i % GridSide) / (GridSide - 1);
            inputs[2 * i + 1] = y.High - (y.High - y.Low) * (i / GridSide) / (GridSide - 1);
        }
        if (await OrNull(ForwardAsync(inputs, GridSide * GridSide, cancellation)) is not { Outputs.Length: > 0 } answer) return null;
        var outputs = answer.Outputs.Length / (GridSide * GridSide);
        return new JsonObject
        {
            ["version"] = answer.Version, ["worker"] = answer.Worker, ["side"] = GridSide, ["outputs"] = outputs,
            ["values"] = Convert.ToBase64String(Floats.Bytes(answer.Outputs)),
            ["x"] = new JsonArray(x.Low, x.High), ["y"] = new JsonArray(y.Low, y.High),
            ["points"] = new JsonArray([.. Enumerable.Range(0, Math.Min(table.Count, 600)).Select(i =>
                (JsonNode)new JsonArray(table.Inputs(i)[0], table.Inputs(i)[1], table.Targets(i)[0]))]),
        };
    }

    /// <summary>A tensor of the model that a run that is over has left; null where it has left none, or a damaged one.</summary>
    private TensorCopy? Written(string name)
    {
        if (!File.Exists(page.Directory.Model)) return null;
        try
        {
            var model = ModelFile.ReadFor(page.Directory.Model, page.Spec.Workload);
            return model.Tensors.FirstOrDefault(tensor => tensor.Name == name) is { } found
                ? new TensorCopy(model.Origin.Version ?? 0, [.. found.Shape], found.Floats.ToArray())
                : null;
        }
        catch (Exception e) when (e is WeightsException or UserErrorException or IOException)
        {
            return null;   // verify says what is wrong with it
        }
    }

    private DatasetDescription Images() =>
        WorkloadOf(page).Data as DatasetDescription ?? throw new UserErrorException("this run's data are no pictures");

    private static Workload WorkloadOf(ShownRun page) => WorkloadCatalog.Get(page.Spec.Workload);

    private static bool IsPlane(Workload workload) =>
        workload.Data is TableDataset { Table.InputColumns: 2, Table.TargetColumns: 1 } && workload.Objective.HasAccuracy;

    /// <summary>Which weights of a workload's model can be looked at, by the names that PyTorch gives them.</summary>
    private static (string Tensor, int Side, int Count, string Title)? WeightsOf(Workload workload) => workload.Name.Split('-') switch
    {
        [_, "softmax"] => ("linear.weight", 28, 10, "What each class looks for: its 784 weights, where its pixels are"),
        [_, "cnn"] => ("layer1.0.weight", 3, 32, "The 32 kernels of the first convolution"),
        [_, "mlp"] => ("fc1.weight", 28, 50, "The 50 hidden units: the 784 weights of each, where its pixels are"),
        _ => null,
    };

    private static (float Low, float High) RangeOf(Table table, int column)
    {
        var values = Enumerable.Range(0, table.Count).Select(sample => table.Inputs(sample)[column]).ToList();
        var (low, high) = (values.Min(), values.Max());
        var margin = Math.Max((high - low) * 0.15f, 0.1f);
        return (low - margin, high + margin);
    }

    private static double[] Softmax(float[] logits)
    {
        var largest = logits.Max();
        var exponentials = Array.ConvertAll(logits, logit => Math.Exp(logit - largest));
        var sum = exponentials.Sum();
        return Array.ConvertAll(exponentials, value => value / sum);
    }

    private async Task<byte[]?> ConvertAsync(byte[] file, CancellationToken cancellation)
    {
        await _decoding.WaitAsync(cancellation);
        try
        {
            return BroughtPicture.Convert(file, Images());
        }
        finally
        {
            _decoding.Release();
        }
    }

    private async Task<ForwardAnswer?> ForwardAsync(float[] inputs, int samples, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            return await page.Live.ForwardAsync(inputs, samples, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static async Task<T?> OrNull<T>(Task<T?> asking) where T : class
    {
        try
        {
            return await asking;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
