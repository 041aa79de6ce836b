using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MiniBatch.Contracts;

/// <summary>One seed gives the weights that PyTorch gives: layers draw from the generator what libtorch's own layers draw.</summary>
public sealed class InitialisationTests
{
    private static readonly float[,] Inputs = { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } };
    private static readonly float[,] Xor = { { 0 }, { 1 }, { 1 }, { 0 } };

    private static float FirstLoss(params nn.Module<Tensor, Tensor>[] layers)
    {
        using var scope = NewDisposeScope();
        using var model = nn.Sequential(layers);
        return F.binary_cross_entropy(model.call(tensor(Inputs)), tensor(Xor)).item<float>();
    }

    [Fact]
    public void Seed_777_gives_the_published_first_loss_of_the_xor_perceptron()
    {
        manual_seed(777);
        Assert.Equal(0.7273974418640137, FirstLoss(nn.Linear(2, 1), nn.Sigmoid()));
    }

    [Fact]
    public void Seed_777_gives_the_published_first_loss_of_the_xor_network()
    {
        manual_seed(777);
        Assert.Equal(0.7434073, FirstLoss(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 1), nn.Sigmoid()), 1e-6);
    }

    [Fact]
    public void Seed_777_gives_the_published_first_loss_of_the_deep_xor_network()
    {
        manual_seed(777);
        var loss = FirstLoss(
            nn.Linear(2, 10), nn.Sigmoid(), nn.Linear(10, 10), nn.Sigmoid(), nn.Linear(10, 10), nn.Sigmoid(), nn.Linear(10, 1), nn.Sigmoid());
        Assert.Equal(0.69490, loss, 1e-5);
    }

    [Fact]
    public void Linear_draws_its_weight_then_its_bias_within_one_over_the_root_of_fan_in()
    {
        manual_seed(1);
        using var layer = nn.Linear(4, 3);
        manual_seed(1);
        using var weight = nn.init.uniform_(empty(3, 4), -0.5, 0.5);
        using var bias = nn.init.uniform_(empty(3), -0.5, 0.5);

        Torch.Same(Torch.Floats(weight), layer.weight, 1e-7f);
        Torch.Same(Torch.Floats(bias), layer.bias!, 1e-7f);
    }

    [Fact]
    public void Conv2d_draws_its_weight_then_its_bias_within_one_over_the_root_of_fan_in()
    {
        manual_seed(1);
        using var layer = nn.Conv2d(4, 2, 2);
        manual_seed(1);
        using var weight = nn.init.uniform_(empty(2, 4, 2, 2), -0.25, 0.25);
        using var bias = nn.init.uniform_(empty(2), -0.25, 0.25);

        Torch.Same(Torch.Floats(weight), layer.weight, 1e-7f);
        Torch.Same(Torch.Floats(bias), layer.bias!, 1e-7f);
    }

    [Fact]
    public void Xavier_uniform_is_bounded_by_the_root_of_six_over_both_fans()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var weight = empty(10, 20);
        nn.init.xavier_uniform_(weight);

        var bound = (float)Math.Sqrt(6.0 / 30);
        var values = Torch.Floats(weight);
        Assert.All(values, value => Assert.InRange(value, -bound, bound));
        Assert.True(values.Max() > 0.9f * bound && values.Min() < -0.9f * bound);
    }

    [Fact]
    public void Kaiming_uniform_of_relu_is_bounded_by_the_root_of_six_over_fan_in()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var weight = empty(20, 10);
        nn.init.kaiming_uniform_(weight, nonlinearity: nn.init.NonlinearityType.ReLU);

        var bound = (float)Math.Sqrt(6.0 / 10);
        var values = Torch.Floats(weight);
        Assert.All(values, value => Assert.InRange(value, -bound, bound));
        Assert.True(values.Max() > 0.9f * bound && values.Min() < -0.9f * bound);
    }

    [Fact]
    public void Initialisation_of_a_parameter_leaves_it_a_leaf_that_learns()
    {
        using var layer = nn.Linear(2, 2);
        nn.init.ones_(layer.weight);
        nn.init.zeros_(layer.bias!);

        Assert.True(layer.weight is { is_leaf: true, requires_grad: true });
        Torch.Same([1, 1, 1, 1], layer.weight);
        Torch.Same([0, 0], layer.bias!);
    }

    [Fact]
    public void Generator_with_the_same_seed_repeats()
    {
        using var scope = NewDisposeScope();
        manual_seed(42);
        var first = randn(100);
        var between = rand(3);
        manual_seed(42);
        Assert.True(randn(100).Equals(first));
        Assert.True(rand(3).Equals(between));
    }
}
