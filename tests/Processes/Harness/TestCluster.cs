using System.Diagnostics;
using MiniBatch.Shared.Runs;
using Xunit.Abstractions;

namespace MiniBatch.Processes.Harness;

/// <summary>
/// A cluster of real processes in a temporary run directory. Disposing it kills whatever is left of it and tells the
/// test's output what every process said.
/// </summary>
internal sealed class TestCluster : IDisposable
{
    /// <summary>Far more than anything here takes, also on a loaded machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>How long a process may take to its end; more where a whole training is waited for.</summary>
    public TimeSpan ExitLimit { get; init; } = Limit;

    private const string CoordinatorName = "coordinator";

    private readonly RealData _data;
    private readonly ITestOutputHelper _testOutput;
    private readonly List<NodeProcess> _processes = [];
    private readonly DirectoryInfo _home = System.IO.Directory.CreateTempSubdirectory("minibatch-test-");
    private readonly Change _change;
    private LineCounter _ledger;

    public TestCluster(RealData data, ITestOutputHelper testOutput)
    {
        _data = data;
        _testOutput = testOutput;
        Directory = new RunDirectory(Path.Combine(_home.FullName, "run"));
        _change = new Change(_home.FullName);
        _ledger = new LineCounter(Directory.Ledger);
    }

    /// <summary>What the processes of this cluster, and no others, know.</summary>
    public string Secret { get; } = Guid.NewGuid().ToString("N");

    public RunDirectory Directory { get; }

    /// <summary>A directory for whatever a test needs; goes with the cluster.</summary>
    public string Home => _home.FullName;

    /// <summary>The command by which programs are started from now on: at an end of a <see cref="Wire"/>, say.</summary>
    public IReadOnlyList<string> StartBy { get; set; } = [];

    /// <summary>Of the environment of programs that are started from now on.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>The coordinator that was started last.</summary>
    public NodeProcess Coordinator => _processes.Last(process => process.Name == CoordinatorName);

    /// <summary>Starts the coordinator of a job; it waits for so many workers.</summary>
    public NodeProcess StartCoordinator(Job job, int expectWorkers = 1, params string[] flags) =>
        Start(CoordinatorName, BuiltPrograms.Coordinator,
            [.. job.Arguments, "--run-dir", Directory.Root, "--port", "0", "--expect-workers", $"{expectWorkers}", .. flags]);

    /// <summary>Starts a coordinator that goes on with the run in the directory, or refuses to.</summary>
    public NodeProcess StartResuming(int expectWorkers = 1, params string[] flags) =>
        Start(CoordinatorName, BuiltPrograms.Coordinator,
            ["--resume", Directory.Root, "--port", "0", "--expect-workers", $"{expectWorkers}", .. flags]);

    /// <summary>Starts a coordinator in the place of one that is dead, and waits until it has opened the ledger and listens.</summary>
    public NodeProcess Resume(int expectWorkers = 1)
    {
        File.Delete(Directory.CoordinatorAddress);
        var coordinator = StartResuming(expectWorkers);
        WaitForAddress();
        // The ledger was cut back to the checkpoint: count anew.
        _ledger.Dispose();
        _ledger = new LineCounter(Directory.Ledger);
        return coordinator;
    }

    /// <summary>Starts a worker that joins the coordinator.</summary>
    public NodeProcess StartWorker(string name, params string[] flags) => StartWorkerWith(Secret, name, flags);

    /// <summary>Starts a worker that knows another secret.</summary>
    public NodeProcess StartWorkerWith(string secret, string name, params string[] flags) =>
        Start(name, BuiltPrograms.Worker,
        [
            "--join-file", Directory.CoordinatorAddress, "--name", name, "--log-dir", Directory.Logs,
            .. flags.Contains("--data") ? [] : new[] { "--data", _data.Root }, .. flags,
        ], secret);

    /// <summary>Starts a whole cluster of worker-1 … worker-n.</summary>
    public void Start(Job job, int workers)
    {
        // On a busy machine the last one may take longer than a run waits for it, and would come into a run that has begun.
        StartCoordinator(job, workers, "--wait-for-workers", "5min");
        for (var worker = 1; worker <= workers; worker++) StartWorker($"worker-{worker}");
    }

    /// <summary>Starts <c>train</c>, which starts and supervises the others; the page, which is one process more, only where it is asked for.</summary>
    public NodeProcess StartLauncher(Job job, int workers, params string[] flags) =>
        Start("launcher", BuiltPrograms.Launcher,
        [
            "train", .. job.Arguments, "--run-dir", Directory.Root, "--data", _data.Root, "--workers", $"{workers}",
            .. flags.Contains("--report") ? [] : new[] { "--report", "off" }, .. flags,
        ]);

    /// <summary>Starts any program of ours.</summary>
    public NodeProcess Start(string name, string program, IReadOnlyList<string> arguments, string? secret = null)
    {
        var process = new NodeProcess(
            name, program, arguments, new Dictionary<string, string>(Variables) { ["MINIBATCH_SECRET"] = secret ?? Secret }, StartBy);
        process.Changed += _change.Happened;
        _processes.Add(process);
        return process;
    }

    /// <summary>Waits until the ledger has so many steps, while the coordinator (or launcher) runs.</summary>
    public void WaitForSteps(int steps) => WaitUntil($"step {steps}", () => _ledger.Count() >= steps);

    /// <summary>Steps in the ledger by now.</summary>
    public int StepsNow => _ledger.Count();

    /// <summary>Waits until a process has written something.</summary>
    public void WaitForText(NodeProcess process, string text) =>
        WaitUntil($"\"{text}\" from {process.Name}", () => (process.Output + process.Error).Contains(text, StringComparison.Ordinal));

    /// <summary>Waits until so many workers have slots by what the coordinator said last.</summary>
    public void WaitForWorkers(int workers) => WaitUntil($"{workers} workers", () =>
        Coordinator.Output.Split('\n').LastOrDefault(line => line.Contains("slots over ", StringComparison.Ordinal)) is { } line
        && line.Split(',').Length == workers);

    /// <summary>Waits until the coordinator listens.</summary>
    public CoordinatorAddress WaitForAddress()
    {
        WaitUntil("the coordinator's address", () => File.Exists(Directory.CoordinatorAddress));
        return System.Text.Json.JsonSerializer.Deserialize<CoordinatorAddress>(
            File.ReadAllText(Directory.CoordinatorAddress), Json.Indented)!;
    }

    /// <summary>Waits until a condition on files and processes holds; gives up where the run has ended without it.</summary>
    public void WaitUntil(string what, Func<bool> holds)
    {
        var decisive = _processes.LastOrDefault(process => process.Name == CoordinatorName) ?? _processes[0];
        _change.WaitUntil(what, () =>
        {
            // Asked before the condition: what a process did at its very end still counts.
            var ended = decisive.HasExited;
            return holds() || (ended ? throw new InvalidOperationException($"{decisive.Name} ended before {what}") : false);
        }, Limit);
    }

    /// <summary>Kills the coordinator while it writes a checkpoint of a version that has none yet; there must have been one before.</summary>
    /// <returns>What it leaves of that checkpoint.</returns>
    public string KillInTheMiddleOfACheckpoint() => TornWrite.Kill(Coordinator, Directory.Checkpoints, Limit);

    /// <summary>Waits for a process's end and requires its exit code.</summary>
    public void Expect(NodeProcess process, int exitCode) => Assert.Equal(exitCode, process.WaitForExit(ExitLimit));

    /// <summary>Waits for every process's end, requires 0 of all that were not killed, and reads what the run left.</summary>
    public FinishedRun WaitForSuccess(params NodeProcess[] killed)
    {
        foreach (var process in _processes.Except(killed)) Expect(process, 0);
        return new FinishedRun(Directory);
    }

    /// <summary>Waits until no process of this cluster is left, whoever started it.</summary>
    public void WaitForNobody()
    {
        var clock = Stopwatch.StartNew();
        foreach (var id in ClusterProcesses.With(Secret))
        {
            using var process = TryGet(id);
            if (process is not null && !process.WaitForExit(Limit - clock.Elapsed))
                throw new TimeoutException($"process {id} is left");
        }
        Assert.Empty(ClusterProcesses.With(Secret));
    }

    public void Dispose()
    {
        foreach (var process in _processes) process.Send(Signal.Kill);
        foreach (var id in ClusterProcesses.With(Secret)) Signals.Send(id, Signal.Kill);
        foreach (var process in _processes)
        {
            process.WaitForExit(Limit);
            _testOutput.WriteLine(process.Report);
            process.Dispose();
        }
        _ledger.Dispose();
        _change.Dispose();
        _home.Delete(recursive: true);
    }

    private static Process? TryGet(int id)
    {
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return null;   // it has ended meanwhile
        }
    }
}
