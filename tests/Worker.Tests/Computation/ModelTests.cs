using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Workloads;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Computation;

/// <summary>The models of the catalogue, as they are before the first step.</summary>
public sealed class ModelTests
{
    public static TheoryData<string> Names => [.. WorkloadCatalog.All.Where(workload => workload.Data is DatasetDescription).Select(workload => workload.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Model_maps_images_to_logits_and_first_guesses_at_random(string workload)
    {
        var spec = Runs.Spec(workload);
        using var computer = Runs.Computer(spec);
        using var scope = NewDisposeScope();
        using var model = WorkloadCatalog.Get(workload).CreateModel();

        Assert.Equal([5, 10], model.call(zeros(5, 1, 28, 28)).shape);
        var (samples, lossSum, _) = computer.EvaluateBlock(0);
        Assert.InRange(lossSum / samples, Math.Log(10) - 0.4, Math.Log(10) + 0.4);
    }

    [Fact]
    public void Linear_weight_of_the_cnn_is_xavier_uniform()
    {
        manual_seed(1);
        using var model = new Cnn();
        var weight = model.named_parameters().Single(p => p.name == "fc.weight").parameter.data<float>().ToArray();
        var bound = MathF.Sqrt(6f / (7 * 7 * 64 + 10));

        Assert.All(weight, value => Assert.InRange(value, -bound, bound));
        Assert.InRange(weight.Max(), 0.99f * bound, bound);
        Assert.InRange(weight.Min(), -bound, -0.99f * bound);
        Assert.InRange(weight.Average(), -0.02f * bound, 0.02f * bound);
    }

    [Theory]
    [InlineData("mnist-softmax")]
    [InlineData("mnist-cnn")]
    public void Initial_parameters_depend_on_the_seed_and_on_nothing_else(string workload)
    {
        using var first = Runs.Computer(Runs.Spec(workload, seed: 7));
        first.Gradient(1, 0, 0);
        rand(1000).Dispose();   // whatever was drawn in between
        using var second = Runs.Computer(Runs.Spec(workload, seed: 7, batch: 12, slots: 2));
        using var other = Runs.Computer(Runs.Spec(workload, seed: 8));

        AssertFloats.SameBits(first.Version(), second.Version());
        Assert.NotEqual(first.Version(), other.Version());
    }

    [Fact]
    public void Seed_beyond_an_int64_is_a_seed_too()
    {
        using var a = Runs.Computer(Runs.Spec(seed: ulong.MaxValue));
        using var b = Runs.Computer(Runs.Spec(seed: ulong.MaxValue - 1));
        Assert.NotEqual(a.Version(), b.Version());
    }
}
