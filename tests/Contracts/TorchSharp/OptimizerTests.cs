using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Contracts;

/// <summary>Steps of the reference optimizers against their formulas, written out in doubles.</summary>
public sealed class OptimizerTests : IDisposable
{
    private const float Start = 1.0f;
    private static readonly float[] Gradients = [0.5f, -0.25f, 0.125f];

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    /// <summary>The weight after each step, with the given gradients.</summary>
    private static List<float> Run(Func<Parameter[], optim.Optimizer> make)
    {
        var weight = new Parameter(tensor(new[] { Start }));
        using var optimizer = make([weight]);
        var weights = new List<float>();
        foreach (var gradient in Gradients)
        {
            optimizer.zero_grad();
            (weight * gradient).sum().backward();
            optimizer.step();
            weights.Add(weight.item<float>());
        }
        return weights;
    }

    private static void Follows(Func<int, double, double, double> formula, List<float> weights)
    {
        double weight = Start;
        for (var step = 0; step < Gradients.Length; step++)
        {
            weight = formula(step + 1, weight, Gradients[step]);
            Assert.Equal(weight, weights[step], 1e-6);
        }
    }

    [Fact]
    public void Sgd_moves_by_learning_rate_times_gradient() =>
        Follows((_, w, g) => w - (0.1 * g), Run(ps => optim.SGD(ps, 0.1)));

    [Fact]
    public void Sgd_adds_weight_decay_to_the_gradient() =>
        Follows((_, w, g) => w - (0.1 * (g + (0.01 * w))), Run(ps => optim.SGD(ps, 0.1, weight_decay: 0.01)));

    [Fact]
    public void Sgd_with_momentum_starts_its_velocity_at_the_first_gradient()
    {
        double velocity = 0;
        Follows((step, w, g) => w - (0.1 * (velocity = step == 1 ? g : (0.9 * velocity) + g)), Run(ps => optim.SGD(ps, 0.1, momentum: 0.9)));
    }

    [Fact]
    public void Sgd_with_nesterov_looks_one_step_ahead()
    {
        double velocity = 0;
        Follows(
            (step, w, g) => w - (0.1 * (g + (0.9 * (velocity = step == 1 ? g : (0.9 * velocity) + g)))),
            Run(ps => optim.SGD(ps, 0.1, momentum: 0.9, nesterov: true)));
    }

    [Fact]
    public void Adam_divides_corrected_moments()
    {
        double m = 0, v = 0;
        Follows(
            (step, w, g) =>
            {
                m = (0.8 * m) + (0.2 * g);
                v = (0.99 * v) + (0.01 * g * g);
                return w - (0.05 * (m / (1 - Math.Pow(0.8, step))) / (Math.Sqrt(v / (1 - Math.Pow(0.99, step))) + 1e-6));
            },
            Run(ps => optim.Adam(ps, lr: 0.05, beta1: 0.8, beta2: 0.99, eps: 1e-6)));
    }

    [Fact]
    public void Adam_defaults_move_the_first_step_by_the_learning_rate() =>
        Assert.Equal(Start - 0.001f, Run(ps => optim.Adam(ps))[0], 1e-6f);

    [Fact]
    public void AdamW_shrinks_the_weight_before_its_step()
    {
        double m = 0, v = 0;
        Follows(
            (step, w, g) =>
            {
                m = (0.9 * m) + (0.1 * g);
                v = (0.999 * v) + (0.001 * g * g);
                return (w * (1 - (0.05 * 0.2))) - (0.05 * (m / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v / (1 - Math.Pow(0.999, step))) + 1e-8));
            },
            Run(ps => optim.AdamW(ps, lr: 0.05, weight_decay: 0.2)));
    }

    [Fact]
    public void AdamW_decays_nothing_unless_told_to() =>
        Assert.Equal(Run(ps => optim.Adam(ps)), Run(ps => optim.AdamW(ps)));

    [Fact]
    public void Adagrad_divides_by_the_root_of_the_sum_of_squares()
    {
        double sum = 0;
        Follows(
            (_, w, g) =>
            {
                g += 0.1 * w;
                sum += g * g;
                return w - (0.01 * g / (Math.Sqrt(sum) + 1e-10));
            },
            Run(ps => optim.Adagrad(ps, weight_decay: 0.1)));
    }

    [Fact]
    public void RmsProp_divides_by_the_root_of_a_mean_of_squares()
    {
        double square = 0;
        Follows(
            (_, w, g) =>
            {
                square = (0.99 * square) + (0.01 * g * g);
                return w - (0.01 * g / (Math.Sqrt(square) + 1e-8));
            },
            Run(ps => optim.RMSProp(ps)));
    }

    [Fact]
    public void Gradients_of_all_parameters_are_clipped_to_one_norm()
    {
        var (a, b) = (new Parameter(zeros(2)), new Parameter(zeros(1)));
        a.grad = tensor(new[] { 2f, 3f });
        b.grad = tensor(new[] { -6f });

        Assert.Equal(7, nn.utils.clip_grad_norm_([a, b], 3.5), 1e-6);
        Torch.Same([1f, 1.5f], a.grad!);
        Torch.Same([-3f], b.grad!);
        Assert.Equal(3.5, nn.utils.clip_grad_norm_([a, b], 100), 1e-5);
        Torch.Same([-3f], b.grad!);
    }

    [Fact]
    public void Gradients_are_clipped_value_by_value()
    {
        var weight = new Parameter(zeros(3));
        weight.grad = tensor(new[] { 2f, -3f, 0.5f });
        nn.utils.clip_grad_value_([weight], 1);
        Torch.Same([1f, -1f, 0.5f], weight.grad!);
    }

    [Fact]
    public void Learning_rate_can_be_changed_between_steps()
    {
        var weight = new Parameter(tensor(new[] { Start }));
        using var optimizer = optim.SGD([weight], 0.1);
        weight.grad = ones(1);
        foreach (var group in optimizer.ParamGroups)
        {
            Assert.Equal(0.1, group.LearningRate);
            group.LearningRate = 0.5;
        }
        optimizer.step();
        Torch.Same([0.5f], weight);
    }

    [Fact]
    public void Zero_grad_zeroes_what_the_last_step_left()
    {
        var weight = new Parameter(tensor(new[] { Start }));
        using var optimizer = optim.SGD([weight], 0.1);
        weight.grad = ones(1);
        optimizer.zero_grad();
        optimizer.step();
        Torch.Same([Start], weight);
    }

    [Fact]
    public void Xor_is_learnt_in_ten_thousand_steps()
    {
        manual_seed(777);
        using var model = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 1), nn.Sigmoid());
        using var optimizer = optim.SGD(model.parameters(), 1);
        var (x, y) = (tensor(new float[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }), tensor(new float[,] { { 0 }, { 1 }, { 1 }, { 0 } }));
        var losses = new Dictionary<int, float>();
        for (var step = 0; step <= 10_000; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var loss = nn.functional.binary_cross_entropy(model.call(x), y);
            loss.backward();
            optimizer.step();
            if (step is 0 or 100 or 1000 or 10_000) losses[step] = loss.item<float>();
        }
        Assert.Equal(0.7434073, losses[0], 1e-6);
        Assert.Equal(0.69317, losses[100], 1e-4);
        Assert.Equal(0.69310, losses[1000], 1e-4);
        Assert.Equal(0.00123, losses[10_000], 1e-4);
    }
}
