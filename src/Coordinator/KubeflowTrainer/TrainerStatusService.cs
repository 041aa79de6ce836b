using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Shared.Logging;

namespace MiniBatch.Coordinator.KubeflowTrainer;

/// <summary>
/// Reports how far the run is to Kubeflow Trainer, every few seconds and once more when it is over. It reads numbers that are there
/// anyway, on a task of its own: an endpoint that does not answer holds up no step.
/// </summary>
public sealed class TrainerStatusService(TrainerEndpoint endpoint, CoordinatorMonitor monitor) : BackgroundService
{
    /// <summary>As long as the last report may hold up the end of the process.</summary>
    private static readonly TimeSpan LastLimit = TimeSpan.FromSeconds(2);

    private readonly TrainerStatus _status = new();
    private RunProgress? _reported;
    private bool _isRefused;

    /// <summary>Between two reports, and the longest that one may take.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await ReportAsync(Interval, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The last report is StopAsync's.
        }
    }

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await ReportAsync(LastLimit, CancellationToken.None);
    }

    /// <summary>Reports, unless all is as it was.</summary>
    private async Task ReportAsync(TimeSpan limit, CancellationToken stopping)
    {
        var progress = monitor.Training.Progress;
        if (progress == _reported) return;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        late.CancelAfter(limit);
        var problem = await endpoint.PostAsync(_status.Next(progress, Stopwatch.GetElapsedTime(0), DateTimeOffset.UtcNow), late.Token);
        if (stopping.IsCancellationRequested) return;
        if (problem is null) _reported = progress;
        else if (!_isRefused) NodeEvents.TrainerStatusRefused.Write("Kubeflow Trainer did not take how far the run is: {problem:l}", problem);
        _isRefused = problem is not null;
    }
}
