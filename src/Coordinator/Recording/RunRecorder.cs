using System.Diagnostics;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.TensorBoard;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Coordinator.Recording;

/// <summary>
/// Has what a run leaves behind written down by a task of its own: steps, epochs and checkpoints are handed over from any thread,
/// never blocking, and go through one <see cref="RunWriter"/> in that order.
/// </summary>
public sealed class RunRecorder : IAsyncDisposable
{
    /// <summary>How long what was handed over waits for company.</summary>
    public static readonly TimeSpan WriteInterval = TimeSpan.FromMilliseconds(20);

    private readonly bool _hasAccuracy;
    private readonly RunDirectory _directory;
    private readonly RunWriter _writer;
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly RunBacklog _backlog = new();
    private readonly TaskCompletionSource _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _writing;
    private volatile Task _finishing = Task.CompletedTask;
    private MembershipCounts _counted;

    /// <summary>Opens the run directory's files: of a new run, or cut back to a checkpoint.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="directory">Held by this process.</param>
    /// <param name="incarnation">This coordinator's.</param>
    /// <param name="resumed">Where to go on, or null to start.</param>
    /// <param name="metrics">Is told what is written; null where nobody looks.</param>
    /// <param name="checkpointsKept">Of the newest, ≥ 1.</param>
    /// <exception cref="UserErrorException">They can't be read or written.</exception>
    public RunRecorder(
        RunSpec spec, RunDirectory directory, Incarnation incarnation, Checkpoint? resumed = null, TrainingMetrics? metrics = null,
        int checkpointsKept = CheckpointStore.KeptDefault)
    {
        _hasAccuracy = HasAccuracy(spec);
        _directory = directory;
        try
        {
            _writer = new RunWriter(spec, directory, incarnation, resumed, metrics, checkpointsKept);
        }
        catch (Exception e) when (RunWriter.IsProblem(e) && e is not UserErrorException)
        {
            throw new UserErrorException(RunWriter.Problem(e, directory), cause: e);
        }
        StepsToRedo = _writer.StepsToRedo;
        _writing = Task.Run(WriteAll);
    }

    /// <summary>With so many entries that wait for the disk it <see cref="IsBehind"/>, ≥ 1.</summary>
    public int BacklogMax
    {
        get => _backlog.EntriesMax;
        init => _backlog.EntriesMax = value;
    }

    /// <summary>Is told what is written, and closed with the recorder; null where nobody looks.</summary>
    public TensorBoardWriter? TensorBoard { init => _writer.TensorBoard = value; }

    /// <summary>Set once something can't be written, or a step that was computed again came out differently: the run must end.</summary>
    public Task<string> Failed => _failed.Task;

    /// <summary>Committed steps whose lines were cut off, and that are computed again.</summary>
    public int StepsToRedo { get; }

    /// <summary>Whether so much waits for the disk that no step is to be opened for now; for one thread to ask.</summary>
    public bool IsBehind => _backlog.IsFull && !_failed.Task.IsCompleted;

    /// <summary>Hands over a step.</summary>
    public void Add(CommittedStep step) => _backlog.Add(new RunEntry.Step(step));

    /// <summary>Hands over a version to go on from after a crash, by one thread; where several wait, the older are left out.</summary>
    public void Save(ModelSnapshot model, RunPosition position) => _backlog.Add(new RunEntry.Save(model, position));

    /// <summary>Hands over a finished epoch.</summary>
    public EpochSummary Add(ExchangeReport.EpochTrained trained, ExchangeReport.Evaluated? evaluated)
    {
        var epoch = SummaryOf(trained, evaluated, _hasAccuracy);
        _backlog.Add(new RunEntry.Epoch(epoch));
        return epoch;
    }

    /// <summary>A worker takes part, on this device; the summary names both.</summary>
    public void AddWorker(WorkerId worker, ComputeDevice device) => _backlog.Add(new RunEntry.Worker(worker.Name, device));

    /// <summary>Hands over what the coordinator has counted by now; by one thread.</summary>
    public void Count(MembershipCounts counts)
    {
        if (counts == _counted) return;
        _counted = counts;
        _backlog.Add(new RunEntry.Counted(counts));
    }

    /// <summary>The run's arithmetic is known.</summary>
    public void SetArithmetic(Arithmetic arithmetic) => _writer.Arithmetic = arithmetic;

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

    /// <summary>Whether anything is right or wrong in the run's workload.</summary>
    internal static bool HasAccuracy(RunSpec spec) => WorkloadCatalog.Get(spec.Workload).Objective.HasAccuracy;

    internal static EpochSummary SummaryOf(ExchangeReport.EpochTrained trained, ExchangeReport.Evaluated? evaluated, bool hasAccuracy) => new(
        trained.Epoch, trained.MeanLoss, evaluated?.MeanLoss,
        evaluated is not null && hasAccuracy ? (double)evaluated.CorrectCount / evaluated.Samples : null,
        trained.Elapsed.TotalSeconds, trained.Samples / trained.Elapsed.TotalSeconds);

    private async Task<RunSummary> WriteEnd(ModelSnapshot? model, RunEnd end)
    {
        await Close();
        // What could not be written is missing from the ledger or the epochs: such a run has not completed.
        if (_failed.Task.IsCompletedSuccessfully) end = end with { Outcome = "failed", Reason = _failed.Task.Result };
        return _writer.WriteEnd(model, end, _elapsed.Elapsed);
    }

    private async Task Close()
    {
        _backlog.Close();
        _closing.TrySetResult();
        await _writing;
        _writer.Dispose();
    }

    private async Task WriteAll()
    {
        try
        {
            // By the clock, not by the entry: waking this task for each step would cost the step a tenth of its time.
            for (var isLast = false; !isLast;)
            {
                await Task.WhenAny(_closing.Task, Task.Delay(WriteInterval));
                isLast = _closing.Task.IsCompleted;
                while (_backlog.TryTake(out var entry)) _writer.Write(entry);
                _writer.Flush();
            }
            _writer.Sync();
        }
        catch (Exception e) when (RunWriter.IsProblem(e))
        {
            _failed.TrySetResult(RunWriter.Problem(e, _directory));
        }
    }
}
