using Akka.Actor;
using MiniBatch.Coordinator;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;
using MiniBatch.Simulation.Disk;
using MiniBatch.Simulation.Network;
using MiniBatch.Simulation.Scheduling;

namespace MiniBatch.Simulation.Nodes;

/// <summary>
/// Renders a coordinator's process: <see cref="CoordinatorHost"/>, which takes the directory, loads what there is and opens the files,
/// and <see cref="RunService"/>, which says where it is and ends with the run's outcome.
/// </summary>
internal sealed class CoordinatorNode
{
    private readonly SimulatedCluster _cluster;
    private readonly World _world;
    private readonly SimulatedThread _main;
    private RunLock? _lock;
    private string? _stopAsked;

    public CoordinatorNode(SimulatedCluster cluster, SimulatedProcess process, Address address)
    {
        _cluster = cluster;
        _world = cluster.World;
        Process = process;
        Address = address;
        _main = new SimulatedThread(process);
        _world.Post(_main, TimeSpan.FromMilliseconds(100 + _world.Below(400)), Start);
    }

    public SimulatedProcess Process { get; }

    public Address Address { get; }

    /// <summary>The coordinator actor; null until it listens.</summary>
    public CoordinatorShell? Shell { get; private set; }

    /// <summary>A connection has passed the handshake.</summary>
    public void Accept(DataConnection connection, SessionIdentity identity) =>
        _world.Post(_main, _cluster.Network.Latency(), () => Shell!.Exchange.Post((connection, identity)));

    /// <summary>SIGTERM.</summary>
    public void Terminate()
    {
        _stopAsked = "stopped by SIGTERM";
        if (Shell is { } shell) _world.Post(shell.Thread, TimeSpan.FromMilliseconds(1), () => shell.Stop(_stopAsked));
    }

    /// <summary>Its process has ended, in whatever way.</summary>
    /// <param name="silently">With its machine: nobody tells those it was connected to.</param>
    public void Gone(bool silently)
    {
        if (Shell is null) return;
        foreach (var connection in Shell.Exchange.Connections) connection.LoseServer(silently);
    }

    private RunDirectory DirectoryFor(SimulatedThread thread) =>
        new(SimulatedCluster.RunRoot) { Files = new DiskOfProcess(_world, _cluster.Disk, thread, _cluster.Faults) };

    private void Start()
    {
        var spec = _cluster.Schedule.Spec;
        try
        {
            var directory = DirectoryFor(_main);
            var isResumed = directory.Files.Exists(directory.Spec);
            _lock = new RunLock(directory);
            var start = RunStart.Load(spec, directory, _lock.Incarnation, isResumed, point: null);
            var recording = new SimulatedThread(Process);
            var recorded = DirectoryFor(recording);
            // Opened by the main thread, written by the recorder's.
            var writer = new RunWriter(spec, recorded, start.Incarnation, start.Resumed, metrics: null);
            if (_world.Tell is not null)
                _world.Say(Process.Name, $"incarnation {start.Incarnation} starts at version {start.Resumed?.Model.Version ?? 0}, {writer.StepsToRedo} steps to redo");
            Shell = new CoordinatorShell(
                _cluster, new SimulatedThread(Process), start, failed => new RecorderShell(_cluster, recording, recorded, writer, failed),
                new SimulatedThread(Process), Ended);
        }
        catch (Exception e) when (RunWriter.IsProblem(e))
        {
            Fail(RunWriter.Problem(e, new RunDirectory(SimulatedCluster.RunRoot)));
            return;
        }
        _cluster.Announce(this);
        if (_stopAsked is { } reason) Shell.Stop(reason);
    }

    private void Ended(RunSummary? summary, string reason)
    {
        if (summary is null || summary.Outcome == "failed") Fail(reason);
        else Exit(summary.Outcome == "completed" ? 0 : 128 + 15, reason);
    }

    private void Fail(string reason) => Exit(UserErrorException.Failure, reason);

    private void Exit(int code, string reason)
    {
        _world.Say(Process.Name, $"ends with exit code {code}: {reason}");
        _cluster.CoordinatorSays(this, reason);
        _world.Post(_main, TimeSpan.FromMilliseconds(1 + _world.Below(50)), () =>
        {
            _cluster.Withdraw(this);
            _lock?.Dispose();
            _world.End(Process, code);
        });
    }
}
