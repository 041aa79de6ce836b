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
    private readonly World _world;
    private readonly RunDirectory _directory;
    private readonly RunWriter _writer;
    private readonly bool _hasAccuracy;
    private readonly Action<string> _failed;
    private readonly Queue<RunEntry> _entries = new();
    private readonly SimulatedProcess _process;
    private MembershipCounts _counted;
    private bool _isDue;
    private string? _problem;
    private Action? _afterLast;

    /// <param name="world">Where it is.</param>
    /// <param name="thread">Its own.</param>
    /// <param name="directory">As that thread sees it.</param>
    /// <param name="writer">Opened already.</param>
    /// <param name="spec">The run's.</param>
    /// <param name="failed">Called on its thread.</param>
    public RecorderShell(World world, SimulatedThread thread, RunDirectory directory, RunWriter writer, RunSpec spec, Action<string> failed)
    {
        _world = world;
        Thread = thread;
        _process = thread.Process;
        _directory = directory;
        _writer = writer;
        _hasAccuracy = RunRecorder.HasAccuracy(spec);
        _failed = failed;
    }

    public SimulatedThread Thread { get; }

    public void Add(CommittedStep step) => Take(new RunEntry.Step(step));

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
        if (_afterLast is not null) return;   // the channel is closed
        _entries.Enqueue(entry);
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
                while (_entries.TryDequeue(out var entry)) _writer.Write(entry);
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
