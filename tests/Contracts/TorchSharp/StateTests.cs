using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Contracts;

/// <summary>A module's state by name, and TorchSharp's own file format.</summary>
public sealed class StateTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    private static nn.Module<Tensor, Tensor> Network() => nn.Sequential(("fc", nn.Linear(3, 2)), ("bn", nn.BatchNorm1d(2)), ("out", nn.Linear(2, 1, hasBias: false)));

    private static byte[] Saved(nn.Module module, params string[] skip)
    {
        using var stream = new MemoryStream();
        module.save(stream, skip);
        return stream.ToArray();   // of a closed stream too
    }

    [Fact]
    public void State_dict_has_all_parameters_then_all_buffers_themselves()
    {
        using var model = Network();
        var state = model.state_dict();
        Assert.Equal(
            ["fc.weight", "fc.bias", "bn.weight", "bn.bias", "out.weight", "bn.running_mean", "bn.running_var", "bn.num_batches_tracked"], state.Keys);
        Assert.Same(model.parameters().First(), state["fc.weight"]);
        Assert.Equal(ScalarType.Int64, state["bn.num_batches_tracked"].dtype);
        Assert.Equal("net.fc.weight", model.state_dict(prefix: "net").Keys.First());
    }

    [Fact]
    public void Buffer_that_is_not_persistent_is_no_part_of_the_state()
    {
        using var model = Network();
        model.register_buffer("mask", ones(2), persistent: false);
        Assert.Contains("mask", model.named_buffers().Select(buffer => buffer.name));
        Assert.DoesNotContain("mask", model.state_dict().Keys);
    }

    [Fact]
    public void Saved_bytes_are_the_documented_format()
    {
        using var model = nn.Linear(2, 1);
        nn.init.ones_(model.weight);
        nn.init.zeros_(model.bias!);
        Assert.Equal(
            "02"                                                        // two tensors
            + "06" + "776569676874" + "06" + "02" + "01" + "02" + "0000803F" + "0000803F"   // "weight", float32, [1, 2]
            + "04" + "62696173" + "06" + "01" + "01" + "00000000",                          // "bias", float32, [1]
            Convert.ToHexString(Saved(model)));
    }

    [Fact]
    public void Numbers_above_127_take_two_bytes_and_scalars_have_no_sizes()
    {
        using var model = nn.BatchNorm1d(300);
        var hex = Convert.ToHexString(Saved(model, "weight", "bias", "running_mean"));
        Assert.StartsWith("02" + "0B" + "72756E6E696E675F766172" + "06" + "01" + "AC02" + "0000803F", hex, StringComparison.Ordinal);
        Assert.EndsWith("13" + "6E756D5F626174636865735F747261636B6564" + "04" + "00" + "0000000000000000", hex, StringComparison.Ordinal);
    }

    [Fact]
    public void Loaded_module_computes_what_the_saved_one_does()
    {
        using var model = Network();
        model.call(rand(8, 3)).Dispose();   // moves the statistics
        using var other = Network();
        Assert.Same(other, other.load(new MemoryStream(Saved(model))));
        var x = rand(4, 3);
        model.eval();
        other.eval();
        Assert.True(other.call(x).Equals(model.call(x)));
        Assert.All(other.parameters(), parameter => Assert.True(parameter is { requires_grad: true, is_leaf: true }));
        Assert.Equal(1, other.state_dict()["bn.num_batches_tracked"].item<long>());
    }

    [Fact]
    public void File_is_saved_and_loaded_by_its_path()
    {
        var folder = Directory.CreateTempSubdirectory("minibatch-test-");
        try
        {
            var path = Path.Combine(folder.FullName, "model.dat");
            using var model = nn.Linear(3, 2);
            Assert.Same(model, model.save(path));
            using var other = nn.Linear(3, 2);
            other.load(path);
            Assert.True(other.weight.Equals(model.weight));
            Assert.Throws<FileNotFoundException>(() => other.load(path + ".none"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void State_of_another_module_is_refused()
    {
        using var model = nn.Linear(3, 2);
        using var wider = nn.Linear(4, 2);
        Assert.Throws<ArgumentException>(() => wider.load(new MemoryStream(Saved(model))));       // shapes
        Assert.Throws<ArgumentException>(() => model.load(new MemoryStream(Saved(model, "bias")))); // how many
        using var named = nn.Sequential(("fc", nn.Linear(3, 2)));
        Assert.Throws<ArgumentException>(() => named.load(new MemoryStream(Saved(model))));       // names
        using var doubles = nn.Linear(3, 2, dtype: float64);
        Assert.Throws<ArgumentException>(() => doubles.load(new MemoryStream(Saved(model))));     // types
    }

    [Fact]
    public void Names_may_be_left_out_where_that_is_asked_for()
    {
        using var model = nn.Linear(3, 2);
        using var other = nn.Linear(3, 2);
        var bias = other.bias!.clone();
        var loaded = new Dictionary<string, bool>();
        other.load(new MemoryStream(Saved(model)), skip: ["bias"], loadedParameters: loaded);
        Assert.True(other.weight.Equals(model.weight));
        Assert.True(other.bias!.Equals(bias));
        Assert.Equal(["weight", "bias"], loaded.Keys);

        using var larger = Network();
        using var part = nn.Sequential(("fc", nn.Linear(3, 2)), ("other", nn.Linear(3, 2)));
        larger.load(new MemoryStream(Saved(part)), strict: false);
        Assert.True(larger.state_dict()["fc.weight"].Equals(part.state_dict()["fc.weight"]));
    }
}
