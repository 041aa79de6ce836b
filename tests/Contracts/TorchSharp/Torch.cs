using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

// libtorch's generator and the count of live tensors belong to the process: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace MiniBatch.Contracts;

/// <summary>Words that the contract tests share.</summary>
internal static class Torch
{
    /// <summary>The elements of a contiguous float32 tensor, by way of its bytes.</summary>
    public static float[] Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes).ToArray();

    public static void Same(float[] expected, Tensor actual, float tolerance = 1e-6f)
    {
        var values = Floats(actual.contiguous());
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < values.Length; i++) Assert.True(Math.Abs(expected[i] - values[i]) <= tolerance, $"[{i}] is {values[i]}, not {expected[i]}");
    }
}
