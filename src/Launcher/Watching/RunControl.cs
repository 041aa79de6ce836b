using System.Globalization;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Launcher.Supervision;
using MiniBatch.LivePage;
using MiniBatch.Shared.Runs;
using MiniBatch.Supervision;

namespace MiniBatch.Launcher.Watching;

/// <summary>The page's buttons: what is to be done to a process goes to the supervisor, which alone knows them.</summary>
/// <param name="cluster">What is run.</param>
/// <param name="noComparison">Why the run can't be trained again to compare; null where it can.</param>
/// <param name="isConnected">Whether a coordinator is there to be asked.</param>
public sealed class RunControl(LocalCluster cluster, string? noComparison, Func<bool> isConnected) : IRunControl, IDisposable
{
    private const string DoesNotRepeat =
        "workers of different arithmetic took part, or a GPU that computes other bits each time, so no two of these runs are the same to the bit";

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _end = new();
    private Supervisor? _supervisor;
    private Task _comparing = Task.CompletedTask;
    private volatile ControlState _state = new(new ClusterState([], false, false));

    /// <inheritdoc />
    public ControlState State => _state;

    /// <inheritdoc />
    public IReadOnlyList<ClusterFault> Faults { get; } = Enum.GetValues<ClusterFault>();

    /// <inheritdoc />
    public bool CanCompare => noComparison is null;

    /// <summary>Where its faults go.</summary>
    public void Attach(Supervisor supervisor) => _supervisor = supervisor;

    /// <summary>The processes are otherwise; from the supervisor's thread.</summary>
    public void Changed(ClusterState processes)
    {
        lock (_gate) _state = _state with { Cluster = processes with { IsOver = _state.Cluster.IsOver } };
    }

    /// <summary>The run is over: from now on there is only what it left.</summary>
    public void RunIsOver()
    {
        lock (_gate) _state = _state with { Cluster = _state.Cluster with { IsOver = true, CoordinatorRuns = false } };
    }

    /// <inheritdoc />
    public string? Break(ClusterFault fault, string? worker)
    {
        var index = _state.Cluster.Workers.Select(known => known.Name).ToList().IndexOf(worker ?? "");
        if (index < 0 && fault is not (ClusterFault.AddWorker or ClusterFault.KillCoordinator)) return "there is no such worker";
        // All other faults are done to processes, by whoever started them.
        if (fault == ClusterFault.CutOffWorker && !isConnected()) return PageEndpoints.NoCoordinator;
        if (_supervisor is not { } supervisor) return "nothing has been started yet";
        supervisor.Ask(new SupervisorEvent.FaultAsked(fault, index));
        return null;
    }

    /// <inheritdoc />
    public string? Compare()
    {
        if (noComparison is not null) return noComparison;
        lock (_gate)
        {
            if (!_state.Cluster.IsOver) return "wait until the run is over: two at a time would only slow each other down";
            if (!_comparing.IsCompleted) return "it is being trained";
            if (_state.Comparison is { IsSame: not null }) return "it has been compared";
            _state = _state with { Comparison = new Comparison("the same run is being trained again, and nobody disturbs it", IsTraining: true) };
            _comparing = Task.Run(Train);
        }
        return null;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _end.Cancel();
        _comparing.Wait();
        _end.Dispose();
    }

    private void Train()
    {
        Comparison found;
        try
        {
            found = TrainAgain();
        }
        catch (UserErrorException e)
        {
            found = new Comparison(e.Message, IsTraining: false);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        lock (_gate) _state = _state with { Comparison = found };
    }

    private Comparison TrainAgain()
    {
        var run = cluster.Directory.ReadSummary();
        if (run is { Deterministic: false }) return new Comparison($"there is nothing to compare: {DoesNotRepeat}", IsTraining: false);
        var directory = FreeDirectory();
        Errand.Run(
            "the run to compare with",
            Errand.StartInfo(
                cluster.Programs.Dotnet,
                [
                    cluster.Programs.Launcher, "train", .. cluster.RunArguments, "--run-dir", directory.Root, "--report", "off",
                    "--workers", cluster.WorkerCount.ToString(CultureInfo.InvariantCulture),
                    // Another kind of device computes other bits.
                    .. cluster.Devices.Distinct().Count() == 1 ? ["--device", cluster.Devices[0].ToString()] : (string[])[],
                    .. cluster.DataDirectory is null ? (string[])[] : ["--data", cluster.DataDirectory],
                ]),
            _end.Token);
        return Compare(run, directory);
    }

    /// <summary>Whether a run has the parameters of the same one that nobody disturbed. Others say something only of runs that repeat.</summary>
    public static Comparison Compare(RunSummary? run, RunDirectory undisturbed)
    {
        if (run is null || undisturbed.ReadSummary() is not { } other) return new Comparison("there is no summary to compare", IsTraining: false);
        var isSame = run.ParametersSha256 == other.ParametersSha256 && run.StateSha256 == other.StateSha256;
        if (!isSame && !(run.Deterministic && other.Deterministic))
            return new Comparison($"other parameters than the run that nobody disturbed ({undisturbed.Root}), which says nothing: {DoesNotRepeat}", IsTraining: false, other.ParametersSha256);
        return new Comparison(
            isSame
                ? $"the same {run.ParameterCount:#,0} parameters, bit for bit, as of a run that nobody disturbed ({undisturbed.Root})"
                : $"not the parameters of the run that nobody disturbed ({undisturbed.Root})",
            IsTraining: false, other.ParametersSha256, isSame);
    }

    private RunDirectory FreeDirectory()
    {
        for (var number = 1; ; number++)
        {
            var path = $"{cluster.Directory.Root}-undisturbed{(number == 1 ? "" : $"-{number}")}";
            if (!Directory.Exists(path)) return new RunDirectory(path);
        }
    }
}
