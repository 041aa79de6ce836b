using System.Runtime.InteropServices;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Computation;

/// <summary>Pinned kernels give a slot's gradient the same bits wherever its operands lie, and whichever thread computes it.</summary>
public sealed class KernelsRepeatTests
{
    /// <summary>Floats from a multiple of 64 bytes: libtorch's own memory, and places where a vector of AVX2 or AVX-512 straddles a line.</summary>
    private static readonly int[] Offsets = [0, 1, 4, 8, 15];

    [Theory]
    [InlineData("mnist-softmax")]
    [InlineData("mnist-mlp")]
    [InlineData("mnist-cnn")]
    public void Gradient_of_a_slot_has_the_same_bits_wherever_its_operands_lie(string workload)
    {
        foreach (var samples in new[] { 2, 25, 33, 50 })
            Assert.Single(Offsets.SelectMany(of => Offsets.Select(images => Gradient(workload, samples, of, images))).Distinct());
    }

    [Theory]
    [InlineData("mnist-mlp")]
    [InlineData("mnist-cnn")]
    public void Gradient_of_a_slot_has_the_same_bits_on_every_thread(string workload)
    {
        var expected = Gradient(workload, 50, 0, 0);
        for (var i = 0; i < 4; i++)
        {
            var got = "";
            var thread = new Thread(() => got = Gradient(workload, 50, 0, 0));
            thread.Start();
            thread.Join();
            Assert.Equal(expected, got);
        }
    }

    /// <summary>SHA-256 of the gradient of one slot, with parameters and images so many floats beside where libtorch would put them.</summary>
    private static string Gradient(string workload, int samples, int parameterOffset, int imageOffset)
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        using var model = WorkloadCatalog.Get(workload).CreateModel();
        using (no_grad())
        {
            foreach (var (_, parameter) in model.named_parameters()) parameter.set_(Moved(parameter, parameterOffset));
        }
        var images = Moved(rand(samples, 28, 28, 1), imageOffset).permute(0, 3, 1, 2);
        manual_seed(9);   // dropout's
        nn.functional.cross_entropy(model.call(images), randint(0, 10, new long[] { samples })).backward();
        return ParameterHash.Sha256OfFloats([.. model.parameters().SelectMany(Values)]);
    }

    private static Tensor Moved(Tensor tensor, int floats)
    {
        var room = empty([tensor.numel() + 16]);
        var moved = room.narrow(0, floats, tensor.numel()).view(tensor.shape);
        moved.copy_(tensor);
        return moved;
    }

    private static float[] Values(Parameter parameter)
    {
        using var gradient = parameter.grad!.contiguous();
        return MemoryMarshal.Cast<byte, float>(gradient.bytes).ToArray();
    }
}
