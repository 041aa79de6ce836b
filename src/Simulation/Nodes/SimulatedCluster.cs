using Akka.Actor;
using MiniBatch.Coordinator.Membership;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Runs;
using MiniBatch.Simulation.Checks;
using MiniBatch.Simulation.Disk;
using MiniBatch.Simulation.Faults;
using MiniBatch.Simulation.Network;
using MiniBatch.Simulation.Scheduling;
using MiniBatch.Supervision;
using MiniBatch.Worker.Membership;

namespace MiniBatch.Simulation.Nodes;

/// <summary>Everything of one simulated run: its world, its machines, what runs on them, what is checked.</summary>
internal sealed class SimulatedCluster
{
    /// <summary>The run directory.</summary>
    public const string RunRoot = "/run";

    private static readonly Address ServiceAddress = new("akka.tcp", "minibatch", "coordinator", 4053);

    private readonly Orchestrator? _orchestrator;
    private readonly SupervisorOptions _supervision = SupervisorOptions.Default with { RestartsMax = 8 };
    private SupervisorShell? _supervisor;
    private Address? _written;
    private int _started;

    public SimulatedCluster(Schedule schedule, Coverage coverage, Action<TimeSpan, string>? tell)
    {
        Schedule = schedule;
        Coverage = coverage;
        World = new World(schedule.Seed, tell);
        Disk = new SimulatedDisk(schedule.Seed ^ 0xd15c);
        Network = new SimulatedNetwork(World, schedule.LatencyMax);
        Checks = new RunChecks(schedule);
        Faults = new FaultInjector(this);
        if (schedule.IsSupervised) _supervisor = new SupervisorShell(this, _supervision);
        else _orchestrator = new Orchestrator(this);
    }

    public Schedule Schedule { get; }

    public Coverage Coverage { get; }

    public World World { get; }

    public SimulatedDisk Disk { get; }

    public SimulatedNetwork Network { get; }

    public RunChecks Checks { get; }

    public FaultInjector Faults { get; }

    /// <summary>The coordinator that is to run the run now; there may be others that do not know that they are not.</summary>
    public CoordinatorNode? Current { get; private set; }

    /// <summary>All coordinators that live, those that were replaced and do not know it included.</summary>
    public List<CoordinatorNode> Coordinators { get; } = [];

    /// <summary>The workers, those that have ended included.</summary>
    public List<WorkerNode> Workers { get; } = [];

    public int Incarnations { get; private set; }

    /// <summary>How the run ended; null while it does not.</summary>
    public (int ExitCode, string Reason)? Outcome { get; private set; }

    /// <summary>What the current coordinator said when it ended.</summary>
    public string LastWords { get; private set; } = "";

    public SupervisorShell? Supervisor => _supervisor;

    public bool IsComplete => Directory.IsComplete();

    /// <summary>The run directory, for those who only look.</summary>
    public RunDirectory Directory => new(RunRoot) { Files = new DiskOfProcess(World, Disk, World.Itself, NoFaults.Instance) };

    public static string NameOf(int worker) => $"worker-{worker + 1}";

    /// <summary>Where workers look for a coordinator; null where there is none.</summary>
    public Address? JoinTarget() => Schedule.IsSupervised ? _written : Current is { Shell: not null } ? ServiceAddress : null;

    /// <summary>The node that listens at an address.</summary>
    public CoordinatorNode? CoordinatorAt(Address address) =>
        Current is { Process.IsAlive: true, Shell: not null } node && node.Address == address ? node : null;

    public CoordinatorNode? DataTarget(Address? address) => address is null ? null : CoordinatorAt(address);

    public CoordinatorNode StartCoordinator(int machine, Action<int> exited)
    {
        var number = ++_started;
        var process = new SimulatedProcess($"coordinator-{number}", machine, World.Now);
        var node = new CoordinatorNode(this, process, Schedule.IsSupervised ? new Address("akka.tcp", "minibatch", "localhost", 5000 + number) : ServiceAddress);
        process.Exited = code =>
        {
            World.Say(process.Name, $"has ended with {code}");
            node.Gone(silently: Faults.IsMachineLost);
            exited(code);
        };
        Coordinators.RemoveAll(coordinator => !coordinator.Process.IsAlive);
        Coordinators.Add(node);
        Current = node;
        LastWords = "";
        return node;
    }

    public WorkerNode StartWorker(int index, int machine, Action<int> exited, Strangeness strangeness = Strangeness.None)
    {
        var name = strangeness == Strangeness.TakenName ? NameOf(0) : NameOf(index);
        var process = new SimulatedProcess(name, machine, World.Now);
        var node = new WorkerNode(this, process, name, strangeness);
        process.Exited = code =>
        {
            World.Say(name, $"has ended with {code}");
            node.Gone(silently: Faults.IsMachineLost);
            exited(code);
        };
        Workers.RemoveAll(worker => !worker.Process.IsAlive);
        Workers.Add(node);
        return node;
    }

    /// <summary>A coordinator listens.</summary>
    public void Announce(CoordinatorNode node)
    {
        Incarnations++;
        _written = node.Address;
    }

    /// <summary>A coordinator listens no more.</summary>
    public void Withdraw(CoordinatorNode node) => _written = null;

    public void ForgetAddress() => _written = null;

    public void CoordinatorSays(CoordinatorNode node, string reason)
    {
        if (node == Current) LastWords = reason;
    }

    public void Finish(int exitCode, string reason)
    {
        // The supervisor knows the exit code, the coordinator why.
        Outcome = (exitCode, LastWords.Length > 0 ? $"{reason}: {LastWords}" : reason);
        World.Say("the run", $"ends with exit code {exitCode}: {Outcome.Value.Reason}");
    }

    /// <summary>A core of a coordinator has decided something: the moment between this and the next decision.</summary>
    public void CoordinatorDecides(SimulatedProcess process, object decision, NodeEvent? logged)
    {
        Coverage.Count(decision, logged);
        Faults.Decided(process, FaultTrigger.CoordinatorDecision);
    }

    /// <summary>A worker's core has decided something.</summary>
    public void WorkerDecides(SimulatedProcess process, WorkerDecision decision)
    {
        Coverage.Count(decision, decision.Event);
        Faults.Decided(process, FaultTrigger.WorkerDecision);
    }

    public void Replace() => _orchestrator!.Replace();

    /// <summary>The one machine of a supervised run has no power; somebody starts it, and the run, again.</summary>
    public void Reboot()
    {
        if (_supervisor is null) return;   // it is off already
        _supervisor.Kill();
        _supervisor = null;
        foreach (var worker in Workers)
        {
            worker.Process.Exited = null;
            worker.Process.IsAlive = false;
        }
        Workers.Clear();
        if (Current is { } coordinator)
        {
            coordinator.Process.Exited = null;
            coordinator.Process.IsAlive = false;
        }
        _written = null;
        World.Post(World.Itself, TimeSpan.FromSeconds(1), () =>
        {
            if (Outcome is null) _supervisor = new SupervisorShell(this, _supervision);
        });
    }
}
