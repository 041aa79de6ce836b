using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;

namespace MiniBatch.Explain.Tests;

/// <summary>The cluster's steps are those of one machine alone: same losses, same parameters, but for rounding.</summary>
public sealed class OneMachineTests
{
    private const int Steps = 3;

    [Theory]
    [InlineData("hours-points")]
    [InlineData("hours-points --optimizer gd --slots 2")]   // slots of 2 and 1 samples
    [InlineData("exam-scores --optimizer adam")]
    [InlineData("dog-wolf --optimizer momentum")]
    [InlineData("random-regression")]
    [InlineData("random-regression-mean --optimizer rmsprop")]
    [InlineData("two-clouds --clip-norm 0.1 --weight-decay 0.01")]
    [InlineData("and-gate --optimizer adamw --slots 4")]
    [InlineData("xor-deep --optimizer nesterov --slots 2 --clip-value 0.01")]
    [InlineData("spiral --optimizer adagrad")]
    [InlineData("spiral --schedule cosine --warmup-steps 10")]
    [InlineData("mnist-softmax --limit-train 600 --limit-test 1000")]
    [InlineData("mnist-softmax --limit-train 1200 --limit-test 1000 --optimizer gd --slots 2")]   // in parts
    [InlineData("mnist-cnn --limit-train 300 --limit-test 1000 --batch 30 --optimizer sgd")]
    public void One_machine_takes_the_clusters_steps(string typed)
    {
        var spec = Runs.Spec(typed);
        using var cluster = Runs.Cluster(spec);
        using var machine = Runs.OneMachine(spec);
        for (var i = 0; i < Steps; i++)
        {
            var step = cluster.Next();
            var (loss, parameters) = machine.Next();

            Assert.Equal(step.Loss, loss, 1e-6 * Math.Max(1, loss));
            Assert.All(step.After.Zip(parameters), pair => Assert.Equal(pair.Second, pair.First, 1e-6 * Math.Max(1, Math.Abs(pair.Second))));
            Assert.NotEqual(step.Before, step.After);
        }
    }

    /// <summary>The rule's part in what is told: what it was given makes what it made.</summary>
    [Fact]
    public void What_was_applied_is_the_average_clipped_and_decayed()
    {
        var spec = Runs.Spec("two-clouds --clip-norm 0.1 --weight-decay 0.5");
        using var cluster = Runs.Cluster(spec);
        cluster.Next();
        var step = cluster.Next();

        Assert.Equal(step.Update.GradientNorm, Math.Sqrt(GradientNorm.Squared(step.Average)));
        Assert.True(step.Update.Clipped);
        var optimizer = new SgdOptimizer(2);
        float[] parameters = [.. step.Before];
        optimizer.Apply(parameters, step.Applied, step.Update.LearningRate, 1);
        Assert.Equal(step.After, parameters);
    }

    [Fact]
    public void Number_of_workers_changes_who_computes_and_nothing_else()
    {
        var spec = Runs.Spec("spiral");
        using var one = Runs.Cluster(spec, workers: 1);
        using var two = Runs.Cluster(spec, workers: 2);
        var (alone, together) = (one.Next(), two.Next());

        Assert.Equal(alone.After, together.After);
        Assert.Equal(["worker-1", "worker-1", "worker-2", "worker-2"], together.Slots.Select(slot => slot.Worker.Name));
    }
}
