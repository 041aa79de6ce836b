using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation.Nodes;

/// <summary>
/// Renders <see cref="RunRecorder"/>: what is handed over is written by a thread of its own, a while later, in that order, by the
/// real <see cref="RunWriter"/>.
/// </summary>
internal sealed class RecorderShell
{
    private const int Strangers = 8;

    private readonly World _world;
    private readonly RunDirectory _directory;
    private readonly RunWriter _writer;
    private readonly bool _hasAccuracy;
    private readonly Action<string> _failed;
    private readonly RunBacklog _backlog;
    private readonly int _stepsMax;
    private readonly SimulatedProcess _process;
    private MembershipCounts _counted;
    private int _stepsWaiting;
    private bool _isDue;
    private string? _problem;
    private Action? _afterLast;

    /// <param name="cluster">Where it is.</param>
    /// <param name="thread">Its own.</param>
    /// <param name="directory">As that thread sees it.</param>
    /// <param name="writer">Opened already.</param>
    /// <param name="failed">Called on its thread.</param>
    public RecorderShell(SimulatedCluster cluster, SimulatedThread thread, RunDirectory directory, RunWriter writer, Action<string> failed)
    {
        _world = cluster.World;
        Thread = thread;
        _process = thread.Process;
        _directory = directory;
        _writer = writer;
        _hasAccuracy = RunRecorder.HasAccuracy(cluster.Schedule.Spec);
        _backlog = new RunBacklog { EntriesMax = cluster.Schedule.BacklogMax };
        // What is open when it is full is completed: a step, or with slots on arrival one of every worker, and of a connection before it.
        _stepsMax = cluster.Schedule.BacklogMax + 2 * (cluster.Schedule.Workers + Strangers);
        _failed = failed;
    }

    public SimulatedThread Thread { get; }

    public bool IsBehind => _backlog.IsFull && _problem is null;

    public void Add(CommittedStep step)
    {
        if (_afterLast is not null) return;
        if (_problem is null && ++_stepsWaiting > _stepsMax) throw new InvariantException($"{_stepsWaiting} steps wait for the disk, and more are made");
        Take(new RunEntry.Step(step));
    }

    public void Save(ModelSnapshot model, RunPosition position) => Take(new RunEntry.Save(model, position));

    public void Add(ExchangeReport.EpochTrained trained, ExchangeReport.Evaluated? evaluated) =>
        Take(new RunEntry.Epoch(RunRecorder.SummaryOf(trained, evaluated, _hasAccuracy)));

    public void AddWorker(WorkerId worker, ComputeDevice device) => Take(new RunEntry.Worker(worker.Name, device));

    public void Count(MembershipCounts counts)
    {
        if (counts == _counted) return;
        _counted = counts;
        Take(new RunEntry.Counted(counts));
    }

    public void SetArithmetic(Arithmetic arithmetic) => _writer.Arithmetic = arithmetic;

    /// <summary>Writes what was handed over, then the run's end.</summary>
    /// <param name="model">The last version.</param>
    /// <param name="end">How the run ended.</param>
    /// <param name="done">Called on the recorder's thread, with the summary or with what failed.</param>
    public void Finish(ModelSnapshot? model, RunEnd end, Action<RunSummary?, string?> done)
    {
        _backlog.Close();
        _afterLast = () =>
        {
            if (_problem is not null) end = end with { Outcome = "failed", Reason = _problem };
            try
            {
                done(_writer.WriteEnd(model, end, _process.ClockAt(_world.Now)), null);
            }
            catch (Exception e) when (RunWriter.IsProblem(e))
            {
                done(null, RunWriter.Problem(e, _directory));
            }
        };
        _world.Post(Thread, TimeSpan.FromTicks(1), Turn);
    }

    private void Take(RunEntry entry)
    {
        if (_afterLast is not null) return;
        _backlog.Add(entry);
        if (_isDue) return;
        _isDue = true;
        _world.Post(Thread, RunRecorder.WriteInterval, Turn);
    }

    private void Turn()
    {
        _isDue = false;
        var last = _afterLast;
        if (_problem is null)
        {
            try
            {
                while (_backlog.TryTake(out var entry))
                {
                    if (entry is RunEntry.Step) _stepsWaiting--;
                    _writer.Write(entry);
                }
                _writer.Flush();
                if (last is not null) _writer.Sync();
            }
            catch (Exception e) when (RunWriter.IsProblem(e))
            {
                _problem = RunWriter.Problem(e, _directory);
                _failed(_problem);
            }
        }
        if (last is null) return;
        _writer.Dispose();
        last();
    }
}
