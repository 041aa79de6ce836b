using System.Globalization;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MiniBatch.Coordinator.Progress;

/// <summary>A bar with rate and remaining time on a terminal; log lines scroll by above it.</summary>
public sealed class TerminalView : IRunView, ILogEventSink
{
    private static readonly MessageTemplateTextFormatter LogLine = new("{Timestamp:HH:mm:ss} {Message:lj}");

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
        _bar.Value = 0;
        _bar.Description = $"epoch {epoch}/{_spec.Epochs}";
    }

    /// <inheritdoc />
    public void Advanced(ExchangeReport.Advanced progress)
    {
        _bar.Value = progress.StepsInEpoch;
        _bar.Description = string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {progress.Epoch}/{_spec.Epochs}  loss {LossText.Of(progress.MeanLoss)}  {_pace.Describe(progress)}");
    }

    /// <inheritdoc />
    public void Evaluating(ExchangeReport.EpochTrained trained)
    {
        _bar.Description = $"epoch {trained.Epoch}/{_spec.Epochs}  evaluating";
        // A full bar would count as completed and be hidden.
        _bar.Value = _spec.StepsPerEpoch - 0.001;
    }

    /// <inheritdoc />
    public void EpochDone(EpochSummary epoch) => _console.Write(new LineAboveTheBar(EpochText.Of(epoch, _spec), Style.Plain));

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
        var line = new StringWriter(CultureInfo.InvariantCulture);
        LogLine.Format(logEvent, line);
        _console.Write(new LineAboveTheBar(line.ToString(), style));
    }

    private void StopDrawing()
    {
        if (_finished.TrySetResult()) _live.Wait(TimeSpan.FromSeconds(2));
    }

    /// <summary>
    /// Erases the bar before it writes, in one piece: Spectre puts the cursor where the bar begins, draws this, then the
    /// bar anew, and would leave what is longer of the old bar standing. The terminal wraps long lines.
    /// </summary>
    private sealed class LineAboveTheBar(string text, Style style) : Renderable
    {
        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            [Segment.Control("\u001b[J"), new Segment(text, style), Segment.LineBreak];
    }
}
