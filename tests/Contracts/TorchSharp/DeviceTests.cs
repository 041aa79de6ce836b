using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Contracts;

/// <summary>What a worker on a GPU relies on, as far as it can be told on any machine.</summary>
public sealed class DeviceTests
{
    [Fact]
    public void Tf32_is_off_in_matrix_products_on_in_cudnn_and_each_is_switched_by_itself()
    {
        Assert.Equal((false, true), (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32));
        try
        {
            (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = (true, false);
            Assert.Equal((true, false), (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32));
        }
        finally
        {
            (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = (false, true);
        }
    }

    [Fact]
    public void Pinning_keeps_the_values_and_needs_a_gpu()
    {
        using var scope = NewDisposeScope();
        var values = tensor(new float[] { 1, 2, 3 });
        Assert.False(values.is_pinned());
        if (!cuda.is_available())
        {
            Assert.ThrowsAny<ExternalException>(() => values.pin_memory());
            return;
        }
        var pinned = values.pin_memory();
        Assert.True(pinned.is_pinned());
        Torch.Same([1, 2, 3], pinned);
    }

    [Fact]
    public void A_parameter_that_is_set_to_a_part_of_another_tensor_shares_its_memory_and_learns_as_before()
    {
        using var scope = NewDisposeScope();
        var layer = nn.Linear(2, 1, hasBias: false);
        var flat = tensor(new float[] { 7, 2, 3, 7 });
        using (no_grad()) layer.weight!.set_(flat.narrow(0, 1, 2).view(1, 2));

        var y = layer.call(tensor(new float[] { 10, 100 }, [1, 2]));
        y.sum().backward();

        Assert.Equal(320f, y.sum().item<float>());
        Assert.True(layer.weight.is_leaf && layer.weight.requires_grad);
        Torch.Same([10, 100], layer.weight.grad!);
        flat.mul_(2);
        Torch.Same([4, 6], layer.weight.detach());
    }

    [Fact]
    public void A_gradient_that_is_there_is_added_to_in_place_also_where_it_is_a_part_of_another_tensor()
    {
        using var scope = NewDisposeScope();
        var layer = nn.Linear(2, 1, hasBias: false);
        var flat = zeros(4);
        layer.weight!.grad = flat.narrow(0, 1, 2).view(1, 2);

        layer.call(tensor(new float[] { 10, 100 }, [1, 2])).sum().backward();
        Torch.Same([0, 10, 100, 0], flat);
        layer.call(tensor(new float[] { 1, 2 }, [1, 2])).sum().backward();
        Torch.Same([0, 11, 102, 0], flat);
    }

    [Fact]
    public void Division_by_a_tensor_of_one_element_is_ieee_division()
    {
        using var scope = NewDisposeScope();
        var pixels = arange(256, dtype: uint8);

        var units = pixels.to(float32).div_(tensor(255f));

        Assert.Equal(Enumerable.Range(0, 256).Select(pixel => pixel / 255f), Torch.Floats(units));
    }
}
