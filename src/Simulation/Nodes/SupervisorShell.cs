using System.Runtime.InteropServices;
using MiniBatch.Simulation.Scheduling;
using MiniBatch.Supervision;
using static MiniBatch.Supervision.SupervisorDecision;
using static MiniBatch.Supervision.SupervisorEvent;

namespace MiniBatch.Simulation.Nodes;

/// <summary>Renders <c>Supervisor</c>: one loop, which processes' ends, signals and deadlines reach, over the real <see cref="SupervisorCore"/>.</summary>
internal sealed class SupervisorShell
{
    private readonly SimulatedCluster _cluster;
    private readonly World _world;
    private readonly SupervisorCore _core;
    private readonly SimulatedProcess _process;
    private readonly SimulatedThread _thread;
    private readonly WorkerNode?[] _workers;
    private CoordinatorNode? _coordinator;
    private TimeSpan? _waitsUntil;

    public SupervisorShell(SimulatedCluster cluster, SupervisorOptions options)
    {
        _cluster = cluster;
        _world = cluster.World;
        _process = new SimulatedProcess("supervisor", 0, _world.Now);
        _thread = new SimulatedThread(_process);
        _workers = new WorkerNode?[cluster.Schedule.Workers];
        _core = new SupervisorCore([.. Enumerable.Range(0, _workers.Length).Select(SimulatedCluster.NameOf)], options);
        _world.Post(_thread, TimeSpan.Zero, () => Carry(_core.Start(Now)));
    }

    public SupervisorCore Core => _core;

    private TimeSpan Now => _process.ClockAt(_world.Now);

    /// <summary>Ctrl+C.</summary>
    public void StopAsked() => Take(() => new StopAsked(PosixSignal.SIGINT));

    /// <summary>With its machine.</summary>
    public void Kill() => _process.IsAlive = false;

    private void Take(Func<SupervisorEvent> e) => _world.Post(_thread, _world.Delay(TimeSpan.FromMilliseconds(5)), () => Carry(_core.Handle(e(), Now)));

    private void Carry(IReadOnlyList<SupervisorDecision> decisions)
    {
        foreach (var decision in decisions)
        {
            _cluster.Coverage.Count(decision, decision.Event);
            if (_world.Tell is not null) _world.Say("supervisor", $"{decision.GetType().Name}: {decision.Reason}");
            switch (decision)
            {
                case StartCoordinator:
                    _coordinator = _cluster.StartCoordinator(machine: 0, code => Take(() => new CoordinatorExited(new ExitStatus(code), _cluster.IsComplete, _cluster.Checks.HighestStep)));
                    break;
                case ForgetAddress: _cluster.ForgetAddress(); break;
                case StartWorker start:
                    _workers[start.Worker] = _cluster.StartWorker(
                        start.Worker, machine: 0, code => Take(() => new WorkerExited(
                            start.Worker, new ExitStatus(code), "", _cluster.IsComplete, _cluster.Checks.HighestStepOf(SimulatedCluster.NameOf(start.Worker)))));
                    break;
                case TerminateCoordinator: _coordinator?.Terminate(); break;
                case TerminateWorkers:
                    foreach (var worker in _workers) Signal(worker, node => node.Terminate());
                    break;
                case KillAll:
                    if (_coordinator is not null) _world.End(_coordinator.Process, 137);
                    foreach (var worker in _workers) Signal(worker, node => _world.End(node.Process, 137));
                    break;
                case Finish finish:
                    _cluster.Finish(finish.ExitCode, finish.Reason);
                    return;
            }
        }
        if (_core.NextDeadline is not { } deadline || deadline == _waitsUntil) return;
        _waitsUntil = deadline;
        _world.Post(_thread, deadline > Now ? deadline - Now : TimeSpan.Zero, () =>
        {
            _waitsUntil = null;
            Carry(_core.Handle(new TimePassed(), Now));
        });
    }

    private void Signal(WorkerNode? worker, Action<WorkerNode> signal)
    {
        if (worker is not { Process.IsAlive: true }) return;
        // SIGTERM waits until a stopped process wakes; so does nothing here.
        _world.Post(worker.ActorThread, TimeSpan.FromMilliseconds(1), () => signal(worker));
    }
}
