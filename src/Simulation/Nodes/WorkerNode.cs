using Akka.Actor;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.Simulation.Checks;
using MiniBatch.Simulation.Network;
using MiniBatch.Simulation.Scheduling;
using MiniBatch.Worker;
using MiniBatch.Worker.Membership;

namespace MiniBatch.Simulation.Nodes;

/// <summary>In what a worker is not one of the run's.</summary>
internal enum Strangeness { None, OtherVersion, OldProcessor, OtherDataset, OtherArithmetic, TakenName }

/// <summary>
/// Renders a worker's process: <see cref="WorkerService"/>, which joins one cluster after the other with the real
/// <see cref="RejoinBackOff"/>, and <c>ComputeThread</c>, on which one session runs at a time.
/// </summary>
internal sealed class WorkerNode
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LookForAnother = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan JoinLimit = TimeSpan.FromSeconds(30);
    private static readonly ComputeDevice Device = new("cpu", "", 0, 1);

    private readonly World _world;
    private readonly RejoinBackOff _rejoins;
    private readonly LinkedList<ComputeSessionShell> _turns = [];
    private ComputeSessionShell? _session;
    private WorkerSystem? _system;
    private DataConnection? _connection;
    private TimeSpan _joinedAt;
    private bool _isStopping;

    public WorkerNode(SimulatedCluster cluster, SimulatedProcess process, string name, Strangeness strangeness)
    {
        Cluster = cluster;
        Process = process;
        Strangeness = strangeness;
        _world = cluster.World;
        ActorThread = new SimulatedThread(process);
        ComputeThread = new SimulatedThread(process);
        BeatThread = new SimulatedThread(process);
        Id = new WorkerId(name, (ulong)_world.Below(int.MaxValue));
        LoadTime = TimeSpan.FromMilliseconds(5 + _world.Below(200));
        _rejoins = new RejoinBackOff(JoinLimit, Now);
        Arithmetic = ArithmeticOf(cluster.Schedule, strangeness == Strangeness.OtherArithmetic);
        _world.Post(ActorThread, TimeSpan.FromMilliseconds(50 + _world.Below(400)), () => TakePart(_world.Now));
    }

    public SimulatedCluster Cluster { get; }

    public SimulatedProcess Process { get; }

    public SimulatedThread ActorThread { get; }

    public SimulatedThread ComputeThread { get; }

    public SimulatedThread BeatThread { get; }

    public WorkerId Id { get; }

    public Strangeness Strangeness { get; }

    public Arithmetic Arithmetic { get; }

    public TimeSpan LoadTime { get; }

    public WorkerSystem? CurrentSystem => _system;

    public DataConnection? Connection => _connection;

    /// <summary>Of the coordinator that it joined last.</summary>
    public Address? JoinedAddress { get; private set; }

    public long BytesReceived { get; set; }

    public bool IsStuck { get; set; }

    public bool IsFailing { get; set; }

    /// <summary>It computes many times slower before.</summary>
    public TimeSpan SlowUntil { get; set; }

    public TimeSpan Now => Process.ClockAt(_world.Now);

    public static Arithmetic ArithmeticOf(Schedule schedule, bool isOther)
    {
        // Version 0 is the same: who brings another ends the run, and nothing is left to simulate.
        var initial = ParameterHash.Sha256OfFloats(SyntheticTask.Initial(schedule.Spec, schedule.Layout));
        return new Arithmetic(initial, isOther ? "other probe" : "probe");
    }

    public TimeSpan ComputeTime()
    {
        var time = Cluster.Schedule.SlotTime + _world.Delay(Cluster.Schedule.SlotTime);
        return _world.Now < SlowUntil ? 50 * time : time;
    }

    public RegisterWorker Registration() => new(
        Id, Strangeness == Strangeness.OtherVersion ? "0.0.9" : Cluster.Schedule.Spec.ProgramVersion, Device,
        Strangeness == Strangeness.OldProcessor ? CpuCapability.Default : CpuCapability.Avx512, ProcessId: 1);

    public void Connected(DataConnection connection) => _connection = connection;

    /// <summary>Has a session run when the one before has ended.</summary>
    public void Start(ComputeSessionShell session)
    {
        session.Ended = () =>
        {
            if (_session != session) return;
            _session = null;
            if (_turns.First?.Value is not { } next) return;
            _turns.RemoveFirst();
            Begin(next);
        };
        if (_session is null)
        {
            Begin(session);
            return;
        }
        _turns.AddLast(session);
        _world.Post(ActorThread, MiniBatch.Worker.Computation.ComputeThread.EndLimit, () =>
        {
            if (_turns.Remove(session)) session.GiveUp();
        });
    }

    /// <summary>SIGTERM.</summary>
    public void Terminate()
    {
        if (_isStopping) return;
        _isStopping = true;
        if (_system is { } system) system.Leave("stopped by SIGTERM");
        else Exit(0);
    }

    /// <summary>Its process has ended, in whatever way: the system closes what it had open.</summary>
    /// <param name="silently">With its machine: nobody closes anything.</param>
    public void Gone(bool silently)
    {
        if (silently) _connection?.LoseWorker();
        else _connection?.CloseAtWorker();
    }

    private void Begin(ComputeSessionShell session)
    {
        _session = session;
        session.Run();
    }

    private void TakePart(TimeSpan since)
    {
        if (_isStopping)
        {
            Exit(0);
            return;
        }
        if (Cluster.JoinTarget() is not { } address)
        {
            if (_world.Now - since >= JoinLimit) Exit(UserErrorException.Failure);
            else _world.Post(ActorThread, LookAgain, () => TakePart(since));
            return;
        }
        _joinedAt = Process.ClockAt(since);
        JoinedAddress = address;
        var system = new WorkerSystem(this, address, Ended);
        _system = system;
        if (Cluster.Schedule.IsSupervised) Watch(system, address);
    }

    /// <summary>Renders <c>JoinTarget.WatchForAnother</c>.</summary>
    private void Watch(WorkerSystem system, Address inUse) => _world.Post(ActorThread, LookForAnother, () =>
    {
        if (_system != system) return;
        if (Cluster.JoinTarget() is { } now && now != inUse)
        {
            system.Stop();
            Ended(new WorkerOutcome(false, "the coordinator is at another address now", Rejoin: true));
        }
        else Watch(system, inUse);
    });

    private void Ended(WorkerOutcome outcome)
    {
        _system = null;
        if (_isStopping || outcome.Succeeded)
        {
            Exit(0);
            return;
        }
        if (!outcome.Rejoin || _rejoins.Take(_joinedAt, Now) is not { } backOff)
        {
            _world.Say(Process.Name, outcome.Reason);
            Exit(UserErrorException.Failure);
            return;
        }
        _world.Post(ActorThread, backOff, () => TakePart(_world.Now));
    }

    private void Exit(int code) => _world.Post(ActorThread, TimeSpan.FromMilliseconds(1 + _world.Below(100)), () => _world.End(Process, code));
}
