using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker.Computation;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Computation;

public sealed class ModelVectorTests
{
    [Theory]
    [InlineData("mnist-softmax", 7_850, "linear.weight[10,784] linear.bias[10]")]
    [InlineData("mnist-cnn", 50_186,
        "layer1.0.weight[32,1,3,3] layer1.0.bias[32] layer2.0.weight[64,32,3,3] layer2.0.bias[64] fc.weight[10,3136] fc.bias[10]")]
    [InlineData("mnist-mlp", 39_800, "fc1.weight[50,784] bn1.weight[50] bn1.bias[50] fc2.weight[10,50]",
        "bn1.running_mean[50] bn1.running_var[50]", "bn1.num_batches_tracked[]")]
    public void Layout_names_parameters_as_pytorch_does_in_its_order(
        string workload, int count, string parameters, string buffers = "", string counters = "")
    {
        using var model = WorkloadCatalog.Get(workload).CreateModel();

        var layout = new ModelVector(model, Objective.CrossEntropy).Layout;

        Assert.Equal((parameters, buffers, counters), (Show(layout.Parameters), Show(layout.Buffers), Show(layout.Counters)));
        Assert.Equal((count, count + layout.BufferCount), (layout.ParameterCount, layout.TotalCount));

        static string Show(IEnumerable<TensorLayout> tensors) =>
            string.Join(" ", tensors.Select(tensor => $"{tensor.Name}[{string.Join(",", tensor.Shape)}]"));
    }

    [Fact]
    public void Load_then_save_gives_the_same_bits()
    {
        using var model = WorkloadCatalog.Get("mnist-cnn").CreateModel();
        var vector = new ModelVector(model, Objective.CrossEntropy);
        var random = new Random(4);
        var version = Enumerable.Range(0, 50_186).Select(_ => random.NextSingle() - 0.5f).ToArray();
        version[0] = -0f;
        var saved = new float[version.Length];

        vector.Load(version);
        vector.Save(saved);

        AssertFloats.SameBits(version, saved);
        var (name, last) = model.named_parameters().Last();
        Assert.Equal("fc.bias", name);
        Assert.Equal(version[^10..], last.data<float>().ToArray());
    }

    [Fact]
    public void Buffers_lie_after_the_parameters_and_are_put_back_alone()
    {
        using var model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2));
        var vector = new ModelVector(model, Objective.CrossEntropy);
        Assert.Equal(["1.running_mean", "1.running_var"], vector.Layout.Buffers.Select(buffer => buffer.Name));   // no counter: it is an int64
        Assert.Equal((12, 4), (vector.Layout.ParameterCount, vector.Layout.BufferCount));
        var version = Enumerable.Range(0, 16).Select(i => (float)i).ToArray();
        vector.Load(version);

        model.forward(rand(5, 3));   // batch norm moves its averages

        var (moved, back) = (new float[16], new float[16]);
        vector.Save(moved);
        vector.ResetBuffers();
        vector.Save(back);
        Assert.Equal(version[..12], moved[..12]);
        Assert.NotEqual(version[12..], moved[12..]);
        Assert.Equal(version, back);
    }

    [Fact]
    public void Gradients_come_in_layout_order_and_are_cleared()
    {
        using var model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1));
        var vector = new ModelVector(model, Objective.CrossEntropy);
        float[] expected = [.. Enumerable.Repeat(1f, 6), 2, 2, 3, 3, 4];
        for (var pass = 0; pass < 2; pass++)
        {
            using var scope = NewDisposeScope();
            var loss = zeros(1);
            var factor = 1;
            foreach (var parameter in model.parameters()) loss = loss + parameter.sum() * factor++;
            loss.backward();
            var gradient = new float[11];

            vector.TakeGradient(gradient);

            Assert.Equal(expected, gradient);
        }
    }

    [Fact]
    public void Parameter_that_the_forward_pass_does_not_use_is_an_error()
    {
        using var model = nn.Linear(3, 2);
        Assert.Contains("no gradient", Assert.Throws<InvalidOperationException>(() => new ModelVector(model, Objective.CrossEntropy).TakeGradient(new float[8])).Message);
    }
}
