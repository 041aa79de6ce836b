using System.Text.Json;
using MiniBatch.Graphics.Images;
using MiniBatch.Processes.Harness;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.TrainedModels.Predictions;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary><c>predict</c> and <c>export</c> on what real runs have left.</summary>
[Collection(OneAtATime.Name)]
public sealed class TrainedModelTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private const int Failure = 1;

    /// <summary>300 steps of convolutions: enough to read what was drawn.</summary>
    private static readonly Job Reader = Job.LongCnn;

    private static readonly Dictionary<string, Job> Jobs = new()
    {
        ["mnist-softmax"] = Job.Softmax(), ["mnist-mlp"] = Job.Mlp, ["mnist-cnn"] = Job.Cnn, ["fashion-softmax"] = Job.Fashion,
    };

    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Theory]
    [InlineData("mnist-softmax")]
    [InlineData("mnist-mlp")]
    [InlineData("mnist-cnn")]
    [InlineData("fashion-softmax")]
    [Trait("Group", "Long")]
    public void Split_has_just_the_accuracy_and_loss_of_the_runs_summary(string workload)
    {
        var run = Trained(Jobs[workload]);
        var report = Evaluated(workload);

        Assert.Equal(run.Summary.TestAccuracy, report.Accuracy);
        Assert.Equal(run.Summary.Epochs[^1].TestLoss, report.Loss);
        Assert.Equal(run.Spec.TestCount, report.ConfusionMatrix.Sum(row => row.Sum()));
        Assert.Equal(report.Correct, Enumerable.Range(0, 10).Sum(label => report.ConfusionMatrix[label][label]));
        Assert.Equal(2, report.Worst.Count);
        Assert.All(report.Worst, mistake => Assert.NotEqual(mistake.Label, mistake.Predicted));
    }

    [Theory]
    [InlineData(2, 200, 300, 22)]
    [InlineData(3, 300, 300, 34)]
    [InlineData(5, 100, 130, 9)]
    [InlineData(7, 640, 480, 40)]
    public void Digit_drawn_with_a_pen_is_read_from_a_png_of_any_size(int digit, int width, int height, double pen)
    {
        var picture = Path.Combine(_cluster.Home, "digit.png");
        var report = Path.Combine(_cluster.Home, "report.json");
        File.WriteAllBytes(picture, PngWriter.Encode(Drawing.Of(digit).On(width, height, pen)));

        var predict = Predict(Reader, "--image", picture, "--json", report);
        _cluster.Expect(predict, 0);

        var said = JsonSerializer.Deserialize<ImageReport>(File.ReadAllText(report), Json.Indented)!;
        Assert.Equal((digit, null), (said.Predicted, said.Label));
        Assert.Equal(1, said.Probabilities.Sum(), 1e-9);
        Assert.Matches($@"\n{digit} \(0\.\d+|1\.0000\)\n$", predict.Output);
        Assert.Contains("@", predict.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", predict.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Sample_of_the_dataset_is_shown_with_what_it_is()
    {
        var predict = Predict(Reader, "--dataset", "mnist", "--index", "7", "--data", data.Root);
        _cluster.Expect(predict, 0);
        Assert.StartsWith("sample 7 of mnist's test split, as the model of mnist-cnn sees it:", predict.Output, StringComparison.Ordinal);
        Assert.Matches(@"which it is|but it is 9", predict.Output);
    }

    [SkippableTheory]
    [InlineData("mnist-softmax", "safetensors")]
    [InlineData("mnist-softmax", "pt")]
    [InlineData("mnist-mlp", "safetensors")]
    [InlineData("mnist-mlp", "pt")]
    [InlineData("mnist-cnn", "safetensors")]
    [InlineData("mnist-cnn", "pt")]
    public void Exported_weights_load_strictly_in_pytorch_do_the_same_and_come_back(string workload, string kind)
    {
        Skip.IfNot(PyTorch.IsHere, PyTorch.Missing);
        var file = Path.Combine(_cluster.Home, $"exported.{kind}");
        var theirFile = Path.Combine(_cluster.Home, "theirs.pt");
        var back = Path.Combine(_cluster.Home, "back.safetensors");
        _cluster.Expect(Export(Jobs[workload], file), 0);
        var run = Trained(Jobs[workload]);

        var theirs = PyTorch.Evaluate(file, theirFile, workload.Split('-')[1], DatasetCatalog.Mnist, data.Mnist, run.Spec.TestCount);
        _cluster.Expect(_cluster.Start("export", BuiltPrograms.Launcher, ["export", "--model", theirFile, "--workload", workload, "--to", back]), 0);

        Assert.Equal(run.Summary.TestAccuracy, (double)theirs.Correct / run.Spec.TestCount);
        Assert.Equal(run.Summary.Epochs[^1].TestLoss!.Value, theirs.Loss, 1e-5);
        var (ours, again) = (Tensors(run.Directory.Model), Tensors(back));
        Assert.Equal(ours.Keys, theirs.Names);
        Assert.Equal(ours, again);
    }

    /// <summary>Names and bytes.</summary>
    private static SortedDictionary<string, string> Tensors(string safetensors) =>
        new(Safetensors.Read(safetensors).Tensors.ToDictionary(tensor => tensor.Name, tensor => Convert.ToHexString(tensor.Bytes.Span)), StringComparer.Ordinal);

    [Fact]
    public void Checkpoint_of_a_run_that_was_killed_predicts_and_is_exported()
    {
        var left = data.KilledAt(190, Job.LongMlp, output);
        var file = Path.Combine(_cluster.Home, "exported.safetensors");
        var export = _cluster.Start("export", BuiltPrograms.Launcher, ["export", "--model", left.Root, "--to", file]);
        _cluster.Expect(export, 0);
        Assert.Contains("checkpoints/", export.Output, StringComparison.Ordinal);
        var predict = _cluster.Start("predict", BuiltPrograms.Launcher, ["predict", "--model", file, "--index", "1", "--data", data.Root]);
        _cluster.Expect(predict, 0);
    }

    [Fact]
    public void Damaged_model_is_one_line_that_names_the_file()
    {
        var model = Path.Combine(_cluster.Home, "model.safetensors");
        foreach (var (damage, says) in new (Action<string>, string)[] { (LeftBehind.FlipByte, "is damaged"), (LeftBehind.Truncate, "is not a whole safetensors file") })
        {
            File.Copy(Trained(Reader).Directory.Model, model, overwrite: true);
            damage(model);
            foreach (var arguments in new string[][] { ["predict", "--model", model, "--index", "1"], ["export", "--model", model, "--to", model + ".dat"] })
            {
                var process = _cluster.Start(arguments[0], BuiltPrograms.Launcher, arguments);
                _cluster.Expect(process, Failure);
                Assert.Contains(model, OneLine.Of(process, says), StringComparison.Ordinal);
            }
        }
        Assert.False(File.Exists(model + ".dat"));
    }

    private FinishedRun Trained(Job job) => data.Undisturbed(job, workers: 1, output);

    private SplitReport Evaluated(string workload)
    {
        var job = Jobs[workload];
        var report = Path.Combine(_cluster.Home, "report.json");
        var samples = Trained(job).Spec.TestCount;
        var predict = Predict(job, "--split", "test", "--limit", $"{samples}", "--worst", "2", "--data", data.Root, "--json", report);
        _cluster.Expect(predict, 0);
        Assert.Contains("the 2 worst mistakes:", predict.Output, StringComparison.Ordinal);
        return JsonSerializer.Deserialize<SplitReport>(File.ReadAllText(report), Json.Indented)!;
    }

    private NodeProcess Predict(Job job, params string[] flags) =>
        _cluster.Start("predict", BuiltPrograms.Launcher, ["predict", "--model", Trained(job).Directory.Root, .. flags]);

    private NodeProcess Export(Job job, string to) =>
        _cluster.Start("export", BuiltPrograms.Launcher, ["export", "--model", Trained(job).Directory.Root, "--to", to]);
}
