using System.CommandLine;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Launcher.Supervision;
using MiniBatch.Launcher.Watching;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;
using MiniBatch.Shared.Workloads;
using MiniBatch.Supervision;
using Serilog.Events;

namespace MiniBatch.Launcher.Commands;

/// <summary>
/// <c>train</c>: one run on this machine. Checks all that can be checked before a process is started, then supervises a
/// coordinator and its workers to the run's end. With <c>--resume</c> the run is one that was stopped or killed, or goes on where a complete one ended.
/// </summary>
public static class TrainCommand
{
    /// <summary>For <c>chaos</c>, which terminates processes and wants them back.</summary>
    internal const string RestartTerminated = "--restart-terminated";

    private const int WorkersDefault = 2;

    private enum Page
    {
        On,
        Off,
    }

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var run = new RunFlags();
        var workers = Flag.Integer("--workers", $"worker processes [{WorkersDefault}: a cluster that any machine bears; up to one a core is faster]", 1, SupervisorOptions.Default.WorkersMax);
        var startFlags = new StartFlags();
        var data = Flag.Path("--data", "directory of the datasets [the user's cache, which all runs share; what it lacks is fetched]", "DIR");
        var device = Flag.Device("where workers compute; they take turns on the GPUs [auto: the GPUs where there are any, else the CPU]");
        var page = Flag.Choice("--report", "whether report.html is made of a completed run [on: seconds that a run is worth; off for many short ones]", ("on", Page.On), ("off", Page.Off));
        var sharedMemory = SharedMemoryFlag.Create();
        var treatment = new CoordinatorFlags();
        var tls = new TlsFlags();
        var log = new LogFlags();
        var watch = new WatchFlags();
        var restartTerminated = new Option<bool>(RestartTerminated) { Hidden = true };

        var command = new Command("train", "Trains a workload on this machine: a coordinator and worker processes, supervised.");
        run.AddTo(command);
        // These decide what is computed, and go to the coordinator as they were given.
        Option[] runOptions = [.. command.Options, .. startFlags.OfNewRun];
        startFlags.AddTo(command);
        command.AddFlags(HelpHeading.Spread, workers);
        treatment.AddTo(command);
        tls.AddTo(command);
        command.AddFlags(HelpHeading.Place, device, data, sharedMemory);
        command.AddFlags(HelpHeading.Kept, page);
        command.AddFlags(HelpHeading.Said, log.All);
        watch.AddTo(command);
        command.Options.Add(restartTerminated);
        command.SetAction(parsed =>
        {
            LastingOutput.Install();
            var start = startFlags.Read(parsed, run, DateTimeOffset.UtcNow);
            if (start.Resumes) ResumableRun.Open(start.Directory.Root);
            var spec = start.Spec;
            var verbose = parsed.GetValue(CommandHost.Verbose);
            var devices = LocalDevices.For(
                parsed.GetValue(device) ?? DeviceRequest.Auto, parsed.GetValue(workers) ?? WorkersDefault, line => Console.Error.WriteLine($"minibatch: {line}"));
            var dataDirectory = CheckedDataset(spec, parsed.GetValue(data));
            if (parsed.GetValue(treatment.TensorBoard) is { } tensorBoard) OutputFolder.Require(treatment.TensorBoard.Name, Path.GetFullPath(tensorBoard));
            if (tls.Read(parsed) is { } files) TlsCredentials.Load(files);   // one line now instead of one a process
            var programs = BuiltPrograms.Find(AppContext.BaseDirectory);
            var directory = start.Directory;
            if (!start.Resumes) directory.Create();
            var cluster = new LocalCluster
            {
                Programs = programs,
                Run = spec.Run,
                Directory = directory,
                RunArguments = [.. command.Arguments.SelectMany(argument => TypedFlags.Of(parsed, argument)), .. runOptions.SelectMany(option => TypedFlags.Of(parsed, option))],
                CoordinatorArguments = [.. treatment.All.Concat(log.All).Concat(tls.All).SelectMany(option => TypedFlags.Of(parsed, option))],
                WorkerArguments = [.. TypedFlags.Of(parsed, log.OfEveryNode), .. TypedFlags.Of(parsed, sharedMemory), .. tls.All.SelectMany(option => TypedFlags.Of(parsed, option))],
                DataDirectory = dataDirectory,
                Devices = devices,
                CpuCapability = spec.CpuCapability,
                Secret = Environment.GetEnvironmentVariable(SharedSecret.Variable) is { Length: > 0 } secret ? secret : SharedSecret.Create(),
                Verbose = verbose,
            };
            // On a terminal the coordinator draws its bar, and says itself who came and went: a second writer would tear it.
            var level = Console.IsOutputRedirected || Console.IsErrorRedirected ? LogEventLevel.Warning : LogEventLevel.Error;
            var options = log.Read(parsed, level);
            using var supervisorLog = NodeLog.Open("supervisor", "supervisor", spec.Run, directory.Logs, options, new PeopleSink(Console.Error));
            using var watched = watch.IsOn(parsed) ? new WatchedCluster(cluster, spec, parsed.GetValue(watch.Port) ?? 0, watch.Pace(parsed), isNew: !start.Resumes) : null;
            // Standard output that is JSON lines stays so.
            if (watched is not null) (options.Format == LogFormat.Text ? Console.Out : Console.Error).WriteLine($"watch it: {watched.Link}");
            var supervision = SupervisorOptions.Default with { RestartsTerminated = parsed.GetValue(restartTerminated) };
            var exitCode = watched?.Run(supervision) ?? new Supervisor(cluster, supervision).Run();
            if (exitCode == 0 && directory.IsComplete() && parsed.GetValue(page) != Page.Off)
                MakePage(programs, directory, dataDirectory, options.Format);
            // Whoever has stopped the run has seen enough.
            if (watched is not null && exitCode < 128) Linger(watch.Linger(parsed));
            return exitCode;
        });
        return command;
    }

    private static void Linger(TimeSpan? limit)
    {
        if (limit is null) Console.Error.WriteLine("minibatch: the run is over; its page stays until Ctrl+C (--watch-linger 0s: not)");
        PageServer.Linger(limit);
    }

    /// <summary>The run is complete and written down: whatever becomes of its page, it has succeeded.</summary>
    private static void MakePage(BuiltPrograms programs, RunDirectory directory, string? data, LogFormat format)
    {
        if (new RunPage(programs).Make(directory, data) is { } problem)
            Console.Error.WriteLine($"minibatch: no report.html was made: {problem}; ./cluster report {directory.Root} tries again");
        else
        {
            NodeEvents.PageMade.Write("report {path:l}", directory.Report);
            if (format == LogFormat.Text) Console.WriteLine($"report         {directory.Report}");
        }
    }

    /// <summary>
    /// The folder of the run's dataset, whose content is read and checked here: one line now instead of one a worker. Null where the
    /// program holds it.
    /// </summary>
    private static string? CheckedDataset(RunSpec spec, string? named)
    {
        var description = WorkloadCatalog.Get(spec.Workload).Data;
        if (description.Locate(named, line => Console.Error.WriteLine($"minibatch: {line}")) is not { } directory) return null;
        description.Load(directory, limitTrain: 1, limitTest: 1);
        return Path.GetFullPath(directory);
    }
}
