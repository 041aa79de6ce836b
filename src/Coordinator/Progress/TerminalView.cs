using System.Globalization;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;
using Serilog.Core;
using Serilog.Events;
using Spectre.Console;

namespace MiniBatch.Coordinator.Progress;

/// <summary>A bar with rate and remaining time on a terminal; log lines scroll by above it.</summary>
public sealed class TerminalView : IRunView, ILogEventSink
{
    private readonly RunSpec _spec;
    private readonly IAnsiConsole _console;
    private readonly Pace _pace;
    private readonly TaskCompletionSource _finished = new();
    private readonly Task _live;
    private readonly ProgressTask _bar;

    /// <summary>Starts to draw.</summary>
    public TerminalView(RunSpec spec, IAnsiConsole console)
    {
        _spec = spec;
        _console = console;
        _pace = new Pace(spec);
        var started = new TaskCompletionSource<ProgressTask>();
        _live = console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new PercentageColumn())
            .StartAsync(async context =>
            {
                started.SetResult(context.AddTask("waiting for workers", maxValue: spec.StepsPerEpoch));
                await _finished.Task;
            });
        _bar = started.Task.GetAwaiter().GetResult();
    }

    /// <inheritdoc />
    public ILogEventSink LogSink => this;

    /// <inheritdoc />
    public void EpochStarted(int epoch)
    {
        _pace.Start(epoch);
        _bar.Value = 0;
        _bar.Description = $"epoch {epoch}/{_spec.Epochs}";
    }

    /// <inheritdoc />
    public void Advanced(ExchangeReport.Advanced progress)
    {
        _bar.Value = progress.StepsInEpoch;
        _bar.Description = string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {progress.Epoch}/{_spec.Epochs}  loss {progress.MeanLoss:0.0000}  {_pace.Describe(progress)}");
    }

    /// <inheritdoc />
    public void Evaluating(ExchangeReport.EpochTrained trained)
    {
        _bar.Description = $"epoch {trained.Epoch}/{_spec.Epochs}  evaluating";
        // A full bar would count as completed and be hidden.
        _bar.Value = _spec.StepsPerEpoch - 0.001;
    }

    /// <inheritdoc />
    public void EpochDone(EpochSummary epoch) => _console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"epoch {epoch.Epoch}/{_spec.Epochs}  train loss {epoch.TrainLoss:0.0000}  test loss {epoch.TestLoss:0.0000}  test accuracy {epoch.TestAccuracy:0.0000}  {epoch.SamplesPerSecond:N0} samples/s"));

    /// <inheritdoc />
    public void Ended(RunSummary summary, RunDirectory directory)
    {
        StopDrawing();
        SummaryTable.Write(_console, summary, directory);
    }

    /// <inheritdoc />
    public void Dispose() => StopDrawing();

    /// <inheritdoc />
    public void Emit(LogEvent logEvent)
    {
        var style = logEvent.Level >= LogEventLevel.Error ? new Style(Color.Red)
            : logEvent.Level >= LogEventLevel.Warning ? new Style(Color.Yellow)
            : Style.Plain;
        _console.Write(new Text(
            $"{logEvent.Timestamp:HH:mm:ss} {logEvent.RenderMessage(CultureInfo.InvariantCulture)}{Environment.NewLine}", style));
    }

    private void StopDrawing()
    {
        if (_finished.TrySetResult()) _live.Wait(TimeSpan.FromSeconds(2));
    }
}
