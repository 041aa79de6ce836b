using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.Tests.Computation;

public sealed class SlotComputerTests
{
    private const int Epoch = 2;
    private const int Step = 3;

    /// <summary>A larger slot goes through the model in parts of so many samples.</summary>
    private const int Parts = 500;

    [Theory]
    [InlineData("mnist-softmax")]
    [InlineData("mnist-mlp")]   // with dropout, and buffers that each slot changes
    [InlineData("mnist-cnn")]
    public void Gradient_is_the_same_bits_whatever_was_computed_before(string workload)
    {
        var spec = Runs.Spec(workload);
        using var fresh = Runs.Computer(spec);
        var expected = fresh.Gradient(Epoch, Step, slot: 1);
        using var used = Runs.Computer(spec);
        var random = new Random(1);
        for (var i = 0; i < 12; i++)
        {
            used.Gradient(epoch: 1 + random.Next(3), random.Next(10), random.Next(4));
            if (i == 5) used.EvaluateBlock(2);
            if (i == 7) used.Forward(new float[2 * 784], 2);   // somebody watches, and asks
            manual_seed(i);
        }

        AssertFloats.SameBits(expected, used.Gradient(Epoch, Step, slot: 1));
        AssertFloats.SameBits(expected, used.Gradient(Epoch, Step, slot: 1));
        Assert.NotEqual(expected, used.Gradient(Epoch, Step, slot: 2));
    }

    [Theory]
    [InlineData("mnist-mlp")]
    [InlineData("mnist-cnn")]
    public void Gradient_depends_on_the_loaded_version_only(string workload)
    {
        using var computer = Runs.Computer(Runs.Spec(workload));
        var first = computer.Version();
        var expected = computer.Gradient(Epoch, Step, slot: 0);
        computer.Load([.. first.Select(value => value * 0.5f)]);
        Assert.NotEqual(expected, computer.Gradient(Epoch, Step, slot: 0));

        computer.Load(first);

        AssertFloats.SameBits(expected, computer.Gradient(Epoch, Step, slot: 0));
    }

    [Theory]
    [InlineData("mnist-softmax")]
    [InlineData("mnist-cnn")]
    public void Forward_is_what_the_model_makes_of_the_same_pixels(string workload)
    {
        using var computer = Runs.Computer(Runs.Spec(workload));
        var (first, second) = (Enumerable.Range(0, 784).Select(i => i % 7 / 7f).ToArray(), Enumerable.Range(0, 784).Select(i => i % 5 / 5f).ToArray());

        var both = computer.Forward([.. first, .. second], 2);

        Assert.Equal(20, both.Length);
        // Kernels for one sample round otherwise than those for two.
        Assert.All(computer.Forward(second, 1).Zip(both[10..]), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        Assert.NotEqual(both[..10], both[10..]);
        Assert.Empty(computer.Forward(first, 2));   // of another length than two samples have
    }

    [Fact]
    public void Gradient_and_sums_of_softmax_are_those_of_the_textbook()
    {
        var spec = Runs.Spec();
        var data = Runs.Data(spec);
        using var computer = Runs.Computer(spec);
        var gradient = new float[7850];
        for (var slot = 0; slot < spec.Slots; slot++)
        {
            var samples = spec.PlanOf(Epoch).SlotSamples(Step, slot).ToArray();
            var (lossSum, correct, expected) = new SoftmaxByHand(computer.Version()).Of(data.Train, samples);

            var result = computer.ComputeGradient(Epoch, Step, slot, gradient);

            AssertFloats.Within(1e-6, expected, gradient);
            Assert.Equal(samples.Length, result.SampleCount);
            Assert.Equal(lossSum, result.LossSum, 1e-4);
            Assert.Equal(correct, result.CorrectCount);
            Assert.Equal(CrcOf(data.Train, samples), result.SampleCrc);
            Assert.True(result.Elapsed > TimeSpan.Zero);
        }
    }

    [Fact]
    public void Gradient_of_the_cnn_is_what_autograd_gives_sample_by_sample()
    {
        var spec = Runs.Spec("mnist-cnn");
        var data = Runs.Data(spec);
        using var computer = Runs.Computer(spec);
        var samples = spec.PlanOf(Epoch).SlotSamples(Step, 3).ToArray();
        using var scope = NewDisposeScope();
        manual_seed((long)spec.Seed);
        using var model = WorkloadCatalog.Get("mnist-cnn").CreateModel();
        foreach (var sample in samples)
        {
            var pixels = data.Train.Image(sample).ToArray().Select(pixel => pixel / 255f).ToArray();
            var logits = model.call(tensor(pixels).view(1, 1, 28, 28));
            (nn.functional.cross_entropy(logits, tensor([(long)data.Train.Labels[sample]])) / samples.Length).backward();
        }
        var expected = model.parameters().SelectMany(parameter => parameter.grad!.view(-1).data<float>().ToArray()).ToArray();

        AssertFloats.Within(1e-6, expected, computer.Gradient(Epoch, Step, slot: 3));
    }

    [Theory]
    [InlineData("mnist-softmax")]
    [InlineData("mnist-cnn")]
    public void Mean_of_the_slots_weighted_by_samples_is_the_batchs_gradient(string workload)
    {
        var spec = Runs.Spec(workload, batch: 26);   // slots of 7, 7, 6 and 6
        using var sharded = Runs.Computer(spec);
        using var whole = Runs.Computer(spec with { Slots = 1 });
        var mean = new double[sharded.Vector.Layout.TotalCount];
        for (var slot = 0; slot < spec.Slots; slot++)
        {
            var gradient = sharded.Gradient(Epoch, Step, slot);
            var weight = spec.PlanOf(Epoch).SlotSamples(Step, slot).Length / 26.0;
            for (var i = 0; i < mean.Length; i++) mean[i] += gradient[i] * weight;
        }

        AssertFloats.Within(1e-5, whole.Gradient(Epoch, Step, slot: 0), [.. mean.Select(value => (float)value)]);
    }

    [Theory]
    [InlineData("mnist-softmax", LossReduction.Mean)]
    [InlineData("mnist-softmax", LossReduction.Sum)]
    [InlineData("mnist-cnn", LossReduction.Mean)]
    public void Slot_that_is_too_large_for_memory_has_the_gradient_of_its_parts(string workload, LossReduction reduction)
    {
        // One slot of two parts, and the same samples in slots that need none.
        const int Count = Parts + 7;
        var whole = Runs.Spec(workload, batch: Count, slots: 1, reduction: reduction) with { TrainCount = Count, TestCount = 1 };
        var quarters = whole with { Slots = 4 };
        using var computer = Runs.Computer(whole);
        using var other = Runs.Computer(quarters);

        var gradient = new float[computer.Vector.Layout.TotalCount];
        var result = computer.ComputeGradient(1, 0, 0, gradient);
        var parts = Enumerable.Range(0, 4).Select(slot => new float[gradient.Length]).ToArray();
        var results = parts.Select((part, slot) => other.ComputeGradient(1, 0, slot, part)).ToArray();
        var expected = new float[gradient.Length];
        GradientAverage.InSlotOrder(
            [.. parts.Select(part => new ReadOnlyMemory<float>(part))], [.. results.Select(part => part.SampleCount)], reduction, expected);

        AssertFloats.Within(reduction == LossReduction.Sum ? 1e-2 : 1e-5, expected, gradient);
        Assert.Equal((Count, results.Sum(part => part.CorrectCount)), (result.SampleCount, result.CorrectCount));
        Assert.Equal(results.Sum(part => part.LossSum), result.LossSum, 1e-2);
        AssertFloats.SameBits(gradient, computer.Gradient(1, 0, 0));
    }

    // The larger slot is one that other models take in parts.
    [Theory]
    [InlineData(24, 4)]
    [InlineData(Parts + 7, 1)]
    public void Slot_of_the_mlp_sends_the_buffers_that_batch_norm_made_of_the_versions(int batch, int slots)
    {
        var spec = Runs.Spec("mnist-mlp", batch, slots) with { TrainCount = batch * 10 };
        using var computer = Runs.Computer(spec);
        var version = computer.Version();
        Assert.Equal([.. Enumerable.Repeat(0f, 50), .. Enumerable.Repeat(1f, 50)], version[^100..]);   // running mean and variance at first
        var samples = spec.PlanOf(Epoch).SlotSamples(Step, 0).ToArray();
        var data = Runs.Data(spec).Train;
        var hidden = samples.Select(sample => (double)Dot(version.AsSpan(7 * 784, 784), data.Image(sample))).ToArray();
        var mean = hidden.Average();
        var variance = hidden.Sum(value => (value - mean) * (value - mean)) / (hidden.Length - 1);

        var gradient = computer.Gradient(Epoch, Step, slot: 0);

        Assert.Equal(0.1 * mean, gradient[39_800 + 7], 1e-5);            // PyTorch's momentum of 0.1
        Assert.Equal(0.9 + 0.1 * variance, gradient[39_850 + 7], 1e-5);
        AssertFloats.SameBits(gradient, computer.Gradient(Epoch, Step, slot: 0));   // it starts from the version's again

        static float Dot(ReadOnlySpan<float> weights, ReadOnlySpan<byte> image)
        {
            var sum = 0.0;
            for (var p = 0; p < weights.Length; p++) sum += weights[p] * (image[p] / 255.0);
            return (float)sum;
        }
    }

    [Fact]
    public void Sum_reduction_gives_the_samples_times_the_means_gradient_and_the_same_sums()
    {
        using var mean = Runs.Computer(Runs.Spec());
        using var sum = Runs.Computer(Runs.Spec(reduction: LossReduction.Sum));
        var (meanGradient, sumGradient) = (new float[7850], new float[7850]);

        var ofMean = mean.ComputeGradient(Epoch, Step, 0, meanGradient);
        var ofSum = sum.ComputeGradient(Epoch, Step, 0, sumGradient);

        AssertFloats.Within(1e-5, [.. meanGradient.Select(value => value * ofMean.SampleCount)], sumGradient);
        Assert.Equal(ofMean.LossSum, ofSum.LossSum, 1e-4);
    }

    [Theory]
    [InlineData("mnist-mlp")]
    [InlineData("mnist-cnn")]
    public void Evaluation_disturbs_no_gradient_and_no_gradient_an_evaluation(string workload)
    {
        using var computer = Runs.Computer(Runs.Spec(workload));
        var evaluated = computer.EvaluateBlock(0);
        var expected = computer.Gradient(Epoch, Step, slot: 0);

        Assert.Equal(evaluated, computer.EvaluateBlock(0));

        AssertFloats.SameBits(expected, computer.Gradient(Epoch, Step, slot: 0));
    }

    [Fact]
    public void Blocks_of_an_evaluation_add_up_to_one_pass_over_the_test_samples()
    {
        var spec = Runs.Spec();
        using var computer = Runs.Computer(spec);
        var blocks = Enumerable.Range(0, spec.EvaluationBlocks).Select(computer.EvaluateBlock).ToArray();

        var (lossSum, correct, _) = new SoftmaxByHand(computer.Version())
            .Of(Runs.Data(spec).Test, [.. Enumerable.Range(0, spec.TestCount)]);

        Assert.Equal([1000, 1000, 300], blocks.Select(block => block.SampleCount));
        Assert.Equal(lossSum, blocks.Sum(block => block.LossSum), 0.01);
        Assert.Equal(correct, blocks.Sum(block => block.CorrectCount));
        Assert.Equal(blocks[1], computer.EvaluateBlock(1));
    }

    [Theory]
    [InlineData("mnist-mlp")]
    [InlineData("mnist-cnn")]
    public void Probe_is_the_first_slots_gradient_and_leaves_no_trace(string workload)
    {
        using var probed = Runs.Computer(Runs.Spec(workload));
        using var other = Runs.Computer(Runs.Spec(workload));

        Assert.Equal(ParameterHash.Sha256OfFloats(other.Gradient(1, 0, 0)), probed.ProbeSha256());

        using var untouched = Runs.Computer(Runs.Spec(workload));
        AssertFloats.SameBits(untouched.Version(), probed.Version());
        AssertFloats.SameBits(untouched.Gradient(Epoch, Step, 1), probed.Gradient(Epoch, Step, 1));
    }

    [Fact]
    public void Two_thousand_slots_leave_no_tensor_behind()
    {
        var spec = Runs.Spec(batch: 22);   // two slot sizes
        using var computer = Runs.Computer(spec);
        var gradient = new float[7850];
        Compute(8);

        Assert.Equal(0, Tensors.LeftBy(() => Compute(2000)));

        void Compute(int slots)
        {
            for (var i = 0; i < slots; i++) computer.ComputeGradient(1, i / 4 % 10, i % 4, gradient);
            computer.EvaluateBlock(2);
        }
    }

    [Fact]
    public void Disposed_computer_leaves_no_tensor_behind()
    {
        var spec = Runs.Spec("mnist-cnn");
        // A Parameter takes over another tensor's handle, which is counted twice from then on.
        var countedTwice = Tensors.LeftBy(() => WorkloadCatalog.Get(spec.Workload).CreateModel().Dispose());

        var left = Tensors.LeftBy(() =>
        {
            using var computer = Runs.Computer(spec);
            computer.Gradient(1, 0, 0);
        });

        Assert.Equal(countedTwice, left);
    }

    private static uint CrcOf(LabelledImages data, int[] samples) =>
        Crc32C.Of(samples.SelectMany(sample => (byte[])[.. data.Image(sample), data.Labels[sample]]).ToArray());
}
