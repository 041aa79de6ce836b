using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests;

/// <summary>Counts TorchSharp's handles on tensors.</summary>
public static class Tensors
{
    /// <summary>How many more there are after some work than before it; those that nobody refers to are freed before each count.</summary>
    public static long LeftBy(Action work)
    {
        var before = Count();
        work();
        return Count() - before;
    }

    private static long Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
