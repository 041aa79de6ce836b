using MiniBatch.Shared.Datasets;
using MiniBatch.Worker.Computation;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Computation;

public sealed class BatchTensorsTests
{
    private static readonly LabelledImages Data = SyntheticImages.Create(50, seed: 1).Train;

    [Fact]
    public void Gather_gives_scaled_pixels_and_classes_in_the_order_asked_for()
    {
        using var batches = new BatchTensors();

        var (images, labels) = batches.Gather(Data, [7, 3, 7]);

        Assert.Equal([3, 1, 28, 28], images.shape);
        Assert.Equal((ScalarType.Float32, ScalarType.Int64), (images.dtype, labels.dtype));
        Assert.Equal(new[] { 7, 3, 7 }.SelectMany(i => Data.Image(i).ToArray()).Select(pixel => pixel / 255f), images.data<float>().ToArray());
        Assert.Equal([Data.Labels[7], Data.Labels[3], Data.Labels[7]], labels.data<long>().ToArray());
    }

    [Fact]
    public void Tensors_of_a_size_are_used_again_also_across_dispose_scopes()
    {
        using var batches = new BatchTensors();
        Tensor first;
        using (NewDisposeScope()) (first, _) = batches.Gather(Data, [1, 2]);
        batches.Gather(Data, [1, 2, 3]);

        Assert.Same(first, batches.Gather(Data, [4, 5]).Images);
        Assert.Equal(Data.Image(4)[100] / 255f, first.data<float>().ToArray()[100]);
    }

    [Fact]
    public void Any_number_of_sizes_keeps_few_tensors_and_disposing_leaves_none()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        var batches = new BatchTensors();
        for (var size = 1; size <= 40; size++)
        {
            batches.Gather(Data, Enumerable.Range(0, size).ToArray());
            Assert.InRange(Tensor.TotalCount - before, 2, 16);
        }

        batches.Dispose();

        Assert.Equal(before, Tensor.TotalCount);
    }
}
