using System.Runtime.InteropServices;
using MiniBatch.Shared.Workloads;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Workloads;

public sealed class CnnTests
{
    /// <summary>Four windows: a largest that is positive; two of them that tie; none that is positive, with a tie at 0; all negative.</summary>
    private static readonly float[] Windows =
    [
        -1, 3, 2, 2,
        0.5f, -2, 2, 1,
        0, -1, -3, -1,
        -1, 0, -1, -2,
    ];

    [Fact]
    public void Relu_after_the_pooling_is_the_function_and_the_gradient_of_relu_before_it_ties_included()
    {
        var (before, gradientBefore) = Through(x => Pool(nn.functional.relu(x)));
        var (after, gradientAfter) = Through(x => nn.functional.relu(Pool(x)));

        Assert.Equal([3, 2, 0, 0], after);
        Assert.Equal(before, after);
        Assert.Equal([0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], gradientAfter);
        Assert.Equal(gradientBefore, gradientAfter);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.9)]   // most windows have nothing that is positive, or ties at 0
    public void Model_has_the_loss_and_the_gradient_of_the_same_layers_with_relu_first(double blank)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        using var model = new Cnn();
        var images = rand(20, 1, 28, 28);
        images = images.where(rand(20, 1, 28, 28).gt(blank), zeros_like(images));
        var labels = randint(0, 10, new long[] { 20 });
        var parameters = model.named_parameters().ToDictionary(named => named.name, named => named.parameter);

        var loss = nn.functional.cross_entropy(model.call(images), labels);
        loss.backward();
        var gradients = parameters.ToDictionary(named => named.Key, named => Values(named.Value.grad!));
        foreach (var parameter in parameters.Values) parameter.grad!.zero_();
        var x = Pool(nn.functional.relu(nn.functional.conv2d(images, parameters["layer1.0.weight"], parameters["layer1.0.bias"], padding: [1, 1])));
        x = Pool(nn.functional.relu(nn.functional.conv2d(x, parameters["layer2.0.weight"], parameters["layer2.0.bias"], padding: [1, 1])));
        var lossFirst = nn.functional.cross_entropy(nn.functional.linear(x.flatten(1), parameters["fc.weight"], parameters["fc.bias"]), labels);
        lossFirst.backward();

        Assert.Equal(lossFirst.item<float>(), loss.item<float>());
        Assert.All(parameters, named => Assert.Equal(Values(named.Value.grad!), gradients[named.Key]));
    }

    private static Tensor Pool(Tensor x) => nn.functional.max_pool2d(x, 2, 2);

    private static (float[] Output, float[] Gradient) Through(Func<Tensor, Tensor> layers)
    {
        using var scope = NewDisposeScope();
        var x = tensor(Windows).view(1, 1, 4, 4).requires_grad_();
        var y = layers(x);
        y.mul(tensor(new float[] { 1, 2, 3, 4 }).view(1, 1, 2, 2)).sum().backward();
        return (Values(y.detach()), Values(x.grad!));
    }

    private static float[] Values(Tensor tensor)
    {
        using var contiguous = tensor.contiguous();
        return MemoryMarshal.Cast<byte, float>(contiguous.bytes).ToArray();
    }
}
