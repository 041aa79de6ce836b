using MiniBatch.Graphics.Images;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;
using MiniBatch.TrainedModels.Predictions;
using MiniBatch.Worker.Computation;
using MiniBatch.Worker.Tests;

namespace MiniBatch.TrainedModels.Tests.Predictions;

public sealed class ClassifierTests
{
    /// <summary>The model that a run of a computer's version would leave.</summary>
    private static TrainedModel Left(SlotComputer computer, string workload)
    {
        var version = computer.Version();
        var tensors = new List<NamedTensor>();
        var start = 0;
        foreach (var tensor in computer.Vector.Layout.Parameters.Concat(computer.Vector.Layout.Buffers))
        {
            tensors.Add(NamedTensor.OfFloats(tensor.Name, tensor.Shape, version.AsSpan(start, (int)tensor.ElementCount)));
            start += (int)tensor.ElementCount;
        }
        tensors.AddRange(computer.Vector.Layout.Counters.Select(counter => NamedTensor.OfInt64s(counter.Name, counter.Shape, [1])));
        return new TrainedModel("the-file", tensors, WorkloadCatalog.Get(workload), new ModelOrigin(workload, CpuCapability: Runs.Capability));
    }

    [Theory]
    [InlineData("mnist-softmax")]
    [InlineData("mnist-mlp")]
    [InlineData("mnist-cnn")]
    public void Split_is_evaluated_to_the_bits_of_a_runs_evaluation(string workload)
    {
        var spec = Runs.Spec(workload);
        var data = Runs.Data(spec);
        using var computer = new SlotComputer(spec, data.Samples);
        var (correct, lossSum) = (0, 0.0);
        for (var block = 0; block < spec.EvaluationBlocks; block++)
        {
            var result = computer.EvaluateBlock(block);
            (correct, lossSum) = (correct + result.CorrectCount, lossSum + result.LossSum);
        }

        using var classifier = new Classifier(Left(computer, workload));
        var report = classifier.Evaluate("test", data.Test, worstMax: 3);

        Assert.Equal((spec.TestCount, correct, lossSum / spec.TestCount), (report.Samples, report.Correct, report.Loss));
        Assert.Equal(3, report.Worst.Count);
        Assert.Equal(report.Samples, report.ConfusionMatrix.Sum(row => row.Sum()));
    }

    [Fact]
    public void Image_by_itself_is_taken_for_what_it_is_taken_for_in_its_block()
    {
        var spec = Runs.Spec("mnist-cnn");
        var data = Runs.Data(spec);
        using var computer = new SlotComputer(spec, data.Samples);
        using var classifier = new Classifier(Left(computer, "mnist-cnn"));
        var worst = classifier.Evaluate("test", data.Test, worstMax: 1).Worst[0];

        var alone = classifier.Predict(new GreyImage(28, 28, data.Test.Image(worst.Index).ToArray()));

        Assert.Equal(worst.Predicted, alone.Class);
        Assert.Equal(worst.Confidence, alone.Confidence, 1e-5);
        Assert.Equal(worst.Loss, alone.LossOf(worst.Label), 1e-5);
    }

    /// <summary>Each weight is a number, as a file's must be; the logits are not.</summary>
    [Fact]
    public void Model_that_says_what_is_no_number_predicts_nothing()
    {
        var spec = Runs.Spec("mnist-softmax");
        var data = Runs.Data(spec);
        using var computer = new SlotComputer(spec, data.Samples);
        var left = Left(computer, "mnist-softmax");
        var huge = left.Tensors.Select(tensor => NamedTensor.OfFloats(tensor.Name, [.. tensor.Shape], [.. tensor.Floats.ToArray().Select(_ => float.MaxValue)]));
        using var classifier = new Classifier(left with { Tensors = [.. huge] });

        var error = Assert.Throws<WeightsException>(() => classifier.Predict(new GreyImage(28, 28, data.Test.Image(0).ToArray())));
        Assert.Equal("the-file says of the image what is no number: its training exploded, and it predicts nothing", error.Message);
        Assert.Contains("of sample 0 what", Assert.Throws<WeightsException>(() => classifier.Evaluate("test", data.Test, worstMax: 1)).Message);
    }
}
