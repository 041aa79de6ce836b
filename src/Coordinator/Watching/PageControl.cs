using MiniBatch.LivePage;
using MiniBatch.LivePage.Live;
using MiniBatch.Supervision;

namespace MiniBatch.Coordinator.Watching;

/// <summary>
/// The buttons of the page that a coordinator hosts itself, in a cluster whose processes others have started: the run's pace, and cutting a
/// worker off. Processes are not its to kill, nor to start.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="isOver">Whether it is over.</param>
public sealed class PageControl(ILiveRun run, Func<bool> isOver) : IRunControl
{
    private volatile ControlState _state = new(new ClusterState([], CoordinatorRuns: true, IsOver: false));

    /// <inheritdoc />
    public IReadOnlyList<ClusterFault> Faults { get; } = [ClusterFault.CutOffWorker];

    /// <inheritdoc />
    public bool CanCompare => false;

    /// <inheritdoc />
    public ControlState State
    {
        get
        {
            var known = _state.Cluster;
            var workers = run.View?.Exchange?.Workers.Select(worker => worker.Name) ?? known.Workers.Select(worker => worker.Name);
            var (names, over) = (workers.ToList(), isOver());
            return over == known.IsOver && names.SequenceEqual(known.Workers.Select(worker => worker.Name))
                ? _state
                : _state = new ControlState(new ClusterState([.. names.Select(name => new ProcessState(name, "runs"))], CoordinatorRuns: true, over));
        }
    }

    /// <inheritdoc />
    public string? Break(ClusterFault fault, string? worker)
    {
        if (worker is null || run.View?.Exchange is { } view && view.Workers.All(connected => connected.Name != worker)) return "there is no such worker";
        run.CutOff(worker, SupervisorOptions.Default.FaultLength);
        return null;
    }

    /// <inheritdoc />
    public string? Compare() => "the coordinator starts no runs; train the same on another machine to compare";
}
