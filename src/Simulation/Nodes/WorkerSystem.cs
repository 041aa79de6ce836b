using Akka.Actor;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Simulation.Scheduling;
using MiniBatch.Worker;
using MiniBatch.Worker.Computation;
using MiniBatch.Worker.Membership;

namespace MiniBatch.Simulation.Nodes;

/// <summary>
/// Renders one actor system of a worker with its <see cref="WorkerActor"/>, from joining to the outcome, over the real
/// <see cref="WorkerCore"/>. Of Akka.Cluster it has what the worker hears: the coordinator is up, does not answer, answers again,
/// is removed; and that this node was removed itself.
/// </summary>
internal sealed class WorkerSystem
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UnreachableAfter = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan DownedAfter = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan HopMax = TimeSpan.FromMicroseconds(100);

    private readonly WorkerNode _node;
    private readonly SimulatedCluster _cluster;
    private readonly World _world;
    private readonly WorkerCore _core;
    private readonly Address _address;
    private readonly Action<WorkerOutcome> _ended;
    private readonly Channel _fromComputation;
    private CoordinatorNode? _joined;
    private Channel? _toCoordinator;
    private ComputeSessionShell? _computation;
    private long _computationNumber;
    private TimeSpan? _silentSince;
    private TimeSpan? _missedSince;
    private bool _isUnreachable;
    private bool _isOver;

    public WorkerSystem(WorkerNode node, Address address, Action<WorkerOutcome> ended)
    {
        _node = node;
        _cluster = node.Cluster;
        _world = _cluster.World;
        _address = address;
        _ended = ended;
        FromCoordinator = new Channel(_world, node.ActorThread);
        _fromComputation = new Channel(_world, node.ActorThread);
        _core = new WorkerCore(node.Id, WorkerLimits.Default(address.ToString()), node.Now);
        _world.Post(node.ActorThread, TickInterval, Tick);
        _world.Post(_world.Itself, _world.Delay(TimeSpan.FromMilliseconds(400)), Heartbeat);
    }

    public Channel FromCoordinator { get; }

    public WorkerCore Core => _core;

    public void Admitted(WorkerAdmitted message) => Do(() => _core.Admitted(message));

    public void Refused(WorkerRefused message) => Do(() => _core.Refused(message));

    public void Ended(RunEnded message) => Do(() => _core.Ended(message));

    /// <summary>The process was asked to stop.</summary>
    public void Leave(string reason) => Do(() => _core.Leave(reason, _node.Now));

    /// <summary>Membership tells that the coordinator was removed, and that it, or another at its address, is up.</summary>
    public void BounceCoordinator()
    {
        if (_joined is null) return;
        Cluster(() => _core.CoordinatorRemoved(_address, _node.Now));
        _world.Post(_node.ActorThread, _world.Delay(TimeSpan.FromSeconds(2)), () => Do(() => _core.CoordinatorUp(_address, _node.Now)));
    }

    /// <summary>It ends from outside: the process ends, or it is to join another.</summary>
    public void Stop()
    {
        _isOver = true;
        _computation?.Dispose();
    }

    /// <summary>What the cluster's failure detectors see, on both sides.</summary>
    private void Heartbeat()
    {
        if (_isOver || !_node.Process.IsAlive) return;
        _world.Post(_world.Itself, HeartbeatInterval, Heartbeat);
        var coordinator = _joined ?? _cluster.CoordinatorAt(_address);
        var isFine = coordinator is not null && Answers(coordinator) && _node.Process.StoppedUntil <= _world.Now;
        if (_joined is null)
        {
            if (!isFine) return;
            _joined = coordinator;
            Cluster(() => _core.CoordinatorUp(_address, _node.Now));
            return;
        }
        if (isFine)
        {
            if (_missedSince is { } since && _world.Now - since >= DownedAfter)
            {
                // The coordinator has removed this node meanwhile: its system ends.
                _world.Post(_node.ActorThread, HopMax, () => Over(new WorkerOutcome(false, "this node was removed from the cluster", Rejoin: true)));
                return;
            }
            _silentSince = _missedSince = null;
            if (!_isUnreachable) return;
            _isUnreachable = false;
            _world.Post(_node.ActorThread, HopMax, _core.CoordinatorReachable);
            return;
        }
        _silentSince ??= _world.Now;
        // A coordinator that is stopped itself removes nobody.
        if (coordinator!.Process.StoppedUntil <= _world.Now) _missedSince ??= _world.Now;
        if (_isUnreachable || _world.Now - _silentSince < UnreachableAfter) return;
        _isUnreachable = true;
        Cluster(() => _core.CoordinatorUnreachable(_node.Now));
    }

    private bool Answers(CoordinatorNode coordinator) =>
        coordinator.Process.IsAlive && coordinator.Process.StoppedUntil <= _world.Now
        && _cluster.Network.IsOpen(_node.Process.Machine, coordinator.Process.Machine) && _cluster.Network.IsOpen(coordinator.Process.Machine, _node.Process.Machine);

    private void Cluster(Func<IReadOnlyList<WorkerDecision>> decide) => _world.Post(_node.ActorThread, _world.Delay(HopMax), () => Do(decide));

    private void Tick()
    {
        if (_isOver) return;
        Apply(_core.Tick(_node.Now, _node.BytesReceived));
        _world.Post(_node.ActorThread, TickInterval, Tick);
    }

    private void Do(Func<IReadOnlyList<WorkerDecision>> decide)
    {
        if (!_isOver) Apply(decide());
    }

    private void Hear(ComputeReport report)
    {
        _cluster.Coverage.Count(report);
        switch (report)
        {
            case ComputeReport.Connected connected: Apply(_core.Connected(connected.DatasetSha256, connected.Arithmetic)); break;
            case ComputeReport.Working: _core.Working(); break;
            case ComputeReport.Lost lost: Apply(_core.ConnectionLost(lost.Reason, _node.Now)); break;
            case ComputeReport.Ended ended: Apply(_core.RunEnded(ended.Ending, ended.Reason)); break;
            case ComputeReport.Failed failed: Apply(_core.CannotCompute(failed.Reason)); break;
        }
    }

    private void Apply(IReadOnlyList<WorkerDecision> decisions)
    {
        foreach (var decision in decisions)
        {
            _cluster.WorkerDecides(_node.Process, decision);
            if (_world.Tell is not null) _world.Say(_node.Process.Name, $"{decision.GetType().Name}: {decision.Reason}");
            switch (decision)
            {
                case WorkerDecision.Register register:
                    Tell(register.Coordinator, coordinator => coordinator.Register(_node.Registration(), this));
                    break;
                case WorkerDecision.Prepare prepare: Prepare(prepare.Admitted); break;
                case WorkerDecision.ReportPrepared prepared: Tell(prepared.Coordinator, coordinator => coordinator.Prepared(prepared.Message)); break;
                case WorkerDecision.Fail fail:
                    if (fail.Coordinator is { } address) Tell(address, coordinator => coordinator.Failed(new WorkerFailed(_node.Id, fail.Reason)));
                    Over(new WorkerOutcome(false, fail.Reason));
                    break;
                case WorkerDecision.TakeLeave leave: Tell(leave.Coordinator, coordinator => coordinator.Leaves(leave.Message)); break;
                case WorkerDecision.Rejoin rejoin: Over(new WorkerOutcome(false, rejoin.Reason, Rejoin: true)); break;
                case WorkerDecision.End end: Over(new WorkerOutcome(end.Succeeded, end.Reason)); break;
            }
        }
    }

    private void Prepare(WorkerAdmitted admitted)
    {
        _computation?.Dispose();
        var number = ++_computationNumber;
        _computation = new ComputeSessionShell(_node, admitted, report => _fromComputation.Send(_world.Delay(HopMax), () =>
        {
            if (number == _computationNumber && !_isOver) Hear(report);
        }));
        _node.Start(_computation);
    }

    private void Over(WorkerOutcome outcome)
    {
        if (_isOver) return;
        Stop();
        _ended(outcome);
    }

    private void Tell(Address address, Action<CoordinatorShell> message)
    {
        if (_cluster.CoordinatorAt(address) is not { Shell: { } shell }) return;
        if (_toCoordinator?.Receiver != shell.Thread) _toCoordinator = new Channel(_world, shell.Thread);
        _cluster.Network.SendControl(_toCoordinator, _node.Process.Machine, () => message(shell));
    }
}
