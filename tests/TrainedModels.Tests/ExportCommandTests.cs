using System.CommandLine;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;
using static TorchSharp.torch;

namespace MiniBatch.TrainedModels.Tests;

public sealed class ExportCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minibatch-test-");

    private string Model => Path.Combine(_folder.FullName, "model.safetensors");

    public void Dispose() => _folder.Delete(recursive: true);

    private static IEnumerable<string> Values(IEnumerable<NamedTensor> tensors) =>
        tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).Select(tensor => $"{tensor.Name} {Convert.ToHexString(tensor.Bytes.Span)}");

    private IReadOnlyList<NamedTensor> Left(string workload)
    {
        manual_seed(5);
        using var model = WorkloadCatalog.Get(workload).CreateModel();
        var tensors = StateDict.Save(model);
        ModelFile.Write(Model, tensors, new ModelOrigin(workload, "a-run", 12, CpuCapability.Avx2));
        return tensors;
    }

    private string Export(string name, params string[] flags)
    {
        var to = Path.Combine(_folder.FullName, name);
        Assert.Equal(0, Run(to, flags));
        return to;
    }

    private int Run(string to, params string[] flags) => CommandHost.Run(new RootCommand { ExportCommand.Create() }, ["export", "--model", Model, "--to", to, .. flags]);

    [Theory]
    [InlineData("mnist-softmax")]
    [InlineData("mnist-mlp")]
    [InlineData("mnist-cnn")]
    public void Exported_dat_is_loaded_by_torchsharps_own_load(string workload)
    {
        var tensors = Left(workload);
        var file = Export("model.dat");
        manual_seed(6);
        using var model = WorkloadCatalog.Get(workload).CreateModel();
        model.load(file);
        Assert.Equal(Values(tensors), Values(StateDict.Save(model)));
    }

    [Fact]
    public void Exported_safetensors_say_where_they_come_from_and_export_again()
    {
        Left("mnist-mlp");
        var file = Export("other.safetensors");
        Assert.Equal(File.ReadAllBytes(Model), File.ReadAllBytes(file));
    }

    [Fact]
    public void Format_may_be_said_where_the_name_does_not()
    {
        Left("mnist-softmax");
        Assert.Equal(File.ReadAllBytes(Export("a.dat")), File.ReadAllBytes(Export("b.weights", "--format", "torchsharp")));
        Assert.Equal(File.ReadAllBytes(Model), File.ReadAllBytes(Export("c.dat", "--format", "safetensors")));
    }

    [Theory]
    [InlineData("model.onnx", 2)]
    [InlineData("model", 2)]
    [InlineData("no-such-folder/model.dat", 1)]
    [InlineData("no-such-folder/model.safetensors", 1)]
    public void Export_to_where_it_cannot_go_is_refused(string to, int exitCode)
    {
        Left("mnist-softmax");
        Assert.Equal(exitCode, Run(Path.Combine(_folder.FullName, to)));
        Assert.Equal([Model], Directory.GetFiles(_folder.FullName));
    }
}
