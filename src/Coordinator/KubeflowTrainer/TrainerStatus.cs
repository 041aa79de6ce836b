using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MiniBatch.Coordinator.Monitoring;

namespace MiniBatch.Coordinator.KubeflowTrainer;

/// <summary>Makes the status of a TrainJob from how far the run is, and estimates what remains from how fast it went of late.</summary>
public sealed class TrainerStatus
{
    /// <summary>Reports that the rate is taken over: a minute's, at one every five seconds. Old enough to even evaluations out.</summary>
    private const int ReportsMax = 12;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly Queue<(long Step, TimeSpan At)> _reports = [];

    /// <summary>The next status.</summary>
    /// <param name="progress">How far the run is.</param>
    /// <param name="at">When, on any clock that does not go back.</param>
    /// <param name="now">The same moment, for people.</param>
    /// <returns>The request's body.</returns>
    public string Next(RunProgress progress, TimeSpan at, DateTimeOffset now)
    {
        var remaining = Remaining(progress, at);
        _reports.Enqueue((progress.Step, at));
        if (_reports.Count > ReportsMax) _reports.Dequeue();
        return JsonSerializer.Serialize(
            new Request(new Status(
                (int)(100 * progress.Step / Math.Max(1, progress.PlannedSteps)), remaining, [.. Metrics(progress)],
                now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))),
            Options);
    }

    /// <summary>Seconds, or null while there is nothing to go by.</summary>
    private int? Remaining(RunProgress progress, TimeSpan at)
    {
        var left = progress.PlannedSteps - progress.Step;
        if (left == 0) return 0;
        if (!_reports.TryPeek(out var since) || progress.Step <= since.Step) return null;
        var seconds = (at - since.At).TotalSeconds * left / (progress.Step - since.Step);
        return (int)Math.Min(int.MaxValue, Math.Ceiling(seconds));
    }

    private static IEnumerable<Metric> Metrics(RunProgress progress)
    {
        (string Name, double? Value)[] known =
        [
            ("step", progress.Step), ("totalSteps", progress.PlannedSteps), ("epoch", progress.Epoch), ("totalEpochs", progress.Epochs),
            ("train_loss", progress.TrainLoss), ("train_accuracy", progress.TrainAccuracy), ("learning_rate", progress.LearningRate),
            ("eval_loss", progress.TestLoss), ("eval_accuracy", progress.TestAccuracy),
        ];
        return known.Where(metric => metric.Value is not null)
            .Select(metric => new Metric(metric.Name, metric.Value!.Value.ToString(CultureInfo.InvariantCulture)));
    }

    private sealed record Request(Status TrainerStatus);

    private sealed record Status(int ProgressPercentage, int? EstimatedRemainingSeconds, IReadOnlyList<Metric> Metrics, string LastUpdatedTime);

    /// <summary>The values of a TrainJob's status are text.</summary>
    private sealed record Metric(string Name, string Value);
}
