using System.Globalization;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Coordinator.TensorBoard;

/// <summary>
/// Writes a run's curves, and once an epoch histograms of its averaged gradient, for TensorBoard: one event file a coordinator, in a
/// folder a run. Told by the recorder's one task, from the ledger's lines: no step waits for it.
/// </summary>
/// <remarks>
/// Nothing that goes wrong here ends the run: the first failure is a warning, and nothing more is written. Source of the messages:
/// tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
/// </remarks>
public sealed class TensorBoardWriter : IDisposable
{
    /// <summary>
    /// Points of a curve over a whole run, about: as many as TensorBoard keeps of one (<c>--samples_per_plugin</c>), and never more
    /// than one an update.
    /// </summary>
    public const int PointsOfRun = 1000;

    private readonly RunSpec _spec;
    private readonly TimeProvider _time;
    private readonly bool _hasAccuracy;
    private readonly long _interval;
    private EventFile? _file;
    private LedgerLine? _last;
    private long _samples;         // since the last point
    private double _milliseconds;

    /// <summary>Makes the event file, and says in it from which step on what earlier coordinators wrote is void.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="directory">TensorBoard's logdir; the run's folder in it, named by its id, is made.</param>
    /// <param name="incarnation">This coordinator's.</param>
    /// <param name="resumed">Where the run goes on, or null where it starts.</param>
    /// <param name="time">The clock of the events.</param>
    public TensorBoardWriter(RunSpec spec, string directory, Incarnation incarnation, Checkpoint? resumed, TimeProvider time)
    {
        _spec = spec;
        _time = time;
        _hasAccuracy = WorkloadCatalog.Get(spec.Workload).Objective.HasAccuracy;
        // By the update's number, not by time: a step that is computed again replaces its own point.
        _interval = Math.Max(1, (spec.Epochs * spec.UpdatesPerEpoch + PointsOfRun - 1) / PointsOfRun);
        Try(() =>
        {
            var folder = Path.Combine(directory, spec.Run.Value);
            Directory.CreateDirectory(folder);
            _file = new EventFile(Path.Combine(folder, FileName(incarnation)));
            Append(step: 0, message => message.Text(EventField.FileVersion, "brain.Event:2"));
            Append(FirstVoid(resumed), message => message.Message(
                EventField.SessionLog, new ProtoWriter().Int64(SessionLogField.Status, SessionLogField.Start)));
            _file.Flush();
        });
    }

    /// <summary>An update was written to the ledger.</summary>
    /// <param name="line">Its line.</param>
    /// <param name="gradient">Its averaged gradient, of the last update of an epoch; else null.</param>
    public void Committed(LedgerLine line, AveragedGradient? gradient)
    {
        if (_file is null) return;
        _last = line;
        var samples = line.Slots.Sum(slot => slot.Samples);
        _samples += samples;
        _milliseconds += line.Milliseconds;
        if (line.Step % _interval == 0)
        {
            var point = new Point()
                .Add("step/loss", line.Loss)
                .Add("step/accuracy", _hasAccuracy ? (double)line.Correct / samples : null)
                .Add("step/learning_rate", line.LearningRate)
                .Add("step/gradient_norm", line.GradientNorm)
                // Slots that are applied on arrival overlap in time: their times don't add up.
                .Add("step/samples_per_second", _spec.Mode.IsSynchronous && _milliseconds > 0 ? 1000 * _samples / _milliseconds : null);
            Append(line.Step, point);
            (_samples, _milliseconds) = (0, 0);
        }
        if (gradient is not null) Append(line.Step, HistogramsOf(gradient));
    }

    /// <summary>An epoch is done, and evaluated where that was due; its point is at its last update.</summary>
    public void Completed(EpochSummary epoch)
    {
        if (_file is null) return;
        var point = new Point()
            .Add("epoch/train_loss", epoch.TrainLoss)
            .Add("epoch/test_loss", epoch.TestLoss)
            .Add("epoch/test_accuracy", epoch.TestAccuracy)
            .Add("epoch/samples_per_second", epoch.SamplesPerSecond);
        // Absent where an earlier coordinator trained the epoch and this one only evaluated it.
        if (_last?.Epoch == epoch.Epoch)
            point.Add("epoch/learning_rate", _last.LearningRate).Add("epoch/gradient_norm", _last.GradientNorm);
        Append(EndOf(epoch.Epoch), point);
    }

    /// <summary>Gives what was told to the system; TensorBoard sees it then.</summary>
    public void Flush() => Try(() => _file?.Flush());

    /// <inheritdoc />
    public void Dispose()
    {
        Flush();
        _file?.Dispose();
        _file = null;
    }

    private long EndOf(int epoch) => epoch * _spec.UpdatesPerEpoch;

    /// <summary>
    /// The update after the checkpoint's; that of the checkpoint itself where its epoch is over and not evaluated yet: the epoch's
    /// point may be in an earlier file, and will come again.
    /// </summary>
    private long FirstVoid(Checkpoint? resumed)
    {
        if (resumed is null) return 0;
        var version = resumed.Model.Version;
        var isEndOfEpoch = version % _spec.UpdatesPerEpoch == 0;
        return isEndOfEpoch && resumed.Epochs.All(epoch => EndOf(epoch.Epoch) != version) ? version : version + 1;
    }

    private static Point HistogramsOf(AveragedGradient gradient)
    {
        var point = new Point();
        var start = 0;
        foreach (var tensor in gradient.Layout.Parameters)
        {
            var values = gradient.Values.AsSpan(start, (int)tensor.ElementCount);
            if (values.Length > 0) point.Add($"gradient/{tensor.Name}", Histogram.Of(values));
            start += values.Length;
        }
        return point;
    }

    private void Append(long step, Point point) => Append(step, message => message.Message(EventField.Summary, point.Summary));

    private void Append(long step, Action<ProtoWriter> what)
    {
        var message = new ProtoWriter()
            .Double(EventField.WallTime, (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds)
            .Int64(EventField.Step, step);
        what(message);
        _file?.Append(message.Bytes);
    }

    /// <summary>TensorBoard reads a folder's files in the order of their names: seconds first, then who came later.</summary>
    private string FileName(Incarnation incarnation) => string.Create(
        CultureInfo.InvariantCulture,
        $"events.out.tfevents.{_time.GetUtcNow().ToUnixTimeSeconds():D10}.{incarnation.Value:D6}.{Environment.MachineName}");

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _file?.Dispose();
            _file = null;
            NodeEvents.TensorBoardFailed.Write("nothing more is written for TensorBoard ({problem:l}); the run goes on", e.Message.TrimEnd('.'));
        }
    }

    /// <summary>What a summary has of one step.</summary>
    private sealed class Point
    {
        public ProtoWriter Summary { get; } = new();

        public Point Add(string tag, double? value)
        {
            if (value is { } known) Add(tag, field => field.Float(ValueField.SimpleValue, (float)known));
            return this;
        }

        public void Add(string tag, Histogram histogram) => Add(tag, field => field.Message(
            ValueField.Histogram,
            new ProtoWriter()
                .Double(HistogramField.Min, histogram.Min)
                .Double(HistogramField.Max, histogram.Max)
                .Double(HistogramField.Count, histogram.Count)
                .Double(HistogramField.Sum, histogram.Sum)
                .Double(HistogramField.SumOfSquares, histogram.SumOfSquares)
                .Doubles(HistogramField.Limits, histogram.Limits)
                .Doubles(HistogramField.Counts, histogram.Counts)));

        private void Add(string tag, Action<ProtoWriter> what)
        {
            var value = new ProtoWriter().Text(ValueField.Tag, tag);
            what(value);
            Summary.Message(SummaryField.Value, value);
        }
    }

    private static class EventField
    {
        public const int WallTime = 1, Step = 2, FileVersion = 3, Summary = 5, SessionLog = 7;
    }

    private static class SessionLogField
    {
        public const int Status = 1;
        public const long Start = 1;
    }

    private static class SummaryField
    {
        public const int Value = 1;
    }

    private static class ValueField
    {
        public const int Tag = 1, SimpleValue = 2, Histogram = 5;
    }

    private static class HistogramField
    {
        public const int Min = 1, Max = 2, Count = 3, Sum = 4, SumOfSquares = 5, Limits = 6, Counts = 7;
    }
}
