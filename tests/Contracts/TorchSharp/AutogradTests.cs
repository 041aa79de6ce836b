using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Contracts;

/// <summary>Gradients of worked examples, where they accumulate, and what libtorch refuses.</summary>
public sealed class AutogradTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    private static Tensor Leaf(float value) => tensor(value, requires_grad: true);

    private static float Grad(Tensor leaf) => leaf.grad!.item<float>();

    [Fact]
    public void Squared_error_of_a_line_has_the_gradients_of_the_chain_rule()
    {
        var (w, b) = (Leaf(0.5f), Leaf(0.25f));
        var z = (w * 2.0f) + b; // x = 2
        z.pow(2).backward(); // y = 0
        Assert.Equal(2 * 1.25f * 2, Grad(w));
        Assert.Equal(2 * 1.25f, Grad(b));
    }

    [Fact]
    public void Four_weights_in_two_layers_have_the_gradients_of_the_chain_rule()
    {
        var a = tensor(3.0f);
        var (w1, w2, w3, w4) = (Leaf(2), Leaf(3), Leaf(4), Leaf(5));
        var (b, c) = (w1 * a, w2 * a);
        (10.0f - ((w3 * b) + (w4 * c))).backward();
        Assert.Equal((-4 * 3f, -5 * 3f, -6f, -9f), (Grad(w1), Grad(w2), Grad(w3), Grad(w4)));
    }

    [Fact]
    public void Line_has_input_as_gradient_of_weight_and_weight_as_gradient_of_input()
    {
        var (w, x, b) = (Leaf(-2), Leaf(5), Leaf(3));
        ((w * x) + b).backward();
        Assert.Equal((5f, -2f, 1f), (Grad(w), Grad(x), Grad(b)));
    }

    [Fact]
    public void Gradients_accumulate_until_they_are_let_go_of()
    {
        var w = Leaf(1);
        Assert.Null(w.grad);
        (w * 3.0f).backward();
        (w * 4.0f).backward();
        Assert.Equal(7, Grad(w));
        w.grad = null;
        Assert.Null(w.grad);
    }

    [Fact]
    public void Grad_is_a_new_handle_each_time_on_the_same_memory()
    {
        var w = Leaf(1);
        (w * 3.0f).backward();
        var (first, second) = (w.grad!, w.grad!);
        Assert.NotSame(first, second);
        MemoryMarshal.Cast<byte, float>(first.bytes)[0] = 9;
        Assert.Equal(9, second.item<float>());
        first.Dispose();
        Assert.Equal(9, Grad(w));
    }

    [Fact]
    public void Grad_can_be_set()
    {
        var w = zeros(2, requires_grad: true);
        w.grad = ones(2);
        Torch.Same([1, 1], w.grad!);
    }

    [Fact]
    public void No_grad_records_nothing_on_its_thread_until_disposed()
    {
        var w = Leaf(1);
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((w * 2.0f).requires_grad);
            var elsewhere = false;
            var thread = new Thread(() => elsewhere = is_grad_enabled());
            thread.Start();
            thread.Join();
            Assert.True(elsewhere);
        }
        Assert.True(is_grad_enabled());
        Assert.True((w * 2.0f).requires_grad);
    }

    [Fact]
    public void Detached_tensor_shares_memory_and_no_graph()
    {
        var w = zeros(2, requires_grad: true);
        var free = w.detach();
        Assert.False(free.requires_grad);
        free.fill_(3);
        Torch.Same([3, 3], w);
        Assert.True(w.is_leaf);
        Assert.False((w * 2.0f).is_leaf);
    }

    [Fact]
    public void Shapes_that_do_not_fit_throw_libtorchs_words()
    {
        var thrown = Assert.Throws<ExternalException>(() => zeros(2, 3).matmul(zeros(2, 3)));
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", thrown.Message, StringComparison.Ordinal);
        Assert.Throws<ExternalException>(() => zeros(2).add(zeros(3)));
    }

    [Fact]
    public void Call_after_a_refused_one_is_not_disturbed_by_it()
    {
        Assert.Throws<ExternalException>(() => zeros(2).add(zeros(3)));
        Torch.Same([1, 1], zeros(2).add(1));
    }

    [Fact]
    public void Backward_of_more_than_one_element_or_of_nothing_recorded_is_refused()
    {
        Assert.Throws<ExternalException>(() => (zeros(2, requires_grad: true) * 2.0f).backward());
        Assert.Throws<ExternalException>(() => zeros(1).backward());
    }

    [Fact]
    public void Writing_in_place_into_a_leaf_is_refused_while_gradients_are_recorded()
    {
        var w = zeros(2, requires_grad: true);
        Assert.Throws<ExternalException>(() => w.add_(1));
        using (no_grad()) w.add_(1);
        Torch.Same([1, 1], w);
    }
}
