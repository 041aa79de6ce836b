using MiniBatch.Processes.Harness;
using MiniBatch.Shared.Weights;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>
/// The numbers of the course's slides, from a real coordinator and real workers: the losses before each update are in the
/// ledger, the weights after the last in the model.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class CourseTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private readonly TestCluster _cluster = new(data, output) { ExitLimit = TimeSpan.FromMinutes(15) };   // a CNN's 15 epochs

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Hours_points_with_a_worker_a_sample_gives_the_slides_table()
    {
        var run = data.Undisturbed(Job.HoursPoints, workers: 3, output);

        AssertLosses(
            run, 5e-7, (0, 4.666667), (100, 0.012043), (200, 0.007442), (300, 0.004598), (400, 0.002842), (500, 0.001756),
            (600, 0.001085), (700, 0.000670), (800, 0.000414), (900, 0.000256), (1000, 0.000158));
        AssertWeights(run, 5e-4, ("W", [0.985]), ("b", [0.033]));
        // A late slot may also be computed by another.
        Assert.True(run.Steps.Count(step => step.Slots.Select(slot => slot.Worker).Distinct().Count() == 3) > 500);
    }

    [Fact]
    [Trait("Group", "Course")]
    public void Hours_and_doubled_points_lead_to_two_points_an_hour()
    {
        var run = Train("hours-points", workers: 1, "--doubled");
        AssertWeights(run, 0.1, ("W", [2]), ("b", [0]));
    }

    [Fact]
    [Trait("Group", "Course")]
    public void Exam_scores_give_the_slides_costs()
    {
        var run = Train("exam-scores", workers: 2);

        AssertLosses(
            run, 5e-5, relative: true, (0, 29661.800781), (1, 9298.52), (2, 2915.71), (3, 915.04), (4, 287.936), (5, 91.371), (6, 29.758),
            (7, 10.445), (8, 4.391), (9, 2.493), (10, 1.898), (11, 1.711), (12, 1.651), (13, 1.632), (14, 1.626), (15, 1.623), (16, 1.622),
            (17, 1.621), (18, 1.6205), (19, 1.6198), (20, 1.6190), (100, 1.5636), (600, 1.2662), (1000, 1.0794));
    }

    [Fact]
    public void Dog_wolf_gives_the_losses_of_the_steps_done_by_hand()
    {
        var run = Train("dog-wolf", workers: 1);
        AssertLosses(run, 5e-7, (0, 0.3125), (1, 0.306591), (2, 0.300793));
    }

    [Theory]
    [InlineData("xor-perceptron", 1e-7, new[] { 0, 200 }, new[] { 0.7273974418640137, 0.6931471824645996 })]
    [InlineData("xor", 5e-6, new[] { 0, 100, 1000, 5000 }, new[] { 0.7434073, 0.69317, 0.69310, 0.00360 })]
    [InlineData("xor-deep", 5e-6, new[] { 0, 100, 1000 }, new[] { 0.69490, 0.69316, 0.69314 })]
    [Trait("Group", "Course")]
    public void Gate_gives_the_slides_first_losses(string workload, double tolerance, int[] steps, double[] losses)
    {
        var run = Train(workload, workers: 1, $"--epochs {steps[^1] + 1}");
        AssertLosses(run, tolerance, [.. steps.Zip(losses)]);
    }

    [Theory]
    [Trait("Group", "Course")]
    [InlineData("xor-perceptron", 1e-7, new[] { 0, 200, 1000, 10000 }, new[] { 0.7273974418640137, 0.6931471824645996, 0.6931471824645996, 0.6931471824645996 })]
    [InlineData("xor", 5e-6, new[] { 0, 100, 1000, 5000, 10000 }, new[] { 0.7434073, 0.69317, 0.69310, 0.00360, 0.00123 })]
    [InlineData("xor-deep", 5e-6, new[] { 0, 100, 1000, 5000, 10000 }, new[] { 0.69490, 0.69316, 0.69314, 0.68208, 0.000157 })]
    public void Gate_gives_the_slides_losses_to_the_end(string workload, double tolerance, int[] steps, double[] losses)
    {
        var run = Train(workload, workers: 1);
        AssertLosses(run, tolerance, [.. steps.Zip(losses)]);
    }

    [Fact]
    [Trait("Group", "Course")]
    public void Spiral_is_learnt()
    {
        var run = Train("spiral", workers: 2);
        Assert.InRange(run.Summary.TestAccuracy!.Value, 0.95, 1);
    }

    [Fact]
    [Trait("Group", "Course")]
    public void Two_clouds_begin_at_ln_2()
    {
        var run = Train("two-clouds", workers: 2);
        AssertLosses(run, 5e-6, (0, Math.Log(2)));
        Assert.True(run.Steps[^1].Loss < run.Steps[0].Loss / 2);
    }

    [Theory]
    [InlineData("random-regression", "--epochs 500")]
    [InlineData("random-regression-mean", "")]
    [Trait("Group", "Course")]
    public void Random_regression_falls_from_hundred_to_hundred_of_500_steps(string workload, string flags) =>
        AssertFalls(Train(workload, workers: 2, flags), steps: 500);

    [Fact]
    [Trait("Group", "Course")]
    public void Random_regression_falls_from_hundred_to_hundred_steps_to_the_end() =>
        AssertFalls(Train("random-regression", workers: 2), steps: 5000);

    /// <summary>The slide shuffles otherwise, hence ±0.01.</summary>
    [Fact]
    [Trait("Group", "Course")]
    public void Mnist_softmax_costs_what_the_slide_says_in_its_first_two_epochs()
    {
        var run = Train("mnist-softmax", workers: 2, "--epochs 2");
        AssertCosts(run, 0.01, 0.5355, 0.3593);
    }

    [Fact]
    [Trait("Group", "Course")]
    public void Mnist_softmax_costs_what_the_slide_says_to_the_end()
    {
        var run = Train("mnist-softmax", workers: 2);
        AssertCosts(
            run, 0.01, 0.5355, 0.3593, 0.3312, 0.3166, 0.3072, 0.3002, 0.2951, 0.2909, 0.2874, 0.2844, 0.2818, 0.2798, 0.2778, 0.2762, 0.2744);
        Assert.InRange(run.Summary.TestAccuracy!.Value, 0.91, 0.93);
    }

    /// <summary>One micro-batch a step, as the course's batch norm sees it; dropout draws otherwise, hence ±0.03.</summary>
    [Fact]
    [Trait("Group", "Course")]
    public void Mnist_mlp_costs_what_the_slide_says_to_the_end()
    {
        var run = Train("mnist-mlp", workers: 1, "--slots 1");
        AssertCosts(
            run, 0.03, 0.5764, 0.4164, 0.3785, 0.3527, 0.3355, 0.3246, 0.3163, 0.3045, 0.2996, 0.2933, 0.2882, 0.2829, 0.2802, 0.2756, 0.2779,
            0.2705, 0.2678, 0.2672, 0.2658, 0.2588, 0.2604);
        Assert.Equal(39_800, run.Summary.ParameterCount);
        Assert.InRange(run.Steps[0].Loss, 2.1, 2.6);   // near ln 10
    }

    [Fact]
    [Trait("Group", "Course")]
    public void Mnist_cnn_reaches_the_usual_accuracy()
    {
        var run = Train("mnist-cnn", workers: 2);
        Assert.InRange(run.Summary.TestAccuracy!.Value, 0.985, 1);
    }

    private FinishedRun Train(string workload, int workers, string flags = "")
    {
        _cluster.Start(new Job(workload, flags), workers);
        return _cluster.WaitForSuccess();
    }

    private static void AssertLosses(FinishedRun run, double tolerance, params (int Step, double Loss)[] expected) =>
        AssertLosses(run, tolerance, relative: false, expected);

    private static void AssertLosses(FinishedRun run, double tolerance, bool relative, params (int Step, double Loss)[] expected) =>
        Assert.All(expected, row => Assert.Equal(row.Loss, run.Steps[row.Step].Loss, relative ? Math.Max(5.1e-4, tolerance * row.Loss) : tolerance));

    private static void AssertFalls(FinishedRun run, int steps)
    {
        Assert.Equal(steps, run.Steps.Count);
        Assert.All(Enumerable.Range(1, (steps / 100) - 1), hundred => Assert.True(run.Steps[hundred * 100].Loss < run.Steps[(hundred - 1) * 100].Loss));
    }

    private static void AssertCosts(FinishedRun run, double tolerance, params double[] costs)
    {
        Assert.Equal(costs.Length, run.Summary.Epochs.Count);
        Assert.All(costs.Zip(run.Summary.Epochs), row => Assert.Equal(row.First, row.Second.TrainLoss!.Value, tolerance));
    }

    private static void AssertWeights(FinishedRun run, double tolerance, params (string Name, double[] Values)[] expected)
    {
        var tensors = Safetensors.Read(run.Directory.Model).Tensors.ToDictionary(tensor => tensor.Name);
        Assert.Equal(expected.Length, tensors.Count);
        Assert.All(expected, weight => Assert.All(
            weight.Values.Zip(tensors[weight.Name].Floats.ToArray()), pair => Assert.Equal(pair.First, pair.Second, tolerance)));
    }
}
