using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation.Nodes;

/// <summary>
/// What stands in for Kubernetes: every node on a machine of its own, started again when it ends, and a coordinator replaced on another
/// machine when the orchestrator can't see it any more, whether it is dead or not. A coordinator that ends with 0 or 1 ends the run.
/// </summary>
internal sealed class Orchestrator
{
    private readonly SimulatedCluster _cluster;
    private readonly World _world;
    private int _nextMachine = 1_000_000;

    public Orchestrator(SimulatedCluster cluster)
    {
        _cluster = cluster;
        _world = cluster.World;
        StartCoordinator(machine: 0);
        for (var worker = 0; worker < cluster.Schedule.Workers; worker++) StartWorker(worker);
    }

    /// <summary>Starts another coordinator on another machine, whatever becomes of the one there is.</summary>
    public void Replace() => After(_world.Delay(TimeSpan.FromSeconds(1)), () => StartCoordinator(_nextMachine++));

    private void StartCoordinator(int machine)
    {
        CoordinatorNode? node = null;
        node = _cluster.StartCoordinator(machine, code =>
        {
            if (_cluster.Current != node) return;   // it was replaced: nobody waits for it
            if (code == 0 || code == UserErrorException) _cluster.Finish(code, _cluster.LastWords);
            else After(_world.Delay(TimeSpan.FromSeconds(2)), () => StartCoordinator(machine));
        });
    }

    private void StartWorker(int worker) => _cluster.StartWorker(worker, machine: worker + 1, _ =>
        After(TimeSpan.FromMilliseconds(200) + _world.Delay(TimeSpan.FromSeconds(2)), () => StartWorker(worker)));

    private const int UserErrorException = Shared.Runs.UserErrorException.Failure;

    private void After(TimeSpan time, Action run) => _world.Post(_world.Itself, time, () =>
    {
        if (_cluster.Outcome is null) run();
    });
}
