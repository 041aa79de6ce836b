using System.CommandLine;
using MiniBatch.Hosting;
using MiniBatch.Hosting.Health;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Membership;
using Serilog.Events;

namespace MiniBatch.Worker;

/// <summary>The command line of a worker.</summary>
public static class WorkerCommand
{
    /// <summary>The command; its action runs a worker to the end of its run.</summary>
    public static RootCommand Create()
    {
        var node = new NodeFlags(defaultPort: 0);
        var join = Flag.Text("--join", "the coordinator's address, exactly as it calls itself", "HOST:PORT");
        var joinFile = new Option<string?>("--join-file") { Hidden = true };
        var joinTimeout = Flag.Duration("--join-timeout", "how long to look for a coordinator [30s: time for one that starts at the same moment]");
        var name = Flag.Text("--name", "this worker's name in logs [<host>-<process>: no two are alike]", "NAME");
        var data = Flag.Path("--data", "directory of the datasets [the user's cache, which all runs share]", "DIR");
        var logDirectory = Flag.Path("--log-dir", "where to write JSON lines [nowhere: they are on standard output for people]", "DIR");
        var device = Flag.Device("where to compute; ./cluster devices lists what there is [auto: a GPU where there is one, else the CPU]");
        var capability = Flag.Capability("the run's, where whoever starts the worker knows it: libtorch is loaded before the coordinator says so");
        capability.Hidden = true;
        var sharedMemory = SharedMemoryFlag.Create();
        var log = new LogFlags();
        var quiet = new Option<bool>("--quiet") { Hidden = true };

        var command = new RootCommand("Runs one worker: joins a coordinator and computes gradients for it.");
        node.AddTo(command);
        command.AddFlags(HelpHeading.Spread, join, joinFile, joinTimeout, name);
        command.AddFlags(HelpHeading.Place, device, capability, data, sharedMemory);
        command.AddFlags(HelpHeading.Kept, logDirectory);
        command.AddFlags(HelpHeading.Said, [.. log.All, quiet]);
        // Asked by LibtorchProbe. People type ./cluster devices.
        var devices = DevicesCommand.Create();
        devices.Hidden = true;
        command.Subcommands.Add(devices);
        command.Subcommands.Add(HealthCommand.Create());
        command.SetAction(parsed =>
        {
            var chosen = Chosen(parsed.GetValue(device) ?? DeviceRequest.Auto, node.IsSupervised(parsed));
            var certificates = node.Certificates(parsed);
            var target = JoinTarget.Parse(parsed.GetValue(join), parsed.GetValue(joinFile));
            var options = new WorkerOptions(
                target,
                coordinatorHost => node.Read(parsed, certificates, defaultHost: HostName.LocalTowards(coordinatorHost)),
                node.IsSupervised(parsed),
                chosen,
                parsed.GetValue(name) ?? $"{Environment.MachineName}-{Environment.ProcessId}",
                parsed.GetValue(data),
                parsed.GetValue(logDirectory),
                parsed.GetValue(joinTimeout) is { } limit
                    ? WorkerLimits.Default(target.ToString()) with { JoinLimit = limit }
                    : WorkerLimits.Default(target.ToString()),
                node.Stays(parsed),
                node.Http(parsed),
                log.Read(parsed, parsed.GetValue(quiet) ? LogEventLevel.Error : LogEventLevel.Information))
            {
                SharesMemory = parsed.GetValue(sharedMemory) != MemorySharing.Off,
                CpuCapability = parsed.GetValue(capability),
                Certificates = certificates,
                TerminationLog = parsed.GetValue(TerminationLog.File),
            };
            return new WorkerHost(options).Run();
        });
        return command;
    }

    /// <summary>The device, checked; a supervisor has done that for its workers.</summary>
    private static DeviceRequest Chosen(DeviceRequest request, bool supervised) => supervised && request.IsOne
        ? request
        : DeviceChoice.Spread(
            request,
            GpuFindings.Usable(request, () => CudaDriver.Find(), () => LibtorchProbe.Ask(typeof(WorkerCommand).Assembly.Location)),
            workers: 1)[0];
}
