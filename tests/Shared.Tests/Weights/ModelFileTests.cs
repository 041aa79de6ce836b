using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tests.Datasets;
using MiniBatch.Shared.Tests.Ledger;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Shared.Tests.Weights;

public sealed class ModelFileTests : IDisposable
{
    private static readonly ModelOrigin Known = new("mnist-cnn", "a-run", 600, CpuCapability.Avx2);

    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("model.safetensors");

    public void Dispose() => _folder.Dispose();

    private static NamedTensor[] Tensors(float last = 3) => [NamedTensor.OfFloats("fc.weight", [3], [1, 2, last]), NamedTensor.OfInt64s("n", [], [600])];

    private static string Refused<T>(Func<object> read)
        where T : Exception => Assert.Throws<T>(read).Message;

    [Fact]
    public void Model_says_itself_where_it_comes_from()
    {
        ModelFile.Write(Path, Tensors(), Known);
        var read = ModelFile.Read(Path, workload: null);
        Assert.Equal((Path, Known, "mnist-cnn"), (read.Path, read.Origin, read.Workload.Name));
        Assert.Equal(["fc.weight", "n"], read.Tensors.Select(tensor => tensor.Name).Order());
        Assert.Equal(Known, ModelFile.Read(_folder.Path, workload: "mnist-cnn").Origin);
    }

    [Fact]
    public void Every_flipped_bit_of_the_values_is_refused()
    {
        ModelFile.Write(Path, Tensors(), Known);
        var sound = File.ReadAllBytes(Path);
        for (var bit = 1; bit <= 20 * 8; bit++)
        {
            var damaged = sound.ToArray();
            damaged[^((bit + 7) / 8)] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(Path, damaged);
            Assert.Equal($"{Path} is damaged: its values do not have the hash that it states.", Refused<WeightsException>(() => ModelFile.Read(Path, null)));
        }
    }

    [Fact]
    public void Model_that_does_not_say_is_that_of_the_run_around_it()
    {
        RunDirectory.WriteJson(_folder.File("spec.json"), WrittenRun.SmallSpec);
        Safetensors.Write(Path, Tensors());
        Assert.Equal(
            new ModelOrigin(WrittenRun.SmallSpec.Workload, WrittenRun.SmallSpec.Run.Value, null, WrittenRun.SmallSpec.CpuCapability),
            ModelFile.Read(Path, null).Origin);
    }

    [Fact]
    public void Model_of_another_program_is_what_the_user_says()
    {
        Safetensors.Write(Path, Tensors());
        Assert.Equal(new ModelOrigin("fashion-mlp"), ModelFile.Read(Path, "fashion-mlp").Origin);
        Assert.Matches("model.safetensors does not say which workload it is of; add --workload with one of .*mnist-softmax", Refused<UserErrorException>(() => ModelFile.Read(Path, null)));
        Assert.Contains("unknown workload 'nothing'", Refused<UserErrorException>(() => ModelFile.Read(Path, "nothing")), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_a_wrapped_model_lose_their_prefix_where_all_have_it()
    {
        Safetensors.Write(Path, [NamedTensor.OfFloats("module.fc.weight", [1, 2], [1, 2]), NamedTensor.OfInt64s("module.n", [], [3])]);
        var read = ModelFile.Read(Path, "fashion-mlp").Tensors;
        Assert.Equal(["fc.weight", "n"], read.Select(tensor => tensor.Name).Order());
        var weight = read.Single(tensor => tensor.Name == "fc.weight");
        Assert.Equal([1, 2], weight.Shape);
        Assert.Equal([1f, 2f], weight.Floats.ToArray());
        Safetensors.Write(Path, [NamedTensor.OfFloats("module.fc.weight", [1], [1]), NamedTensor.OfFloats("fc.bias", [1], [1])]);
        Assert.Equal(["fc.bias", "module.fc.weight"], ModelFile.Read(Path, "fashion-mlp").Tensors.Select(tensor => tensor.Name).Order());
    }

    [Fact]
    public void Model_that_the_user_calls_otherwise_is_refused()
    {
        ModelFile.Write(Path, Tensors(), Known);
        Assert.Equal($"{Path} is a model of mnist-cnn, not of mnist-mlp; leave --workload out", Refused<UserErrorException>(() => ModelFile.Read(Path, "mnist-mlp")));
    }

    [Fact]
    public void Model_of_a_workload_that_this_program_does_not_have_is_refused()
    {
        ModelFile.Write(Path, Tensors(), Known with { Workload = "from-tomorrow" });
        Assert.Equal($"{Path} is a model of the workload 'from-tomorrow', which this program does not have.", Refused<WeightsException>(() => ModelFile.Read(Path, null)));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Model_with_values_that_are_no_numbers_is_refused(float value)
    {
        ModelFile.Write(Path, Tensors(last: value), Known);
        Assert.Contains("a value in fc.weight that is no finite number", Refused<WeightsException>(() => ModelFile.Read(Path, null)), StringComparison.Ordinal);
    }

    [Fact]
    public void Directory_without_model_or_checkpoint_is_refused() =>
        Assert.Contains("holds neither a model nor a checkpoint", Refused<UserErrorException>(() => ModelFile.Read(_folder.Path, null)), StringComparison.Ordinal);

    [Fact]
    public void File_that_is_no_safetensors_file_is_refused()
    {
        File.WriteAllText(Path, "weights, honestly");
        Assert.Contains("is not a whole safetensors file", Refused<WeightsException>(() => ModelFile.Read(Path, null)), StringComparison.Ordinal);
        File.WriteAllText(Path, "PK\u0003\u0004archive/data.pkl");
        Assert.Contains("./cluster export --model FILE --workload NAME", Refused<WeightsException>(() => ModelFile.Read(Path, null)), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Refused<WeightsException>(() => ModelFile.Read(Path + ".none", null)), StringComparison.Ordinal);
    }
}
