using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.TensorBoard;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Coordinator.Recording;

/// <summary>How a run ended.</summary>
/// <param name="Outcome">"completed", "failed" or "stopped".</param>
/// <param name="Reason">One line.</param>
public sealed record RunEnd(string Outcome, string Reason);

/// <summary>
/// Writes what a run leaves behind: steps, epochs and checkpoints are handed over from any thread, never blocking, and written
/// by one task in that order. So a checkpoint knows the ledger's length and chain at just its version.
/// </summary>
public sealed class RunRecorder : IAsyncDisposable
{
    private abstract record Entry
    {
        public sealed record Step(CommittedStep Committed) : Entry;

        public sealed record Epoch(EpochSummary Summary) : Entry;

        public sealed record Worker(string Name, ComputeDevice Device) : Entry;

        public sealed record Counted(MembershipCounts Counts) : Entry;

        public sealed record Save(ModelSnapshot Model, RunPosition Position) : Entry;
    }

    private static readonly TimeSpan WriteInterval = TimeSpan.FromMilliseconds(20);

    private readonly RunSpec _spec;
    private readonly bool _hasAccuracy;
    private readonly RunDirectory _directory;
    private readonly Incarnation _incarnation;
    private readonly CheckpointStore _checkpoints;
    private readonly LedgerFile _ledger;
    private readonly RunTally _tally;
    private readonly DiscardedSteps _discarded;
    private readonly TrainingMetrics? _metrics;
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly List<EpochSummary> _epochs;
    private readonly Channel<Entry> _entries = Channel.CreateUnbounded<Entry>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _writing;
    private volatile Task _finishing = Task.CompletedTask;
    private volatile Arithmetic? _arithmetic;
    private MembershipCounts _counted;

    /// <summary>Opens the run directory's files: of a new run, or cut back to a checkpoint.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="directory">Held by this process.</param>
    /// <param name="incarnation">This coordinator's.</param>
    /// <param name="resumed">Where to go on, or null to start.</param>
    /// <param name="metrics">Is told what is written; null where nobody looks.</param>
    public RunRecorder(
        RunSpec spec, RunDirectory directory, Incarnation incarnation, Checkpoint? resumed = null, TrainingMetrics? metrics = null)
    {
        _spec = spec;
        _metrics = metrics;
        _hasAccuracy = WorkloadCatalog.Get(spec.Workload).Objective.HasAccuracy;
        _directory = directory;
        _incarnation = incarnation;
        _checkpoints = new CheckpointStore(directory, spec.Run, incarnation);
        _epochs = [.. resumed?.Epochs ?? []];
        _arithmetic = resumed?.Arithmetic;
        RunDirectory.WriteJson(directory.Spec, spec);
        _tally = new RunTally(directory.Tally);
        _ledger = new LedgerFile(directory.Ledger, resumed?.Ledger ?? LedgerMark.StartOf(spec));
        // Kept before they are cut off: a crash in between finds them in both places, not in none.
        _discarded = new DiscardedSteps(directory.Discarded, resumed?.Model.Version ?? 0, _ledger.Beyond);
        _ledger.CutOff();
        metrics?.GoesOn(resumed?.Model.Version ?? 0, _discarded.Count, _epochs);
        WriteEpochs();
        _writing = Task.Run(WriteAll);
    }

    /// <summary>Checkpoints that are kept, ≥ 1.</summary>
    public int CheckpointsKept { init => _checkpoints.Kept = value; }

    /// <summary>Is told what is written, and closed with the recorder; null where nobody looks.</summary>
    public TensorBoardWriter? TensorBoard { private get; init; }

    /// <summary>Set once something can't be written, or a step that was computed again came out differently: the run must end.</summary>
    public Task<string> Failed => _failed.Task;

    /// <summary>Committed steps whose lines were cut off, and that are computed again.</summary>
    public int StepsToRedo => _discarded.Count;

    /// <summary>Hands over a step.</summary>
    public void Add(CommittedStep step) => _entries.Writer.TryWrite(new Entry.Step(step));

    /// <summary>Hands over a version to go on from after a crash.</summary>
    public void Save(ModelSnapshot model, RunPosition position) => _entries.Writer.TryWrite(new Entry.Save(model, position));

    /// <summary>Hands over a finished epoch.</summary>
    public EpochSummary Add(ExchangeReport.EpochTrained trained, ExchangeReport.Evaluated? evaluated)
    {
        var epoch = new EpochSummary(
            trained.Epoch, trained.MeanLoss, evaluated?.MeanLoss,
            evaluated is not null && _hasAccuracy ? (double)evaluated.CorrectCount / evaluated.Samples : null,
            trained.Elapsed.TotalSeconds, trained.Samples / trained.Elapsed.TotalSeconds);
        _entries.Writer.TryWrite(new Entry.Epoch(epoch));
        return epoch;
    }

    /// <summary>A worker takes part, on this device; the summary names both.</summary>
    public void AddWorker(WorkerId worker, ComputeDevice device) => _entries.Writer.TryWrite(new Entry.Worker(worker.Name, device));

    /// <summary>Hands over what the coordinator has counted by now; by one thread.</summary>
    public void Count(MembershipCounts counts)
    {
        if (counts == _counted) return;
        _counted = counts;
        _entries.Writer.TryWrite(new Entry.Counted(counts));
    }

    /// <summary>The run's arithmetic is known.</summary>
    public void SetArithmetic(Arithmetic arithmetic) => _arithmetic = arithmetic;

    /// <summary>Writes what was handed over, then the weights and the summary.</summary>
    /// <param name="model">The last version; null where there never was one.</param>
    /// <param name="end">How the run ended.</param>
    public Task<RunSummary> Finish(ModelSnapshot? model, RunEnd end)
    {
        var finishing = WriteEnd(model, end);
        _finishing = finishing;
        return finishing;
    }

    /// <summary>Waits until nothing is being written any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await Close();
        await Task.WhenAny(_finishing);   // whether it failed is its caller's business
    }

    private async Task<RunSummary> WriteEnd(ModelSnapshot? model, RunEnd end)
    {
        await Close();
        // What could not be written is missing from the ledger or the epochs: such a run has not completed.
        if (_failed.Task.IsCompletedSuccessfully) end = end with { Outcome = "failed", Reason = _failed.Task.Result };
        RunLock.RequireCurrent(_directory, _incarnation);
        if (model is not null) WriteModel(model);
        var summary = Summarise(model, end);
        RunDirectory.WriteJson(_directory.Summary, summary);
        if (end.Outcome != "failed")
        {
            // Last: who is killed before has not ended in order.
            _tally.CountEnded();
            _tally.Write();
        }
        return summary;
    }

    private async Task Close()
    {
        _entries.Writer.TryComplete();
        await _writing;
        _ledger.Dispose();
        TensorBoard?.Dispose();
    }

    private async Task WriteAll()
    {
        try
        {
            // By the clock, not by the entry: waking this task for each step would cost the step a tenth of its time.
            while (!_entries.Reader.Completion.IsCompleted)
            {
                await Task.WhenAny(_entries.Reader.Completion, Task.Delay(WriteInterval));
                while (_entries.Reader.TryRead(out var entry)) Write(entry);
                _ledger.Flush();
                TensorBoard?.Flush();
                if (_tally.HasChanged) InOurTime(_tally.Write);
            }
            _ledger.Sync();
            InOurTime(_discarded.Settle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or WeightsException or UserErrorException)
        {
            _failed.TrySetResult(Problem(e, _directory));
        }
    }

    /// <summary>What ended the writing, and what mends it, as one line.</summary>
    internal static string Problem(Exception cause, RunDirectory directory) => cause is UserErrorException
        ? cause.Message
        : $"can't write to {directory.Root} ({cause.Message.TrimEnd('.')}); make room there, or let this user write, then go on with --resume {directory.Root}";

    /// <summary>Whoever was stopped, replaced and woken must not touch what is the later coordinator's now.</summary>
    private void InOurTime(Action write)
    {
        RunLock.RequireCurrent(_directory, _incarnation);
        write();
    }

    private void Write(Entry entry)
    {
        switch (entry)
        {
            case Entry.Step step: WriteStep(LineOf(step.Committed), step.Committed.Update.Gradient); break;
            case Entry.Epoch epoch:
                _epochs.Add(epoch.Summary);
                File.AppendAllText(_directory.Epochs, LineOf(epoch.Summary) + "\n");
                _metrics?.Completed(epoch.Summary);
                TensorBoard?.Completed(epoch.Summary);
                break;
            case Entry.Worker worker: _tally.Add(worker.Name, worker.Device); break;
            case Entry.Counted counted: _tally.Take(counted.Counts); break;
            case Entry.Save save:
                var began = Stopwatch.GetTimestamp();
                // The ledger must be on the disk before the checkpoint that counts on it.
                _ledger.Sync();
                var started = Stopwatch.GetTimestamp();
                _checkpoints.Save(new Checkpoint(save.Model, save.Position, _ledger.Mark, [.. _epochs], _arithmetic));
                NodeEvents.CheckpointWritten.Write(
                    "checkpoint of version {version} is written ({milliseconds:0} ms)", save.Model.Version, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                _discarded.Settle();
                _metrics?.CheckpointWritten(began);
                break;
        }
    }

    private void WriteStep(LedgerLine line, AveragedGradient? gradient)
    {
        if (_discarded.Take(line.Step) is { } before)
        {
            _tally.CountRedone();
            if (IsRepeatable && line.DifferenceFrom(before) is { } difference)
                throw new UserErrorException($"step {line.Step} was computed again after a restart and differs from before: {difference}; the run is not deterministic");
        }
        _ledger.Append(line);
        _metrics?.Committed(line);
        TensorBoard?.Committed(line, gradient);
    }

    /// <summary>Whether the law of a synchronous run holds, as far as this coordinator's workers' arithmetic is one.</summary>
    private bool IsRepeatable => _spec.Mode.IsSynchronous && _arithmetic?.ProbeSha256 != Arithmetic.Unrepeatable;

    private static LedgerLine LineOf(CommittedStep step) => new(
        step.Step, step.Epoch, step.Generation.Value, step.MeanLoss, step.CorrectCount, step.Update.LearningRate, step.Update.GradientNorm,
        step.Update.Clipped, step.VersionCrc.ToString("x8", CultureInfo.InvariantCulture), step.StateSha256, Math.Round(step.Elapsed.TotalMilliseconds, 3),
        [.. step.Slots.Select(slot => new LedgerSlot(
            slot.Worker.Name, slot.Samples, slot.SampleCrc.ToString("x8", CultureInfo.InvariantCulture), slot.ComputeMicroseconds,
            slot.Arrival is { } arrival ? new LedgerArrival(arrival.Step, arrival.Slot, arrival.FromVersion) : null, Microseconds(slot.Arrived)))],
        step.Skipped);

    private static int Microseconds(TimeSpan time) => (int)Math.Min(int.MaxValue, time.TotalMicroseconds);

    private void WriteEpochs() => File.WriteAllLines(
        _directory.Epochs, ["epoch,trainLoss,testLoss,testAccuracy,seconds,samplesPerSecond", .. _epochs.Select(LineOf)]);

    private static string LineOf(EpochSummary epoch) => string.Create(
        CultureInfo.InvariantCulture,
        $"{epoch.Epoch},{epoch.TrainLoss:R},{epoch.TestLoss:R},{epoch.TestAccuracy:R},{epoch.Seconds:F3},{epoch.SamplesPerSecond:F0}");

    private void WriteModel(ModelSnapshot model)
    {
        var tensors = model.Tensors().ToList();
        // Layers that count batches count steps: one a step, whatever the slots.
        tensors.AddRange(model.Layout.Counters.Select(counter => NamedTensor.OfInt64s(counter.Name, counter.Shape, [StepsOf(model)])));
        ModelFile.Write(_directory.Model, tensors, new ModelOrigin(_spec.Workload, _spec.Run.Value, model.Version, _spec.CpuCapability));
    }

    private long StepsOf(ModelSnapshot model) => model.Version / _spec.Mode.UpdatesPerStep(_spec.Slots);

    private RunSummary Summarise(ModelSnapshot? model, RunEnd end)
    {
        var samples = _epochs.Sum(epoch => epoch.Seconds * epoch.SamplesPerSecond);
        var seconds = _epochs.Sum(epoch => epoch.Seconds);
        var restarts = (int)_incarnation.Value - 1;
        var tally = _tally.Now;
        return new RunSummary
        {
            Run = _spec.Run.Value,
            Workload = _spec.Workload,
            Engine = new EngineSummary(ProgramVersion.Akka, ProgramVersion.TorchSharp),
            Device = string.Join(", ", tally.Workers.Values.Select(device => device.Short).Distinct().Order(StringComparer.Ordinal)),
            WorkerDevices = [.. tally.Workers.Select(known => new WorkerDevice(known.Key, known.Value.Device, known.Value.Name, known.Value.MemoryBytes, known.Value.Threads))],
            CpuCapability = _spec.CpuCapability,
            Deterministic = !tally.MixedArithmetic && IsRepeatable,
            Optimizer = _spec.Optimizer.Name,
            LearningRate = _spec.Optimizer.LearningRate,
            GlobalBatch = _spec.GlobalBatch,
            Slots = _spec.Slots,
            Workers = tally.MostWorkers,
            Seed = _spec.Seed,
            Mode = _spec.Mode,
            Steps = model is null ? 0 : StepsOf(model),
            Updates = model?.Version ?? 0,
            UpdatesSkipped = model?.Counters.UpdatesSkipped ?? 0,
            UpdatesClipped = model?.Counters.UpdatesClipped ?? 0,
            Staleness = model?.Counters.Staleness is { } slots ? StalenessSummary.Of(slots) : null,
            Seconds = Math.Round(_elapsed.Elapsed.TotalSeconds, 3),
            SamplesPerSecond = seconds > 0 ? Math.Round(samples / seconds, 1) : 0,
            Epochs = _epochs,
            TestAccuracy = _epochs.Count > 0 ? _epochs[^1].TestAccuracy : null,
            ParameterCount = model?.Layout.ParameterCount ?? 0,
            ParametersSha256 = model?.ParametersSha256() ?? "",
            StateSha256 = model?.StateSha256() ?? "",
            Faults = new FaultSummary(
                tally.FaultsSeen + restarts - tally.CoordinatorsEnded, restarts, model?.Counters.SlotsReassigned ?? 0,
                model?.Counters.SlotsBackedUp ?? 0, model?.Counters.DuplicatesDropped ?? 0, tally.StepsRedone),
            Outcome = end.Outcome,
            Reason = end.Reason,
        };
    }
}
