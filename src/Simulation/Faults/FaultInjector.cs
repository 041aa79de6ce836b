using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Simulation.Disk;
using MiniBatch.Simulation.Network;
using MiniBatch.Simulation.Nodes;
using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation.Faults;

/// <summary>Nothing ever happens.</summary>
internal sealed class NoFaults : IDiskFaults
{
    public static readonly NoFaults Instance = new();

    public void Before(SimulatedThread thread, string operation, string path) { }

    public void Renamed(SimulatedThread thread, string path) { }
}

/// <summary>Has the faults of a schedule happen when what they wait for has come.</summary>
internal sealed class FaultInjector : IDiskFaults
{
    private readonly SimulatedCluster _cluster;
    private readonly List<Fault> _waiting;
    private readonly List<(SlotGradient Header, Action<DataConnection> Frame)> _kept = [];
    private readonly HashSet<WorkerId> _hampered = [];
    private readonly int[] _counts = new int[Enum.GetValues<FaultTrigger>().Length];

    public FaultInjector(SimulatedCluster cluster)
    {
        _cluster = cluster;
        _waiting = [];
        foreach (var fault in cluster.Schedule.Faults)
        {
            if (fault.Kind == FaultKind.NotFinite) cluster.Coverage.Count($"FaultKind.{fault.Kind}");   // no event, but how the task is
            else if (fault.Trigger == FaultTrigger.Start) World.Post(World.Itself, fault.Delay, () => Strike(fault, null));
            else _waiting.Add(fault);
        }
    }

    /// <summary>The kinds of faults that have happened.</summary>
    public HashSet<FaultKind> Happened { get; } = [];

    /// <summary>So many processes were killed.</summary>
    public int Kills { get; private set; }

    /// <summary>A worker is said to be stuck: nothing but a fault of its own, or of the way to it, may have it answer nothing.</summary>
    /// <exception cref="InvariantException">There was none.</exception>
    public void RequireHampered(WorkerId worker, string work)
    {
        if (!_hampered.Contains(worker)) throw new InvariantException($"{worker.Name} is said to be stuck in {work}, and nothing has happened to it");
    }

    /// <summary>When the last fault is over.</summary>
    public TimeSpan QuietFrom { get; private set; }

    /// <summary>Whether what ends just now ends with its machine: nobody is told.</summary>
    public bool IsMachineLost { get; private set; }

    private World World => _cluster.World;

    /// <summary>So many updates were made.</summary>
    public void Updated() => Count(FaultTrigger.Update, null, null);

    /// <summary>A process has decided something.</summary>
    public void Decided(SimulatedProcess process, FaultTrigger trigger)
    {
        process.Decisions++;
        Count(trigger, process, null);
        if (!process.IsAlive) throw new ProcessKilledException();
    }

    public void Before(SimulatedThread thread, string operation, string path)
    {
        Count(FaultTrigger.DiskOperation, thread.Process, thread, operation, path);
        if (!thread.Process.IsAlive) throw new ProcessKilledException();
    }

    public void Renamed(SimulatedThread thread, string path) => _cluster.Checks.Renamed(path);

    private void Count(FaultTrigger trigger, SimulatedProcess? process, SimulatedThread? thread, string operation = "", string path = "")
    {
        var count = _counts[(int)trigger]++;
        if (_waiting.Count == 0) return;
        for (var i = 0; i < _waiting.Count; i++)
        {
            var fault = _waiting[i];
            if (fault.Trigger != trigger || fault.At != count) continue;
            _waiting.RemoveAt(i--);
            if (fault.Delay > TimeSpan.Zero) World.Post(World.Itself, fault.Delay, () => Strike(fault, null));
            else
            {
                if (World.Tell is not null && thread is not null) World.Say(process!.Name, $"is about to {operation} {path}");
                Strike(fault, process);
            }
        }
    }

    /// <param name="fault">What happens.</param>
    /// <param name="process">Whose moment it is; null where it is nobody's.</param>
    private void Strike(Fault fault, SimulatedProcess? process)
    {
        if (_cluster.Outcome is not null) return;
        World.Say("FAULT", fault.ToString());
        Happened.Add(fault.Kind);
        QuietFrom = Max(QuietFrom, World.Now + fault.Duration);
        var until = World.Now + fault.Duration;
        var coordinator = _cluster.Current;
        var worker = WorkerOf(fault, process);
        _cluster.Coverage.Count($"FaultKind.{fault.Kind}{(Meets(fault.Kind, worker, coordinator) ? "" : " that met nobody")}");
        if (worker is not null
            && fault.Kind is FaultKind.WorkerStuck or FaultKind.WorkerStopped or FaultKind.Partition or FaultKind.PartitionToCoordinator or FaultKind.PartitionToWorker)
            _hampered.Add(worker.Id);
        switch (fault.Kind)
        {
            case FaultKind.WorkerKilled when worker is not null: Kill(worker.Process); break;
            case FaultKind.WorkerMachineLost when worker is not null: LoseMachine(worker); break;
            case FaultKind.WorkerStopped when worker is not null: World.Stop(worker.Process, until); break;
            case FaultKind.WorkerSlow when worker is not null: worker.SlowUntil = until; break;
            case FaultKind.WorkerStuck when worker is not null: worker.IsStuck = true; break;
            case FaultKind.WorkerTerminated when worker is not null: World.Post(worker.ActorThread, TimeSpan.Zero, worker.Terminate); break;
            case FaultKind.WorkerFailed when worker is not null: worker.IsFailing = true; break;
            case FaultKind.WorkerAdded: Add(fault, Strangeness.None); break;
            case FaultKind.StrangerAdded: Add(fault, (Strangeness)(1 + fault.Target % 5)); break;
            case FaultKind.ConnectionReset: worker?.Connection?.Reset(); break;
            case FaultKind.Partition: Cut(worker, coordinator, until, toCoordinator: true, toWorker: true); break;
            case FaultKind.PartitionToCoordinator: Cut(worker, coordinator, until, toCoordinator: true, toWorker: false); break;
            case FaultKind.PartitionToWorker: Cut(worker, coordinator, until, toCoordinator: false, toWorker: true); break;
            case FaultKind.ControlLost: _cluster.Network.ControlLostUntil = until; break;
            case FaultKind.FrameRepeated: Repeat(worker, fault); break;
            case FaultKind.CoordinatorRemoved: worker?.CurrentSystem?.BounceCoordinator(); break;
            case FaultKind.CoordinatorKilled when coordinator is not null: Kill(process ?? coordinator.Process); break;
            case FaultKind.PowerLost: LosePower(); break;
            case FaultKind.CoordinatorStopped when coordinator is not null: Stop(process ?? coordinator.Process, process is not null, fault.Duration); break;
            case FaultKind.CoordinatorReplaced when coordinator is not null:
                if (!_cluster.Schedule.IsSupervised && (process ?? coordinator.Process) == coordinator.Process) _cluster.Replace();
                Stop(process ?? coordinator.Process, process is not null, fault.Duration);
                break;
            case FaultKind.CoordinatorTerminated: coordinator?.Terminate(); break;
            case FaultKind.DiskFull: _cluster.Disk.FullUntil = until; break;
            case FaultKind.DiskSlow: World.Pause(fault.Duration, wholeProcess: false); break;
            case FaultKind.ClockJump:
                if (fault.Target % 2 == 0 && coordinator is not null) coordinator.Process.ClockJump += fault.Duration;
                else if (worker is not null) worker.Process.ClockJump += fault.Duration;
                break;
            case FaultKind.StopAsked:
                if (_cluster.Supervisor is { } supervisor) supervisor.StopAsked();
                else coordinator?.Terminate();
                break;
        }
    }

    /// <summary>Whether there is what a fault happens to: one that met nobody covers nothing.</summary>
    private bool Meets(FaultKind kind, WorkerNode? worker, CoordinatorNode? coordinator) => kind switch
    {
        FaultKind.WorkerKilled or FaultKind.WorkerStopped or FaultKind.WorkerSlow or FaultKind.WorkerStuck or FaultKind.WorkerTerminated or FaultKind.WorkerFailed
            => worker is not null,
        FaultKind.WorkerMachineLost => worker is not null && !_cluster.Schedule.IsSupervised,
        FaultKind.ConnectionReset => worker?.Connection is not null,
        FaultKind.FrameRepeated => worker?.Connection?.LastGradient is not null,
        FaultKind.CoordinatorRemoved => worker?.CurrentSystem is not null,
        FaultKind.Partition or FaultKind.PartitionToCoordinator or FaultKind.PartitionToWorker
            => worker is not null && coordinator is not null && worker.Process.Machine != coordinator.Process.Machine,
        FaultKind.CoordinatorKilled or FaultKind.CoordinatorStopped or FaultKind.CoordinatorTerminated => coordinator is { Process.IsAlive: true },
        FaultKind.CoordinatorReplaced => coordinator is { Process.IsAlive: true } && !_cluster.Schedule.IsSupervised,
        FaultKind.ClockJump => worker is not null || coordinator is not null,
        _ => true,
    };

    private WorkerNode? WorkerOf(Fault fault, SimulatedProcess? process)
    {
        var alive = _cluster.Workers.FindAll(worker => worker.Process.IsAlive);
        if (process is not null && alive.Find(worker => worker.Process == process) is { } own) return own;
        return alive.Count == 0 ? null : alive[fault.Target % alive.Count];
    }

    private void Kill(SimulatedProcess process)
    {
        Kills++;
        World.End(process, 137);
    }

    /// <param name="process">Which.</param>
    /// <param name="isItsMoment">Whether it is in the middle of something.</param>
    /// <param name="time">For so long.</param>
    private void Stop(SimulatedProcess process, bool isItsMoment, TimeSpan time)
    {
        if (isItsMoment) World.Pause(time, wholeProcess: true);
        else World.Stop(process, World.Now + time);
    }

    private void LosePower()
    {
        Kills++;
        IsMachineLost = true;
        if (_cluster.Schedule.IsSupervised) _cluster.Reboot();
        else
        {
            // The volume's machine with all that use it: of one that lives on, nothing would be lost.
            foreach (var coordinator in _cluster.Coordinators.ToArray()) World.End(coordinator.Process, 137);
        }
        _cluster.Disk.LosePower();
        IsMachineLost = false;
    }

    private void LoseMachine(WorkerNode worker)
    {
        if (_cluster.Schedule.IsSupervised) return;   // all of it is on one: that is PowerLost
        IsMachineLost = true;
        Kill(worker.Process);
        IsMachineLost = false;
    }

    private void Add(Fault fault, Strangeness strangeness) =>
        _cluster.StartWorker(100 + fault.Target, machine: 200 + fault.Target, _ => { }, strangeness);

    private void Cut(WorkerNode? worker, CoordinatorNode? coordinator, TimeSpan until, bool toCoordinator, bool toWorker)
    {
        // On one machine nothing is cut.
        if (worker is null || coordinator is null || worker.Process.Machine == coordinator.Process.Machine) return;
        if (toCoordinator) _cluster.Network.Cut(worker.Process.Machine, coordinator.Process.Machine, until);
        if (toWorker) _cluster.Network.Cut(coordinator.Process.Machine, worker.Process.Machine, until);
    }

    /// <summary>A step is ordered: of a gradient of this step from before the coordinator was started again, a copy is faster than the answer.</summary>
    public void Ordered(DataConnection connection, in StepOrder order)
    {
        for (var i = 0; i < _kept.Count; i++)
        {
            if (_kept[i].Header.Step != order.Step || _kept[i].Header.Incarnation == order.Incarnation) continue;
            connection.Deliver(_kept[i].Frame);
            _kept.RemoveAt(i--);
        }
    }

    private void Repeat(WorkerNode? worker, Fault fault)
    {
        worker?.Connection?.Repeat(4);
        if (worker?.Connection?.LastGradient is not { } gradient) return;
        _kept.Add(gradient);
        var name = worker.Id;
        World.Post(World.Itself, fault.Duration, () =>
        {
            if (_cluster.Workers.Find(now => now.Id == name)?.Connection is not { } connection) return;
            if (fault.Target % 8 == 0)
            {
                // Not a copy, but what no sound worker would send.
                connection.Deliver(to => to.Exchange.ReceiveGradient(
                    to, new SlotGradient(to.Exchange.Incarnation, int.MaxValue, 0, 0, 1, 0, 0, 0, 0), new float[_cluster.Schedule.Layout.TotalCount]));
            }
            else connection.Deliver(gradient.Frame);
        });
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
