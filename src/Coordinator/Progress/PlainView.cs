using System.Globalization;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;
using Serilog.Core;
using Spectre.Console;

namespace MiniBatch.Coordinator.Progress;

/// <summary>Lines, for pipes and log collectors: one every few seconds, one an epoch, then the table.</summary>
/// <param name="spec">The run.</param>
/// <param name="output">Where to.</param>
/// <param name="clock">Measures the seconds between lines; a machine's time of day may be set back.</param>
public sealed class PlainView(RunSpec spec, TextWriter output, TimeProvider clock) : IRunView
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Pace _pace = new(spec);
    private long _lastLine = clock.GetTimestamp();

    /// <inheritdoc />
    public ILogEventSink? LogSink => null;

    /// <inheritdoc />
    public void EpochStarted(int epoch)
    {
    }

    /// <inheritdoc />
    public void Advanced(ExchangeReport.Advanced progress)
    {
        if (clock.GetElapsedTime(_lastLine) < Interval) return;
        _lastLine = clock.GetTimestamp();
        Line($"epoch {progress.Epoch}/{spec.Epochs}  step {progress.StepsInEpoch}/{spec.StepsPerEpoch}  "
            + $"loss {LossText.Of(progress.MeanLoss)}  {_pace.Describe(progress)}");
    }

    /// <inheritdoc />
    public void Evaluating(ExchangeReport.EpochTrained trained)
    {
    }

    /// <inheritdoc />
    public void EpochDone(EpochSummary epoch) => Line(EpochText.Of(epoch, spec));

    /// <inheritdoc />
    public void Ended(RunSummary summary, RunDirectory directory) =>
        SummaryTable.Write(
            AnsiConsole.Create(new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output),
            }),
            summary, directory);

    /// <inheritdoc />
    public void Dispose()
    {
    }

    private void Line(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private void Line(string text) => output.WriteLine(text);
}
