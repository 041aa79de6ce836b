using System.Diagnostics;
using System.Globalization;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Supervision;

namespace MiniBatch.Launcher.LocalRun;

/// <summary>The processes of one run on this machine, as command lines: a coordinator and workers that find it by a file.</summary>
public sealed record LocalCluster
{
    /// <summary>What to start.</summary>
    public required BuiltPrograms Programs { get; init; }

    /// <summary>The run's id.</summary>
    public required RunId Run { get; init; }

    /// <summary>The run's directory, absolute.</summary>
    public required RunDirectory Directory { get; init; }

    /// <summary>
    /// The workload and the flags of <see cref="RunFlags"/> and <see cref="StartFlags"/> as they were given, environment and file included: for a run that
    /// begins; one that is gone on with has its spec in the directory.
    /// </summary>
    public required IReadOnlyList<string> RunArguments { get; init; }

    /// <summary>Worker processes, ≥ 1.</summary>
    public int WorkerCount => Devices.Count;

    /// <summary>What each worker computes on.</summary>
    public required IReadOnlyList<DeviceRequest> Devices { get; init; }

    /// <summary>Of the run's spec: workers load libtorch held to it while the coordinator, which will say so, starts.</summary>
    public required CpuCapability CpuCapability { get; init; }

    /// <summary>The <c>CoordinatorFlags</c> and <c>LogFlags</c> as they were given; for every coordinator of the run, one that goes on too.</summary>
    public required IReadOnlyList<string> CoordinatorArguments { get; init; }

    /// <summary>Of the <c>LogFlags</c> what every node is told, as it was given.</summary>
    public IReadOnlyList<string> WorkerArguments { get; init; } = [];

    /// <summary>The folder of the run's dataset, absolute.</summary>
    public required string? DataDirectory { get; init; }

    /// <summary>The cluster's secret; goes to the processes by environment, which other users can't read.</summary>
    public required string Secret { get; init; }

    /// <summary>Socket on which the coordinator tells of the run; null where nobody watches.</summary>
    public string? SupervisorSocket { get; init; }

    /// <summary>Whether the processes log more.</summary>
    public required bool Verbose { get; init; }

    /// <summary>
    /// The coordinator: of a new run, or, where the directory holds one, to go on with it. It writes progress and summary to
    /// the launcher's own output.
    /// </summary>
    /// <param name="expectedWorkers">It waits a while for so many before it trains, ≥ 1.</param>
    public ProcessStartInfo Coordinator(int expectedWorkers) => StartInfo(
        captureOutput: false,
        [
            Programs.Coordinator,
            // One that crashed before it wrote its spec down has begun nothing.
            .. File.Exists(Directory.Spec) ? ["--resume", Directory.Root] : NewRun,
            "--host", "127.0.0.1", "--port", "0", "--expect-workers", expectedWorkers.ToString(CultureInfo.InvariantCulture),
            .. SupervisorSocket is null ? (string[])[] : ["--supervisor-socket", SupervisorSocket],
            .. CoordinatorArguments, "--supervised",
        ]);

    /// <summary>One worker. What it says is captured: its log has it, and of a failure the last line is told.</summary>
    /// <param name="worker">0-based.</param>
    public ProcessStartInfo Worker(int worker) => StartInfo(
        captureOutput: true,
        [
            Programs.Worker, "--join-file", Directory.CoordinatorAddress, "--name", WorkerNames.Of(worker),
            .. DataDirectory is null ? (string[])[] : ["--data", DataDirectory],
            "--device", Devices[worker % Devices.Count].ToString(), "--cpu-capability", CpuCapability.ToString().ToLowerInvariant(), "--log-dir", Directory.Logs, .. WorkerArguments, "--supervised", "--quiet",
        ]);

    private string[] NewRun => [.. RunArguments, "--run-id", Run.Value, "--run-dir", Directory.Root];

    private ProcessStartInfo StartInfo(bool captureOutput, string[] arguments)
    {
        var info = new ProcessStartInfo(Programs.Dotnet, Verbose ? [.. arguments, "--verbose"] : arguments)
        {
            // A pipe that nobody writes to: its end tells a child that the launcher has gone, however it went.
            RedirectStandardInput = true,
            RedirectStandardOutput = captureOutput,
            RedirectStandardError = captureOutput,
        };
        // Flags have been made of these already; one meant for a node started by hand (MINIBATCH_PORT) would mislead a child.
        foreach (var name in info.Environment.Keys.Where(name => name.StartsWith(ConfiguredArguments.VariablePrefix, StringComparison.Ordinal)).ToArray())
            info.Environment.Remove(name);
        info.Environment[SharedSecret.Variable] = Secret;
        return info;
    }
}
