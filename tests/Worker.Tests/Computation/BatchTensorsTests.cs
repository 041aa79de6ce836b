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
    public void Convolution_of_gathered_images_lies_channels_last_with_the_values_of_the_plain_layout()
    {
        using var scope = NewDisposeScope();
        using var batches = new BatchTensors();
        manual_seed(1);
        var convolution = nn.Conv2d(1, 8, kernel_size: 3, padding: 1);
        var images = batches.Gather(Data, [0, 1, 2]).Images;

        var made = convolution.call(images);                               // [3, 8, 28, 28]

        Assert.False(made.is_contiguous());
        Assert.True(made.permute(0, 2, 3, 1).is_contiguous());
        var plain = convolution.call(tensor(images.data<float>().ToArray(), [3, 1, 28, 28]));
        Assert.True(plain.is_contiguous());
        Assert.True((plain - made).abs().max().item<float>() < 1e-5f);
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
