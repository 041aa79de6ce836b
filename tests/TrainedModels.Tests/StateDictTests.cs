using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.TrainedModels.Tests;

public sealed class StateDictTests
{
    private static TrainedModel Of(string workload, IReadOnlyList<NamedTensor> tensors) =>
        new("the-file", tensors, WorkloadCatalog.Get(workload), new ModelOrigin(workload));

    private static List<NamedTensor> Made(string workload)
    {
        manual_seed(5);
        using var model = WorkloadCatalog.Get(workload).CreateModel();
        return [.. StateDict.Save(model)];
    }

    private static string Refused(string workload, IReadOnlyList<NamedTensor> tensors) =>
        Assert.Throws<WeightsException>(() => StateDict.Load(Of(workload, tensors))).Message;

    [Theory]
    [InlineData("mnist-softmax")]
    [InlineData("mnist-mlp")]
    [InlineData("mnist-cnn")]
    public void What_is_saved_is_loaded_bit_for_bit_in_any_order(string workload)
    {
        var tensors = Made(workload);
        manual_seed(6);
        using var model = StateDict.Load(Of(workload, [.. tensors.AsEnumerable().Reverse()]));
        Assert.False(model.training);
        Assert.Equal(
            tensors.Select(tensor => (tensor.Name, Convert.ToHexString(tensor.Bytes.Span))),
            StateDict.Save(model).Select(tensor => (tensor.Name, Convert.ToHexString(tensor.Bytes.Span))));
    }

    [Fact]
    public void State_has_the_names_shapes_and_types_of_pytorchs_state_dict() => Assert.Equal(
        [
            "fc1.weight F32[50, 784]", "bn1.weight F32[50]", "bn1.bias F32[50]", "fc2.weight F32[10, 50]",
            "bn1.running_mean F32[50]", "bn1.running_var F32[50]", "bn1.num_batches_tracked I64[]",
        ],
        Made("mnist-mlp").Select(tensor => $"{tensor.Name} {tensor.Type}[{string.Join(", ", tensor.Shape)}]"));

    [Fact]
    public void Model_of_another_shape_is_refused_with_the_first_tensor_that_differs()
    {
        var tensors = Made("mnist-softmax");
        tensors[0] = NamedTensor.OfFloats("linear.weight", [10, 100], new float[1000]);
        Assert.Equal("the-file has linear.weight as F32[10, 100], and the model of mnist-softmax as F32[10, 784]: it is another model's.", Refused("mnist-softmax", tensors));
        tensors[0] = NamedTensor.OfInt64s("linear.weight", [10, 784], new long[7840]);
        Assert.Contains("linear.weight as I64[10, 784], and", Refused("mnist-softmax", tensors), StringComparison.Ordinal);
    }

    [Fact]
    public void Model_with_too_few_or_too_many_tensors_is_refused_by_name()
    {
        Assert.Equal("the-file has no tensor fc1.weight, which the model of mnist-mlp has: it is another model's.", Refused("mnist-mlp", Made("mnist-softmax")));
        var tensors = Made("mnist-softmax");
        tensors.Add(NamedTensor.OfFloats("extra", [1], [1]));
        Assert.Equal("the-file has a tensor extra, which the model of mnist-softmax has not: it is another model's.", Refused("mnist-softmax", tensors));
    }
}
