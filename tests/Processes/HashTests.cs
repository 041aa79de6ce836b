using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>The law: what is trained does not depend on who computes.</summary>
[Collection(OneAtATime.Name)]
public sealed class HashTests(RealData data, ITestOutputHelper output)
{
    [Theory]
    [InlineData("sgd", 3)]
    [InlineData("adam", 2)]
    public void Hashes_of_softmax_by_one_or_more_workers_are_equal(string optimizer, int workers) =>
        AssertEqualHashes(Job.Softmax(optimizer == "sgd" ? "" : $"--optimizer {optimizer}"), workers);

    /// <summary>One that is clipped, and one that is warmed up; the workers see nothing of the rule.</summary>
    [Theory]
    [Trait("Group", "Long")]
    [InlineData("momentum", "--clip-norm 1")]
    [InlineData("adam", "--schedule cosine --warmup-steps 5 --lr-min 0.0001")]
    public void Update_rule_trains_convolutions_to_the_same_hashes_by_one_worker_or_two(string optimizer, string flags) =>
        AssertUpdateRule(optimizer, flags);

    [Theory]
    [Trait("Group", "Long")]
    [InlineData("gd", "")]
    [InlineData("sgd", "--weight-decay 0.01 --schedule step --decay-epochs 1 --decay-factor 0.5")]
    [InlineData("nesterov", "--warmup-steps 5")]
    [InlineData("adagrad", "")]
    [InlineData("rmsprop", "--clip-value 0.01")]
    [InlineData("adamw", "--weight-decay 0.1")]
    public void Every_other_update_rule_trains_convolutions_to_the_same_hashes_by_one_worker_or_two(string optimizer, string flags) =>
        AssertUpdateRule(optimizer, flags);

    [Fact]
    [Trait("Group", "Long")]
    public void Hashes_of_convolutions_by_one_or_three_workers_are_equal() => AssertEqualHashes(Job.Cnn, workers: 3);

    [Fact]
    public void Hashes_of_batch_norm_and_dropout_by_one_or_three_workers_are_equal() => AssertEqualHashes(Job.Mlp, workers: 3);

    [Fact]
    [Trait("Group", "Long")]
    public void Hashes_of_normalised_channels_by_one_or_two_workers_are_equal() => AssertEqualHashes(Job.Fast, workers: 2);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [Trait("Group", "Long")]
    public void Hashes_with_uneven_slots_and_blocks_by_one_or_more_workers_are_equal(int workers) =>
        AssertEqualHashes(Job.Fashion, workers);

    [Fact]
    [Trait("Group", "Long")]
    public void Hashes_of_another_seed_are_different()
    {
        var one = data.Undisturbed(Job.Softmax(), workers: 1, output);
        var other = data.Undisturbed(Job.Softmax(seed: 999), workers: 1, output);
        Assert.NotEqual(one.Summary.ParametersSha256, other.Summary.ParametersSha256);
        Assert.NotEqual(one.Summary.StateSha256, other.Summary.StateSha256);
    }

    private void AssertUpdateRule(string optimizer, string flags)
    {
        var job = Job.ShortCnn(optimizer, flags);
        AssertEqualHashes(job, workers: 2);
        var summary = data.Undisturbed(job, workers: 2, output).Summary;
        Assert.Equal(optimizer, summary.Optimizer);
        Assert.True(summary.Epochs[^1].TrainLoss < summary.Epochs[0].TrainLoss);
        Assert.Equal(flags.Contains("--clip", StringComparison.Ordinal), summary.UpdatesClipped > 0);
    }

    private void AssertEqualHashes(Job job, int workers)
    {
        var alone = data.Undisturbed(job, workers: 1, output);
        var together = data.Undisturbed(job, workers, output);
        Assert.Equal(workers, together.Summary.Workers);
        Assert.Equal(workers, together.Steps.SelectMany(step => step.Slots).Select(slot => slot.Worker).Distinct().Count());
        Assert.Equal(alone.Hashes, together.Hashes);
        Assert.Equal(alone.Summary.TestAccuracy, together.Summary.TestAccuracy);
        Assert.Equal(alone.Summary.Epochs.Select(epoch => epoch.TestLoss), together.Summary.Epochs.Select(epoch => epoch.TestLoss));
    }
}
