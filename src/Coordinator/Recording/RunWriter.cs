using System.Diagnostics;
using System.Globalization;
using System.Text;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.TensorBoard;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Recording;

/// <summary>Something to write down.</summary>
public abstract record RunEntry
{
    private RunEntry() { }

    /// <summary>A committed step.</summary>
    /// <param name="Committed">It.</param>
    public sealed record Step(CommittedStep Committed) : RunEntry;

    /// <summary>A finished epoch.</summary>
    /// <param name="Summary">It.</param>
    public sealed record Epoch(EpochSummary Summary) : RunEntry;

    /// <summary>A worker that takes part.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Device">What it computes on.</param>
    public sealed record Worker(string Name, ComputeDevice Device) : RunEntry;

    /// <summary>What the coordinator has counted.</summary>
    /// <param name="Counts">By now.</param>
    public sealed record Counted(MembershipCounts Counts) : RunEntry;

    /// <summary>A version to go on from after a crash.</summary>
    /// <param name="Model">It.</param>
    /// <param name="Position">How far the run is.</param>
    public sealed record Save(ModelSnapshot Model, RunPosition Position) : RunEntry;
}

/// <summary>How a run ended.</summary>
/// <param name="Outcome">"completed", "failed" or "stopped".</param>
/// <param name="Reason">One line.</param>
public sealed record RunEnd(string Outcome, string Reason);

/// <summary>
/// Writes the files of a run, in the order in which it is told. A checkpoint therefore knows the ledger's length and chain at just
/// its version. No thread and no clock of its own: <see cref="RunRecorder"/>'s task uses it, and in a simulation an imaginary one.
/// </summary>
public sealed class RunWriter : IDisposable
{
    private readonly RunSpec _spec;
    private readonly RunDirectory _directory;
    private readonly Incarnation _incarnation;
    private readonly CheckpointStore _checkpoints;
    private readonly LedgerFile _ledger;
    private readonly RunTally _tally;
    private readonly DiscardedSteps _discarded;
    private readonly TrainingMetrics? _metrics;
    private readonly List<EpochSummary> _epochs;
    private volatile Arithmetic? _arithmetic;   // set by the coordinator's thread

    /// <summary>Opens the run directory's files: of a new run, or cut back to a checkpoint.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="directory">Held by this process.</param>
    /// <param name="incarnation">This coordinator's.</param>
    /// <param name="resumed">Where to go on, or null to start.</param>
    /// <param name="metrics">Is told what is written; null where nobody looks.</param>
    /// <param name="checkpointsKept">Of the newest, ≥ 1; here, because the first is written by now.</param>
    /// <exception cref="UserErrorException">A file that it needs is not sound: what the run came to is as it was.</exception>
    public RunWriter(
        RunSpec spec, RunDirectory directory, Incarnation incarnation, Checkpoint? resumed, TrainingMetrics? metrics, int checkpointsKept = CheckpointStore.KeptDefault)
    {
        _spec = spec;
        _metrics = metrics;
        _incarnation = incarnation;
        _directory = directory = directory with { Files = new FencedFileSystem(directory.Files, directory, incarnation) };
        _checkpoints = new CheckpointStore(directory, spec, incarnation) { Kept = checkpointsKept };
        _epochs = [.. resumed?.Epochs ?? []];
        _arithmetic = resumed?.Arithmetic;
        RunDirectory.WriteJson(directory.Files, directory.Spec, spec);
        _tally = new RunTally(directory.Files, directory.Tally);
        _ledger = new LedgerFile(directory.Files, directory.Ledger, resumed?.Ledger ?? LedgerMark.StartOf(spec));
        // Kept before they are cut off: a crash in between finds them in both places, not in none.
        _discarded = new DiscardedSteps(directory.Files, directory.Discarded, resumed?.Model.Version ?? 0, _ledger.Beyond);
        // Nobody ever had the ledger of a run's first coordinator open: it keeps its file, and who follows it.
        if (incarnation.Value > 1) _ledger.CutOff();
        // Under this coordinator's incarnation: whatever an earlier one still writes comes after it then.
        if (resumed is not null) _checkpoints.Save(resumed);
        metrics?.GoesOn(resumed?.Model.Version ?? 0, _discarded.Count, _epochs);
        WriteEpochs();
        // A run that was stopped has both; until it ends again, they are of a version that it has gone on from. In this order: whoever
        // dies in between leaves no summary whose model is missing.
        directory.Files.Delete(directory.Summary);
        directory.Files.Delete(directory.Model);
    }

    /// <summary>Is told what is written, and closed with this; null where nobody looks.</summary>
    public TensorBoardWriter? TensorBoard { get; set; }

    /// <summary>Committed steps whose lines were cut off, and that are computed again.</summary>
    public int StepsToRedo => _discarded.Count;

    /// <summary>What the run's workers make of it, once that is known; from any thread.</summary>
    public Arithmetic? Arithmetic { set => _arithmetic = value; }

    /// <summary>Whether an exception means that the run can't be written down, rather than that the program is wrong.</summary>
    public static bool IsProblem(Exception e) => e is IOException or UnauthorizedAccessException or WeightsException or UserErrorException;

    /// <summary>What ended the writing, and what mends it, as one line.</summary>
    public static string Problem(Exception cause, RunDirectory directory) => cause is UserErrorException
        ? cause.Message
        : $"can't write to {directory.Root} ({cause.Message.TrimEnd('.')}); make room there, or let this user write, then go on with --resume {directory.Root}";

    /// <summary>Writes one thing down; a ledger line may wait for <see cref="Flush"/>.</summary>
    /// <exception cref="Exception">See <see cref="IsProblem"/>: nothing may be written any more.</exception>
    public void Write(RunEntry entry)
    {
        switch (entry)
        {
            case RunEntry.Step step: WriteStep(LineOf(step.Committed), step.Committed.Update.Gradient); break;
            case RunEntry.Epoch epoch:
                _epochs.Add(epoch.Summary);
                // An append replaces no file, which is what else tells a coordinator that another has started.
                RunLock.RequireCurrent(_directory, _incarnation);
                Append(_directory.Epochs, LineOf(epoch.Summary) + "\n");
                _metrics?.Completed(epoch.Summary);
                TensorBoard?.Completed(epoch.Summary);
                break;
            case RunEntry.Worker worker: _tally.Add(worker.Name, worker.Device); break;
            case RunEntry.Counted counted: _tally.Take(counted.Counts); break;
            case RunEntry.Save save: Save(save); break;
        }
    }

    /// <summary>Gives the system what it does not have yet: the ledger's last lines, the tally.</summary>
    public void Flush()
    {
        _ledger.Flush();
        TensorBoard?.Flush();
        if (_tally.HasChanged) _tally.Write();
    }

    /// <summary>Nothing follows but the run's end: the ledger is on the disk when this returns.</summary>
    public void Sync()
    {
        _ledger.Sync();
        _discarded.Settle();
    }

    /// <summary>Writes the weights and the summary.</summary>
    /// <param name="model">The last version; null where there never was one.</param>
    /// <param name="end">How the run ended.</param>
    /// <param name="elapsed">Since the coordinator's start.</param>
    public RunSummary WriteEnd(ModelSnapshot? model, RunEnd end, TimeSpan elapsed)
    {
        if (end.Outcome != "failed") WriteEpochs();   // whole, and on the disk
        if (model is not null) WriteModel(model);
        var summary = Summarise(model, end, elapsed);
        RunDirectory.WriteJson(_directory.Files, _directory.Summary, summary);
        if (end.Outcome != "failed")
        {
            // Last: who is killed before has not ended in order.
            _tally.CountEnded();
            _tally.Write();
        }
        return summary;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _ledger.Dispose();
        TensorBoard?.Dispose();
    }

    private void Save(RunEntry.Save save)
    {
        var began = Stopwatch.GetTimestamp();
        // The ledger must be on the disk before the checkpoint that counts on it.
        _ledger.Sync();
        var started = Stopwatch.GetTimestamp();
        _checkpoints.Save(new Checkpoint(save.Model, save.Position, _ledger.Mark, [.. _epochs], _arithmetic));
        NodeEvents.CheckpointWritten.Write(
            "checkpoint of version {version} is written ({milliseconds:0} ms)", save.Model.Version, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        _discarded.Settle();
        _metrics?.CheckpointWritten(began);
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

    /// <summary>Whether the law of a synchronous run holds: its workers' arithmetic repeats, and has been one under all of its coordinators.</summary>
    private bool IsRepeatable => _spec.Mode.IsSynchronous && !_tally.Now.MixedArithmetic && _arithmetic?.ProbeSha256 != Arithmetic.Unrepeatable;

    private static LedgerLine LineOf(CommittedStep step) => new(
        step.Step, step.Epoch, step.Generation.Value, step.MeanLoss, step.CorrectCount, step.Update.LearningRate, step.Update.GradientNorm,
        step.Update.Clipped, step.VersionCrc.ToString("x8", CultureInfo.InvariantCulture), step.StateSha256, Math.Round(step.Elapsed.TotalMilliseconds, 3),
        [.. step.Slots.Select(slot => new LedgerSlot(
            slot.Worker.Name, slot.Samples, slot.SampleCrc.ToString("x8", CultureInfo.InvariantCulture), slot.ComputeMicroseconds,
            slot.Arrival is { } arrival ? new LedgerArrival(arrival.Step, arrival.Slot, arrival.FromVersion) : null, Microseconds(slot.Arrived)))],
        step.Skipped);

    private static int Microseconds(TimeSpan time) => (int)Math.Min(int.MaxValue, time.TotalMicroseconds);

    private void WriteEpochs() => AtomicFile.Write(_directory.Files, _directory.Epochs, Encoding.UTF8.GetBytes(
        string.Concat(["epoch,trainLoss,testLoss,testAccuracy,seconds,samplesPerSecond\n", .. _epochs.Select(epoch => LineOf(epoch) + "\n")])));

    private void Append(string path, string text)
    {
        using var file = _directory.Files.Open(path, FileMode.OpenOrCreate, FileShare.Read);
        file.Write(file.Length, [Encoding.UTF8.GetBytes(text)]);
    }

    private static string LineOf(EpochSummary epoch) => string.Create(
        CultureInfo.InvariantCulture,
        $"{epoch.Epoch},{epoch.TrainLoss:R},{epoch.TestLoss:R},{epoch.TestAccuracy:R},{epoch.Seconds:F3},{epoch.SamplesPerSecond:F0}");

    private void WriteModel(ModelSnapshot model)
    {
        var tensors = model.Tensors().ToList();
        // Layers that count batches count steps: one a step, whatever the slots.
        tensors.AddRange(model.Layout.Counters.Select(counter => NamedTensor.OfInt64s(counter.Name, counter.Shape, [StepsOf(model)])));
        ModelFile.Write(_directory.Files, _directory.Model, tensors, new ModelOrigin(_spec.Workload, _spec.Run.Value, model.Version, _spec.CpuCapability));
    }

    private long StepsOf(ModelSnapshot model) => model.Version / _spec.Mode.UpdatesPerStep(_spec.Slots);

    private RunSummary Summarise(ModelSnapshot? model, RunEnd end, TimeSpan elapsed)
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
            Deterministic = IsRepeatable,
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
            Seconds = Math.Round(elapsed.TotalSeconds, 3),
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
