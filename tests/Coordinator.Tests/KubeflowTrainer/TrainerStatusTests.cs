using System.Text.Json.Nodes;
using MiniBatch.Coordinator.KubeflowTrainer;
using MiniBatch.Coordinator.Monitoring;

namespace MiniBatch.Coordinator.Tests.KubeflowTrainer;

/// <summary>What is reported, against the fields of kubeflow/trainer's TrainerStatus.</summary>
public sealed class TrainerStatusTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 4, 5, 6, 789, TimeSpan.FromHours(2));

    private readonly TrainerStatus _status = new();

    [Fact]
    public void A_status_has_the_share_that_is_done_the_moment_and_metrics_as_text()
    {
        var status = Next(Progress(step: 125) with { TrainLoss = 0.25, TestAccuracy = 0.9 });
        Assert.Equal(12, (int)status["progressPercentage"]!);
        Assert.Equal("2026-11-29T02:05:06Z", (string)status["lastUpdatedTime"]!);
        var metrics = status["metrics"]!.AsArray().ToDictionary(metric => (string)metric!["name"]!, metric => (string)metric!["value"]!);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["step"] = "125", ["totalSteps"] = "1000", ["totalEpochs"] = "2", ["train_loss"] = "0.25", ["eval_accuracy"] = "0.9",
            },
            metrics);
        // 64 is what the API takes of either.
        Assert.All(metrics, metric => Assert.True(metric.Key.Length <= 64 && metric.Value.Length is > 0 and <= 64));
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    [InlineData(1e-300, "1E-300")]
    public void A_loss_that_is_no_usual_number_is_text_all_the_same(double loss, string text) =>
        Assert.Contains(Next(Progress(1) with { TrainLoss = loss })["metrics"]!.AsArray(), metric => (string)metric!["value"]! == text);

    [Fact]
    public void What_remains_is_known_once_it_is_known_how_fast_it_goes()
    {
        Assert.Null(Next(Progress(0), seconds: 0)["estimatedRemainingSeconds"]);
        Assert.Null(Next(Progress(0), seconds: 5)["estimatedRemainingSeconds"]);
        // 100 steps in 10 s: 900 in 90.
        Assert.Equal(90, (int)Next(Progress(100), seconds: 10)["estimatedRemainingSeconds"]!);
        Assert.Equal(0, (int)Next(Progress(1000), seconds: 20)["estimatedRemainingSeconds"]!);
    }

    [Fact]
    public void What_remains_follows_the_last_minute()
    {
        // Ten times as slow from step 100 on: a minute later only the new rate counts.
        for (var report = 0; report <= 10; report++) Next(Progress(10 * report), seconds: 5 * report);
        var remaining = 0;
        for (var report = 1; report <= 13; report++) remaining = (int)Next(Progress(100 + report), seconds: 50 + 5 * report)["estimatedRemainingSeconds"]!;
        Assert.Equal((1000 - 113) * 5, remaining);
    }

    [Theory]
    [InlineData(999, 99)]
    [InlineData(1000, 100)]
    public void A_run_is_whole_when_its_last_step_is_committed(long step, int percentage) => Assert.Equal(percentage, (int)Next(Progress(step))["progressPercentage"]!);

    private JsonNode Next(RunProgress progress, double seconds = 0) => JsonNode.Parse(_status.Next(progress, TimeSpan.FromSeconds(seconds), Now))!["trainerStatus"]!;

    private static RunProgress Progress(long step) => new(step, 1000, 2, null, null, null, null, null, null);
}
