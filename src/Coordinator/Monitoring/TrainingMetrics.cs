using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using MiniBatch.Hosting.Telemetry;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Coordinator.Monitoring;

/// <summary>
/// What a run's training looks like to Prometheus. It is measured where the ledger is written, from its lines: the numbers are the
/// ledger's, and the exchange thread, whose steps they count, has no part in it.
/// </summary>
/// <remarks>Told by the recorder's one task; read by any thread.</remarks>
public sealed class TrainingMetrics
{
    private readonly RunSpec _spec;
    private readonly bool _hasAccuracy;
    private readonly Histogram<double> _step;
    private readonly Histogram<double> _compute;
    private readonly Histogram<double> _send;
    private readonly Histogram<double> _wait;
    private readonly Histogram<double> _apply;
    private readonly Histogram<double> _staleness;
    private readonly Histogram<double> _checkpointWriting;
    private readonly ConcurrentDictionary<string, Done> _done = [];
    private volatile LedgerLine? _last;
    private volatile EpochSummary? _evaluated;
    private long _updates;
    private long _steps;
    private long _version;
    private long _redoneUpTo;
    private long _stepsRedone;
    private long _checkpoints;
    private long _lastCheckpoint;

    /// <summary>What one worker's gradients made up.</summary>
    private sealed class Done
    {
        public long Slots;
        public long Samples;
    }

    /// <summary>Adds the instruments to a meter.</summary>
    public TrainingMetrics(Meter meter, RunSpec spec)
    {
        _spec = spec;
        _hasAccuracy = WorkloadCatalog.Get(spec.Workload).Objective.HasAccuracy;
        _step = meter.CreateTimes("minibatch.step.duration", "From opening a step to its commit; where slots are applied on arrival, from dealing one.");
        _compute = meter.CreateTimes("minibatch.step.compute", "Of a step, what the worker computed: forward, loss, backward.");
        _send = meter.CreateTimes("minibatch.step.send", "Of a step, parameters on their way to the worker and gradients on their way back.");
        _wait = meter.CreateTimes("minibatch.step.wait", "Of a step, from the worker's last gradient to the slowest worker's.");
        _apply = meter.CreateTimes("minibatch.step.apply", "Of a step, averaging and update.");
        _staleness = meter.CreateHistogram<double>(
            "minibatch.staleness", "{update}", "Updates between the version that a slot was computed from and the slot's own; none where steps are synchronous.",
            tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0, 1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128] });
        _checkpointWriting = meter.CreateTimes("minibatch.checkpoint.write", "Writing a checkpoint, until it is safe on the disk.");

        meter.CreateObservableCounter("minibatch.steps", () => Volatile.Read(ref _steps), "{step}", "Steps committed by this coordinator, those that it computed again included.");
        meter.CreateObservableCounter("minibatch.updates", () => Volatile.Read(ref _updates), "{update}", "Updates committed: steps, or where slots are applied on arrival, slots.");
        meter.CreateObservableCounter("minibatch.steps_redone", () => Volatile.Read(ref _stepsRedone), "{step}", "Steps that an earlier coordinator had committed after its last checkpoint, computed again.");
        meter.CreateObservableCounter("minibatch.slots", () => Of(done => Volatile.Read(ref done.Slots)), "{slot}", "Slots whose gradient was taken.");
        meter.CreateObservableCounter("minibatch.samples", () => Of(done => Volatile.Read(ref done.Samples)), "{sample}", "Samples applied.");
        meter.CreateObservableCounter("minibatch.checkpoints", () => Volatile.Read(ref _checkpoints), "{checkpoint}", "Checkpoints written.");

        meter.CreateObservableGauge("minibatch.epoch", () => OfLast(line => line.Epoch), "{epoch}", "The epoch of the last update, from 1.");
        meter.CreateObservableGauge("minibatch.step", () => Volatile.Read(ref _version) / UpdatesPerStep, "{step}", "Steps of the run that are committed, earlier coordinators' included.");
        meter.CreateObservableGauge("minibatch.planned_steps", () => (long)spec.Epochs * spec.StepsPerEpoch, "{step}", "Steps of the whole run.");
        meter.CreateObservableGauge("minibatch.train.loss", () => OfLast(line => line.Loss), unit: null, "Mean loss over the samples of the last update, before it.");
        meter.CreateObservableGauge("minibatch.train.accuracy_ratio", () => OfLast(AccuracyOf), "1", "Share of the last update's samples that were right, before it; none where the workload has no classes.");
        meter.CreateObservableGauge("minibatch.test.loss", () => OfEvaluated(epoch => epoch.TestLoss), unit: null, "Mean loss over the test samples at the last evaluation.");
        meter.CreateObservableGauge("minibatch.test.accuracy_ratio", () => OfEvaluated(epoch => epoch.TestAccuracy), "1", "Share of the test samples that were right at the last evaluation; none where the workload has no classes.");
        meter.CreateObservableGauge("minibatch.learning_rate", () => OfLast(line => line.LearningRate), unit: null, "Of the last update.");
        meter.CreateObservableGauge("minibatch.gradient_norm", () => OfLast(line => line.GradientNorm), unit: null, "Euclidean norm of the last update's gradient, before clipping.");
        meter.CreateObservableGauge("minibatch.checkpoint.age", CheckpointAge, "s", "Since the last checkpoint was written; none before the first of this coordinator.");
        meter.CreateObservableGauge("minibatch.run.info", RunInfo, unit: null, "The run.");
    }

    /// <summary>From where the run goes on: a checkpoint, or its beginning. Before anything else is told.</summary>
    /// <param name="version">Updates that the checkpoint has.</param>
    /// <param name="redone">Updates that an earlier coordinator committed after it.</param>
    /// <param name="epochs">That are trained.</param>
    public void GoesOn(long version, int redone, IEnumerable<EpochSummary> epochs)
    {
        Volatile.Write(ref _version, version);
        _redoneUpTo = version + redone;
        foreach (var epoch in epochs) Completed(epoch);
    }

    /// <summary>An update was written to the ledger.</summary>
    public void Committed(LedgerLine line)
    {
        _last = line;
        _updates++;
        Volatile.Write(ref _version, line.Step);
        if (line.Step % UpdatesPerStep == 0)
        {
            Volatile.Write(ref _steps, _steps + 1);
            if (line.Step <= _redoneUpTo) Volatile.Write(ref _stepsRedone, _stepsRedone + 1);
        }
        foreach (var slot in line.Slots)
        {
            var done = _done.GetOrAdd(slot.Worker, static _ => new Done());
            Volatile.Write(ref done.Slots, done.Slots + 1);
            if (line.Skipped is null) Volatile.Write(ref done.Samples, done.Samples + slot.Samples);
        }
        if (_step.Enabled) Time(line);   // somebody listens
    }

    /// <summary>An epoch is done.</summary>
    public void Completed(EpochSummary epoch)
    {
        if (epoch.TestLoss is not null) _evaluated = epoch;
    }

    /// <summary>A checkpoint was written.</summary>
    /// <param name="began">When it was begun, as <see cref="Stopwatch.GetTimestamp"/> has it.</param>
    public void CheckpointWritten(long began)
    {
        _checkpoints++;
        Volatile.Write(ref _lastCheckpoint, Stopwatch.GetTimestamp());
        _checkpointWriting.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>How far the run is, for whoever wants it in words.</summary>
    public RunProgress Progress => new(
        Volatile.Read(ref _version) / UpdatesPerStep, (long)_spec.Epochs * _spec.StepsPerEpoch, _spec.Epochs, _last?.Epoch ?? _evaluated?.Epoch,
        _last?.Loss, _last is { } line ? AccuracyOf(line) : null, _last?.LearningRate, _evaluated?.TestLoss, _evaluated?.TestAccuracy);

    private long UpdatesPerStep => _spec.Mode.UpdatesPerStep(_spec.Slots);

    private void Time(LedgerLine line)
    {
        _step.Record(line.Milliseconds / 1000);
        var shares = StepShare.Of(line);
        foreach (var share in shares)
        {
            var worker = WorkerTag.Of(share.Worker);
            _compute.Record(share.Compute / 1000, worker);
            _send.Record(share.Send / 1000, worker);
            _wait.Record(share.Wait / 1000, worker);
        }
        _apply.Record(shares[0].Apply / 1000);
        if (line.Slots[0].Arrival is { } arrival) _staleness.Record(line.Step - 1 - arrival.FromVersion, WorkerTag.Of(line.Slots[0].Worker));
    }

    private double? AccuracyOf(LedgerLine line) => _hasAccuracy ? (double)line.Correct / line.Slots.Sum(slot => slot.Samples) : null;

    private IEnumerable<Measurement<long>> Of(Func<Done, long> value) =>
        _done.Select(worker => new Measurement<long>(value(worker.Value), WorkerTag.Of(worker.Key)));

    private IEnumerable<Measurement<double>> OfLast(Func<LedgerLine, double?> value) => Known(_last is { } line ? value(line) : null);

    private IEnumerable<Measurement<double>> OfEvaluated(Func<EpochSummary, double?> value) => Known(_evaluated is { } epoch ? value(epoch) : null);

    private IEnumerable<Measurement<double>> CheckpointAge() =>
        Known(Volatile.Read(ref _lastCheckpoint) is var at and not 0 ? Stopwatch.GetElapsedTime(at).TotalSeconds : null);

    private Measurement<long> RunInfo() => new(
        1, new("run", _spec.Run.Value), new("workload", _spec.Workload), new("optimizer", _spec.Optimizer.Name), new("mode", _spec.Mode.ToString()));

    private static IEnumerable<Measurement<double>> Known(double? value) => value is { } known ? [new(known)] : [];
}
