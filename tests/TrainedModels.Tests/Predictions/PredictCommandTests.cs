using System.CommandLine;
using MiniBatch.Graphics.Images;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;
using MiniBatch.TrainedModels.Predictions;

namespace MiniBatch.TrainedModels.Tests.Predictions;

/// <summary>Command lines that make no sense, and files that are of no use: one line, the right exit code.</summary>
public sealed class PredictCommandTests : IDisposable
{
    private const int Failure = 1;
    private const int Usage = 2;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minibatch-test-");

    public PredictCommandTests()
    {
        foreach (var (name, workload) in new[] { ("model.safetensors", "mnist-softmax"), ("gate.safetensors", "and-gate") })
        {
            using var model = WorkloadCatalog.Get(workload).CreateModel();
            ModelFile.Write(In(name), StateDict.Save(model), new ModelOrigin(workload));
        }
        Safetensors.Write(In("other.safetensors"), [NamedTensor.OfFloats("w", [1], [1])]);
        File.WriteAllBytes(In("blank.png"), PngWriter.Encode(new GreyImage(40, 40, new byte[1600])));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("--model model.safetensors", Usage, "say what to predict: ")]
    [InlineData("--index 1", Usage, "Option '--model' is required")]
    [InlineData("--model model.safetensors --image a.png --split test", Usage, "--image is a picture of your own; leave --split out")]
    [InlineData("--model model.safetensors --image a.png --index 1", Usage, "--image is a picture of your own; leave --index out")]
    [InlineData("--model model.safetensors --index 1 --worst 3", Usage, "--worst goes with a whole split; leave it, or --index, out")]
    [InlineData("--model model.safetensors --image a.png --limit 3", Usage, "--limit goes with a whole split; leave it, or --image, out")]
    [InlineData("--model model.safetensors --index -1", Usage, "--index -1: give a whole number, 0 or more")]
    [InlineData("--model model.safetensors --index 10000", Usage, "--index 10000: the test split of mnist has samples 0 to 9,999")]
    [InlineData("--model model.safetensors --index 1 --dataset fashion-mnist", Usage, "--dataset fashion-mnist: model.safetensors was trained on mnist, whose classes are others")]
    [InlineData("--model model.safetensors --index 1 --dataset cifar", Failure, "There is no dataset \"cifar\": choose one of mnist, fashion-mnist.")]
    [InlineData("--model model.safetensors --index 1 --data .", Failure, "--data names ., which has no train-images-idx3-ubyte")]
    [InlineData("--model model.safetensors --index 1 --workload mnist-mlp", Usage, "model.safetensors is a model of mnist-softmax, not of mnist-mlp; leave --workload out")]
    [InlineData("--model model.safetensors --split validation", Usage, "--split validation: give one of test, train")]
    [InlineData("--model model.safetensors --image no-such.png", Failure, "no-such.png cannot be read")]
    [InlineData("--model model.safetensors --image model.safetensors", Failure, "model.safetensors is no picture that is read here")]
    [InlineData("--model model.safetensors --image blank.png", Failure, "blank.png: the image is blank")]
    [InlineData("--model gate.safetensors --index 1", Failure, "gate.safetensors was trained on the AND gate, a table; predict is for models of images")]
    [InlineData("--model no-such-model --index 1", Failure, "no-such-model cannot be read")]
    [InlineData("--model blank.png --index 1", Failure, "blank.png is not a whole safetensors file")]
    [InlineData("--model other.safetensors --index 1", Usage, "other.safetensors does not say which workload it is of")]
    [InlineData("--model other.safetensors --index 1 --workload mnist-softmax", Failure, "other.safetensors has no tensor linear.weight")]
    public void Predict_that_makes_no_sense_says_one_line(string arguments, int exitCode, string says)
    {
        var words = arguments.Split(' ').Select(word => word.Contains('.') || word.StartsWith("no-such", StringComparison.Ordinal) ? In(word) : word);
        var standardError = Console.Error;
        using var errors = new StringWriter { NewLine = "\n" };
        Console.SetError(errors);
        try
        {
            Assert.Equal(exitCode, CommandHost.Run(new RootCommand { PredictCommand.Create() }, ["predict", .. words]));
        }
        finally
        {
            Console.SetError(standardError);
        }
        var line = Assert.Single(errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)).Replace($"{_folder.FullName}/", "", StringComparison.Ordinal);
        Assert.StartsWith($"minibatch: {says}", line, StringComparison.Ordinal);
    }

    private string In(string name) => Path.Combine(_folder.FullName, name);
}
