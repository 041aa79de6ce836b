using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker.Computation;

namespace MiniBatch.Worker.Tests.Computation;

/// <summary>
/// The slides' tables of weights, by what a cluster is made of, in one process: gradients of slots by the worker's computer,
/// averaged in slot order and applied by the server's update.
/// </summary>
public sealed class SlideTablesTests
{
    [Fact]
    public void Hours_points_gives_the_slides_weights_every_hundred_epochs()
    {
        (int Epoch, double W, double B)[] slide =
        [
            (0, 0.093, 0.040), (100, 0.873, 0.289), (200, 0.900, 0.227), (300, 0.921, 0.179), (400, 0.938, 0.140), (500, 0.951, 0.110),
            (600, 0.962, 0.087), (700, 0.970, 0.068), (800, 0.976, 0.054), (900, 0.981, 0.042), (1000, 0.985, 0.033),
        ];
        var versions = Train(HoursPoints.Workload, 1001);
        Assert.All(slide, row =>
        {
            Assert.Equal(row.W, versions[row.Epoch][0], 5.01e-4);
            Assert.Equal(row.B, versions[row.Epoch][1], 5.01e-4);
        });
    }

    [Fact]
    public void Exam_scores_give_the_slides_weights()
    {
        (int Epoch, double[] Weights)[] slide =
        [
            (0, [0.294, 0.294, 0.297, 0.003]), (100, [0.674, 0.661, 0.676, 0.008]), (600, [0.699, 0.633, 0.679]),
        ];
        var versions = Train(ExamScores.Workload, 601);
        Assert.All(slide, row => Assert.All(row.Weights.Zip(versions[row.Epoch]), pair => Assert.Equal(pair.First, pair.Second, 5.01e-4)));

        var table = ((TableDataset)ExamScores.Workload.Data).Table;
        double[] hypothesis = [152.80, 183.67, 180.97, 197.07, 140.10];
        var weights = versions[19];   // before the update of epoch 20
        for (var student = 0; student < table.Count; student++)
        {
            var inputs = table.Inputs(student);
            Assert.Equal(hypothesis[student], inputs[0] * weights[0] + inputs[1] * weights[1] + inputs[2] * weights[2] + weights[3], 5.1e-3);
        }
    }

    /// <summary>A slide has 0.625 for the second gradient: ŷ − y is 0.75, times the tail's 0.9.</summary>
    [Fact]
    public void Dog_wolf_gives_the_gradients_and_weights_done_by_hand()
    {
        var spec = SpecOf(DogWolf.Workload, epochs: 1);
        using var computer = new SlotComputer(spec, DogWolf.Workload.Data.Load(null));
        var gradient = computer.Gradient(1, 0, 0);   // float32[4, 2], the tail's row is the last
        Assert.Equal(-0.225, gradient[6], 1e-6);
        Assert.Equal(0.675, gradient[7], 1e-6);

        var version = Train(DogWolf.Workload, 1)[0];
        Assert.Equal(0.50225, version[6], 1e-6);
        Assert.Equal(0.49325, version[7], 1e-6);
    }

    /// <summary>The versions after each epoch, which is one step here.</summary>
    private static List<float[]> Train(Workload workload, int epochs)
    {
        var spec = SpecOf(workload, epochs);
        using var computer = new SlotComputer(spec, workload.Data.Load(null));
        var version = computer.Version();
        var update = new ParameterUpdate(spec.Optimizer, null, spec.CreateSchedule(), version.Length);
        var mean = new float[version.Length];
        var versions = new List<float[]>();
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            var plan = spec.PlanOf(epoch);
            var slots = Enumerable.Range(0, spec.Slots).Select(slot => (ReadOnlyMemory<float>)computer.Gradient(epoch, 0, slot)).ToArray();
            var counts = Enumerable.Range(0, spec.Slots).Select(slot => plan.SlotSamples(0, slot).Length).ToArray();
            GradientAverage.InSlotOrder(slots, counts, spec.Reduction, mean);
            update.Apply(version, mean, Math.Sqrt(GradientNorm.Squared(mean)), epoch, epoch);
            computer.Load(version);
            versions.Add([.. version]);
        }
        return versions;
    }

    private static RunSpec SpecOf(Workload workload, int epochs) => Runs.Spec() with
    {
        Workload = workload.Name, Dataset = workload.Dataset, DatasetSha256 = workload.Data.Sha256, TrainCount = workload.Data.TrainCount,
        TestCount = workload.Data.TestCount, GlobalBatch = workload.GlobalBatch, Slots = workload.Slots, Epochs = epochs, Order = workload.Order,
        Reduction = workload.Reduction, Optimizer = workload.Optimizer, Seed = workload.Seed,
    };
}
