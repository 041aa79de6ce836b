using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MiniBatch.Contracts;

/// <summary>Networks as the workloads build them: names and order of parameters, shapes, modes, losses.</summary>
public sealed class ModuleTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    private sealed class Cnn : nn.Module<Tensor, Tensor>
    {
        private readonly Sequential layer1;
        private readonly Sequential layer2;
        private readonly Linear fc;

        public Cnn()
            : base("cnn")
        {
            layer1 = nn.Sequential(nn.Conv2d(1, 32, 3, stride: 1, padding: 1), nn.ReLU(), nn.MaxPool2d(2));
            layer2 = nn.Sequential(nn.Conv2d(32, 64, 3, stride: 1, padding: 1), nn.ReLU(), nn.MaxPool2d(2));
            fc = nn.Linear(3136, 10);
            nn.init.xavier_uniform_(fc.weight);
            RegisterComponents();
        }

        public List<long[]> Shapes { get; } = [];

        public override Tensor forward(Tensor input)
        {
            Shapes.Clear();
            var a = Seen(layer1.call(Seen(input)));
            return Seen(fc.call(Seen(Seen(layer2.call(a)).view(-1, 3136))));
        }

        private Tensor Seen(Tensor tensor)
        {
            Shapes.Add(tensor.shape);
            return tensor;
        }
    }

    private sealed class Matrix : nn.Module<Tensor, Tensor>
    {
        private readonly Parameter weight = nn.Parameter(full2x4());
        private readonly Tensor scale = ones(1);

        public Matrix()
            : base("matrix") => RegisterComponents();

        public override Tensor forward(Tensor input) => weight.matmul(input) * scale;

        private static Tensor full2x4() => ones(2, 4).mul(0.5f);
    }

    private static Sequential Mlp() => nn.Sequential(
        ("fc1", nn.Linear(784, 50, hasBias: false)), ("bn", nn.BatchNorm1d(50)), ("relu", nn.ReLU()),
        ("drop", nn.Dropout(0.5)), ("fc2", nn.Linear(50, 10, hasBias: false)));

    [Fact]
    public void Forward_hook_sees_each_call_until_it_is_removed()
    {
        using var model = nn.Sequential(nn.Linear(3, 2), nn.ReLU());
        var seen = new List<(string Layer, long[] In, long[] Out)>();
        var layer = (nn.Module<Tensor, Tensor>)model.children().First();
        var hook = layer.register_forward_hook((module, input, output) =>
        {
            seen.Add((module.GetName(), input.shape, output.shape));
            return null!;   // the result stays
        });

        Assert.Equal([5, 2], model.call(ones(5, 3)).shape);
        layer.forward(ones(5, 3));   // no call
        hook.remove();
        model.call(ones(5, 3));

        var (name, inputs, outputs) = Assert.Single(seen);
        Assert.Equal("Linear", name);
        Assert.Equal([5, 3], inputs);
        Assert.Equal([5, 2], outputs);
    }

    [Fact]
    public void Forward_hooks_result_takes_the_place_of_the_calls()
    {
        using var relu = nn.ReLU();
        relu.register_forward_hook((_, _, output) => output + 1);
        relu.register_forward_hook((_, _, output) => output * 10);

        Assert.Equal(30, relu.call(tensor(2f)).item<float>());
    }

    [Fact]
    public void Parameters_are_named_and_ordered_as_in_pytorch()
    {
        using var model = new Cnn();
        Assert.Equal(
            ["layer1.0.weight", "layer1.0.bias", "layer2.0.weight", "layer2.0.bias", "fc.weight", "fc.bias"],
            model.named_parameters().Select(p => p.name));
        Assert.Equal([[32, 1, 3, 3], [32], [64, 32, 3, 3], [64], [10, 3136], [10]], model.parameters().Select(p => p.shape));
        Assert.All(model.parameters(), p => Assert.True(p is { requires_grad: true, is_leaf: true }));
        Assert.Equal(["layer1", "layer2", "fc"], model.named_children().Select(c => c.name));
    }

    [Fact]
    public void Batch_norm_registers_its_statistics_as_buffers()
    {
        using var model = Mlp();
        Assert.Equal(["fc1.weight", "bn.weight", "bn.bias", "fc2.weight"], model.named_parameters().Select(p => p.name));
        Assert.Equal(39_800, model.parameters().Sum(p => p.numel()));
        Assert.Equal(["bn.running_mean", "bn.running_var", "bn.num_batches_tracked"], model.named_buffers().Select(b => b.name));
        Assert.Equal(ScalarType.Int64, model.buffers().Last().dtype);
    }

    [Fact]
    public void Fields_that_are_parameters_or_tensors_are_registered_by_name()
    {
        using var model = new Matrix();
        Assert.Equal(["weight"], model.named_parameters().Select(p => p.name));
        Assert.Equal(["scale"], model.named_buffers().Select(b => b.name));
    }

    [Fact]
    public void Dog_and_wolf_example_has_the_gradients_of_the_lesson()
    {
        using var model = new Matrix();
        var target = tensor(new float[] { 1, 0 });
        var answer = model.call(tensor(new[] { 0.2f, 0.3f, 0.1f, 0.9f }));
        Torch.Same([0.75f, 0.75f], answer);
        var loss = 0.5f * (answer - target).pow(2).sum();
        Assert.Equal(0.3125f, loss.item<float>());
        loss.backward();
        var gradient = model.parameters().Single().grad!;
        Assert.Equal(-0.225f, gradient[0, 3].item<float>(), 1e-6f);
        Assert.Equal(0.675f, gradient[1, 3].item<float>(), 1e-6f);
    }

    [Fact]
    public void Cnn_has_the_shapes_of_the_lesson_and_a_first_loss_near_ln_10()
    {
        manual_seed(1);
        using var model = new Cnn();
        var loss = F.cross_entropy(model.call(rand(8, 1, 28, 28)), arange(8));
        Assert.Equal([[8, 1, 28, 28], [8, 32, 14, 14], [8, 64, 7, 7], [8, 3136], [8, 10]], model.Shapes);
        Assert.InRange(loss.item<float>(), Math.Log(10) - 0.35, Math.Log(10) + 0.35);
        loss.backward();
        Assert.All(model.named_parameters(), p => Assert.Equal(p.parameter.shape, p.parameter.grad!.shape));
    }

    [Fact]
    public void Softmax_regression_with_zero_weights_has_the_loss_ln_10()
    {
        using var model = nn.Linear(784, 10);
        nn.init.zeros_(model.weight);
        nn.init.zeros_(model.bias!);
        Assert.Equal(Math.Log(10), F.cross_entropy(model.call(rand(100, 784)), zeros(100, dtype: int64)).item<float>(), 1e-6);
    }

    [Fact]
    public void Reduction_chooses_mean_sum_or_each_sample()
    {
        var scores = zeros(3, 10);
        var labels = tensor(new long[] { 1, 2, 3 });
        var ln10 = (float)Math.Log(10);
        Torch.Same([ln10], F.cross_entropy(scores, labels));
        Torch.Same([3 * ln10], F.cross_entropy(scores, labels, reduction: nn.Reduction.Sum), 1e-5f);
        Torch.Same([ln10, ln10, ln10], F.cross_entropy(scores, labels, reduction: nn.Reduction.None));
        Torch.Same([5], F.mse_loss(zeros(2), tensor(new float[] { 1, 3 })));
        Torch.Same([2], F.l1_loss(zeros(2), tensor(new float[] { -1, 3 })));
        Torch.Same([(float)Math.Log(2)], F.binary_cross_entropy(ones(2).mul(0.5f), tensor(new float[] { 1, 0 })));
    }

    [Fact]
    public void Activations_bend_below_zero_as_their_formulas_say()
    {
        var x = tensor(new float[] { -2, 3 });
        Torch.Same([0, 3], F.relu(x));
        Torch.Same([-0.2f, 3], F.leaky_relu(x, 0.1));
        Torch.Same([MathF.Exp(-2) - 1, 3], F.elu(x, 1.0));
        Torch.Same([2 / (1 + MathF.Exp(4)) - 1, 2 / (1 + MathF.Exp(-6)) - 1], F.tanh(x));
        Torch.Same([1 / (1 + MathF.Exp(2)), 1 / (1 + MathF.Exp(-3))], F.sigmoid(x));
    }

    [Fact]
    public void Convolution_arithmetic_floors()
    {
        long[] Shape(long height, long width, long kernel, long padding, long stride) =>
            F.conv2d(zeros(1, 1, height, width), zeros(1, 1, kernel, kernel), strides: [stride, stride], padding: [padding, padding]).shape[2..];
        Assert.Equal([55, 55], Shape(227, 227, 11, 0, 4));
        Assert.Equal([29, 29], Shape(64, 64, 7, 0, 2));
        Assert.Equal([28, 60], Shape(32, 64, 5, 0, 1));
        var image = tensor(new float[] { 1, 5, 2, 7, 3, 4, 0, 6 }, [1, 1, 2, 4]);
        Torch.Same([5, 7], F.max_pool2d(image, 2));
        Torch.Same([3.25f, 3.75f], F.avg_pool2d(image, 2));
    }

    [Fact]
    public void Class_out_of_range_is_refused() =>
        Assert.Throws<ExternalException>(() => F.cross_entropy(zeros(1, 10), tensor(new long[] { 10 })));

    [Fact]
    public void Train_and_eval_reach_every_submodule()
    {
        using var model = Mlp();
        Assert.True(model.training);
        model.eval();
        Assert.All(model.children(), child => Assert.False(child.training));
        model.train();
        Assert.All(model.children(), child => Assert.True(child.training));
    }

    [Fact]
    public void Dropout_scales_what_it_keeps_and_does_nothing_in_evaluation()
    {
        using var dropout = nn.Dropout(0.5);
        manual_seed(5);
        var values = Torch.Floats(dropout.call(ones(1000)));
        Assert.Equal([0f, 2f], values.Distinct().Order());
        Assert.InRange(values.Count(value => value == 0), 400, 600);
        manual_seed(5);
        Torch.Same(values, dropout.call(ones(1000)));
        dropout.eval();
        Torch.Same([1, 1, 1], dropout.call(ones(3)));
    }

    [Fact]
    public void Batch_norm_normalises_by_the_batch_and_moves_its_statistics()
    {
        using var norm = nn.BatchNorm1d(1);
        var batch = tensor(new float[] { 1, 3 }, [2, 1]);
        Torch.Same([-1, 1], norm.call(batch), 1e-4f);
        Torch.Same([0.2f], norm.running_mean!); // 0.9·0 + 0.1·2
        Torch.Same([1.1f], norm.running_var!); // 0.9·1 + 0.1·2, the unbiased variance
        Assert.Equal(1L, norm.num_batches_tracked!.item<long>());
        norm.eval();
        Torch.Same([(1 - 0.2f) / MathF.Sqrt(1.1f), (3 - 0.2f) / MathF.Sqrt(1.1f)], norm.call(batch), 1e-4f);
        Assert.Equal(1L, norm.num_batches_tracked!.item<long>());
    }

    [Fact]
    public void Zero_grad_lets_go_or_zeroes()
    {
        using var model = nn.Linear(2, 1);
        model.call(ones(1, 2)).sum().backward();
        model.zero_grad(set_to_none: false);
        Torch.Same([0, 0], model.weight.grad!);
        model.zero_grad();
        Assert.Null(model.weight.grad);
    }

    [Fact]
    public void Parameter_takes_its_tensors_place()
    {
        var data = ones(2);
        var parameter = new Parameter(data);
        Assert.True(data.IsInvalid);
        Assert.True(parameter.requires_grad);
        Assert.True(_scope.Contains(parameter));
    }

    [Fact]
    public void Dispose_of_a_module_disposes_its_parameters()
    {
        var model = Mlp();
        var parameters = model.parameters().Concat(model.buffers()).ToList();
        model.Dispose();
        Assert.All(parameters, parameter => Assert.True(parameter.IsInvalid));
    }

    [Fact]
    public void Module_moved_to_its_own_device_computes_the_same()
    {
        using var model = Mlp();
        model.eval();
        var x = rand(2, 784);
        var before = model.call(x);
        Assert.Same(model, model.to(CPU));
        Assert.True(model.call(x).Equals(before));
        Assert.All(model.parameters(), p => Assert.True(p is { requires_grad: true, is_leaf: true }));
    }

    [Fact]
    public void Wrong_input_is_refused_with_libtorchs_words()
    {
        using var model = nn.Linear(3, 1);
        var thrown = Assert.Throws<ExternalException>(() => model.call(zeros(1, 2)));
        Assert.Contains("shapes cannot be multiplied", thrown.Message, StringComparison.Ordinal);
    }
}
