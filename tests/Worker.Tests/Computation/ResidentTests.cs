using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker.Computation;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Computation;

/// <summary>The way in which a GPU is used, taken on the CPU: there it must give the same bits as the CPU's own way.</summary>
public sealed class ResidentTests
{
    private static readonly LabelledImages Data = SyntheticImages.Create(50, seed: 1).Train;

    private static SlotComputer Computer(RunSpec spec, ComputePlace place) => new(spec, Runs.Data(spec).Samples, place);

    [Theory]
    [InlineData("mnist-softmax", 24)]
    [InlineData("mnist-mlp", 22)]    // two slot sizes; dropout; buffers that each slot changes
    [InlineData("mnist-cnn", 24)]
    public void Gradients_and_what_goes_with_them_have_the_bits_of_the_hosts_way(string workload, int batch)
    {
        var spec = Runs.Spec(workload, batch);
        using var host = Computer(spec, ComputePlace.Host);
        using var resident = Computer(spec, ComputePlace.HostAsGpu);
        Assert.Equal(host.ProbeSha256(), resident.ProbeSha256());
        AssertFloats.SameBits(host.Version(), resident.Version());
        var version = host.Version();
        var (expected, actual) = (new float[version.Length], new float[version.Length]);
        for (var step = 0; step < 5; step++)
        {
            for (var i = 0; i < version.Length; i++) version[i] -= 0.1f * expected[i] * (i < host.Vector.Layout.ParameterCount ? 1 : 0);
            host.Load(version);
            resident.Load(version);
            for (var slot = 0; slot < spec.Slots; slot++)
            {
                var ofHost = host.ComputeGradient(1 + step / 3, step, slot, expected);
                var ofResident = resident.ComputeGradient(1 + step / 3, step, slot, actual);

                AssertFloats.SameBits(expected, actual);
                Assert.Equal(ofHost with { Elapsed = default }, ofResident with { Elapsed = default });
            }
            Assert.Equal(host.EvaluateBlock(step % 3), resident.EvaluateBlock(step % 3));
        }
    }

    [Theory]
    [InlineData("mnist-softmax", LossReduction.Mean)]
    [InlineData("mnist-cnn", LossReduction.Sum)]
    public void Slot_of_several_parts_brings_the_score_of_each(string workload, LossReduction reduction)
    {
        var count = (2 * ComputePlace.Host.PartSamplesMax) + 7;
        var spec = Runs.Spec(workload, count, slots: 1, reduction: reduction) with { TrainCount = count, TestCount = 1 };
        using var host = Computer(spec, ComputePlace.Host);
        using var resident = Computer(spec, ComputePlace.HostAsGpu);
        var (expected, actual) = (new float[host.Vector.Layout.TotalCount], new float[host.Vector.Layout.TotalCount]);
        for (var i = 0; i < 2; i++)
        {
            var ofHost = host.ComputeGradient(1, 0, 0, expected);
            var ofResident = resident.ComputeGradient(1, 0, 0, actual);

            AssertFloats.SameBits(expected, actual);
            Assert.Equal(ofHost with { Elapsed = default }, ofResident with { Elapsed = default });
        }
    }

    public static TheoryData<string> OfTables => [.. WorkloadCatalog.All.Where(workload => workload.Data is TableDataset).Select(workload => workload.Name)];

    [Theory]
    [MemberData(nameof(OfTables))]
    public void Workload_of_a_table_has_the_bits_of_the_hosts_way(string name)
    {
        var workload = WorkloadCatalog.Get(name);
        var rows = workload.Data.TrainCount;
        var spec = Runs.Spec(name, rows, slots: Math.Min(2, rows), reduction: workload.Reduction) with
        {
            TrainCount = rows, TestCount = workload.Data.TestCount,
        };
        var data = workload.Data.Load(null);
        using var host = new SlotComputer(spec, data, ComputePlace.Host);
        using var resident = new SlotComputer(spec, data, ComputePlace.HostAsGpu);
        var (expected, actual) = (new float[host.Vector.Layout.TotalCount], new float[host.Vector.Layout.TotalCount]);
        for (var slot = 0; slot < spec.Slots; slot++)
        {
            var ofHost = host.ComputeGradient(1, 0, slot, expected);
            var ofResident = resident.ComputeGradient(1, 0, slot, actual);

            AssertFloats.SameBits(expected, actual);
            Assert.Equal(ofHost with { Elapsed = default }, ofResident with { Elapsed = default });
        }
        Assert.Equal(host.EvaluateBlock(0), resident.EvaluateBlock(0));
    }

    [Fact]
    public void Pixels_have_the_same_bits_put_together_on_the_host_or_on_the_device()
    {
        var images = new LabelledImages([.. Enumerable.Range(0, 4 * 784).Select(i => (byte)i)], [3, 1, 4, 9], 28, 28);   // every value
        int[] order = [0, 2, 3, 1, 2];
        using var host = new BatchTensors();
        using var resident = new ResidentSamples(CPU, channelsLast: true);
        foreach (var samples in new ArraySegment<int>[] { new(order, 1, 3), order, new(order, 4, 1) })
        {
            var expected = host.Gather(images, samples, classes: true);
            var actual = resident.Gather(images, samples, classes: true);

            AssertFloats.SameBits(expected.Inputs.data<float>().ToArray(), actual.Inputs.data<float>().ToArray());
            Assert.Equal(expected.Targets.data<long>().ToArray(), actual.Targets.data<long>().ToArray());
            Assert.Equal(expected.Inputs.shape, actual.Inputs.shape);
            Assert.Equal(expected.Targets.dtype, actual.Targets.dtype);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Images_lie_channels_last_or_plain_as_asked_for_with_the_same_values(bool channelsLast)
    {
        using var scope = NewDisposeScope();
        using var resident = new ResidentSamples(CPU, channelsLast);
        var images = resident.Gather(Data, new[] { 4, 9 }, classes: true).Inputs;

        Assert.Equal([2, 1, 28, 28], images.shape);
        Assert.Equal(Data.Image(9)[300] / 255f, images[1].view(-1)[300].item<float>());
        var made = nn.Conv2d(1, 8, kernel_size: 3).call(images);
        Assert.Equal(channelsLast, made.permute(0, 2, 3, 1).is_contiguous());
    }

    [Fact]
    public void Another_epochs_order_takes_the_place_of_the_last_one()
    {
        using var resident = new ResidentSamples(CPU, channelsLast: false);
        int[] first = [1, 2, 3], second = [4, 5, 6];

        Assert.Equal([Data.Labels[2]], resident.Gather(Data, new ArraySegment<int>(first, 1, 1), classes: true).Targets.data<long>().ToArray());
        Assert.Equal([Data.Labels[5]], resident.Gather(Data, new ArraySegment<int>(second, 1, 1), classes: true).Targets.data<long>().ToArray());
        Assert.Equal([Data.Labels[3]], resident.Gather(Data, new ArraySegment<int>(first, 2, 1), classes: true).Targets.data<long>().ToArray());
    }

    [Fact]
    public void A_thousand_slots_and_evaluations_leave_no_tensor_behind_nor_does_a_disposed_computer()
    {
        var spec = Runs.Spec("mnist-mlp", batch: 22);
        var countedTwice = Tensors.LeftBy(() => WorkloadCatalog.Get(spec.Workload).CreateModel().Dispose());

        var left = Tensors.LeftBy(() =>
        {
            using var computer = Computer(spec, ComputePlace.HostAsGpu);
            Compute(computer, 8);
            Assert.Equal(0, Tensors.LeftBy(() => Compute(computer, 1000)));
        });

        Assert.Equal(countedTwice, left);

        static void Compute(SlotComputer computer, int slots)
        {
            for (var i = 0; i < slots; i++) computer.Gradient(1 + (i / 40), i / 4 % 10, i % 4);
            computer.EvaluateBlock(2);
        }
    }

    [Fact]
    public void Places_follow_from_the_device()
    {
        Assert.Same(ComputePlace.Host, ComputePlace.Of(DeviceRequest.Cpu));
        Assert.NotEqual(ComputePlace.Host.PartSamplesMax, ComputePlace.Of(new DeviceRequest(DeviceKind.Cuda, 1)).PartSamplesMax);
    }
}
