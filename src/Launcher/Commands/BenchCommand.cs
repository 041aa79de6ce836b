using System.CommandLine;
using MiniBatch.Launcher.Bench;
using MiniBatch.Launcher.Bench.Systems;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;
using Spectre.Console;

namespace MiniBatch.Launcher.Commands;

/// <summary>
/// <c>bench</c>: how fast this machine trains with MiniBatch, beside a plain loop and, where it is installed, PyTorch with and
/// without DDP. <c>docs/PERFORMANCE.md</c> has the method.
/// </summary>
public static class BenchCommand
{
    private const string Every = "all";
    private const int BatchDefault = 200;
    private const int SlotsDefault = 2;
    private const int RoundsDefault = 3;

    /// <summary>DDP's processes and the larger cluster's workers: what two cores can do.</summary>
    private const int Processes = 2;

    /// <summary>Columns of text where the output is no terminal, so that no row is broken.</summary>
    public const int PlainWidth = 160;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var which = new Argument<string>("workload")
        {
            Description = $"{string.Join(", ", BenchJob.Models)} or {Every} [{Every}]",
            DefaultValueFactory = _ => Every,
        };
        var batch = Flag.Integer("--batch", $"samples of one step, over all processes [{BatchDefault}]", Processes, DatasetCatalog.Mnist.TrainCount);
        var slots = Flag.Integer("--slots", $"shares of a batch of MiniBatch [{SlotsDefault}]", 1, 4096);
        var rounds = Flag.Integer("--rounds", $"how often each is measured [{RoundsDefault}]", 1, 1000);
        var steps = Flag.Integer("--steps", "steps that are timed [enough for several seconds]", 1);
        var device = Flag.Device("where every system computes [cpu]");
        var data = Flag.Path("--data", "directory of the datasets [the user's cache, fetched into where need be]", "DIR");
        var json = Flag.Path("--json", "write all figures there as well", "FILE");

        var command = new Command("bench", "Measures how fast this machine trains, beside PyTorch where there is one.") { which };
        foreach (var option in new Option[] { batch, slots, rounds, steps, device, data, json }) command.Options.Add(option);
        command.SetAction(parsed =>
        {
            var workloads = BenchJob.Chosen(parsed.GetValue(which)!, WorkloadCatalog.All);
            var globalBatch = parsed.GetValue(batch) ?? BatchDefault;
            if (globalBatch % Processes != 0)
                throw new UserErrorException($"--batch {globalBatch}: give an even number, for DDP's {Processes} processes share it equally", UserErrorException.Usage);
            var place = LocalDevices.For(parsed.GetValue(device) ?? DeviceRequest.Cpu, workers: 1, Say)[0];
            // Of several GPUs each worker takes its own, unless one was named.
            if (place.Kind == DeviceKind.Cuda && parsed.GetValue(device)!.Value.Index is null) place = DeviceRequest.AnyGpu;
            var jobs = workloads
                .Select(workload => BenchJob.Create(
                    workload, globalBatch, parsed.GetValue(slots) ?? SlotsDefault, parsed.GetValue(steps), place, DirectoryOf(workload, parsed.GetValue(data))))
                .ToArray();
            var result = new BenchResult
            {
                Taken = DateTimeOffset.UtcNow,
                Machine = Machine.Here(),
                Device = ComputeDevice.Describe(jobs[0].OneDevice, () => CudaDriver.Find()).ToString(),
                GlobalBatch = globalBatch,
                Slots = jobs[0].Slots,
                Rounds = parsed.GetValue(rounds) ?? RoundsDefault,
                Rows = [],
            };
            return Measure(jobs, result, parsed.GetValue(json));
        });
        return command;
    }

    private static int Measure(IReadOnlyList<BenchJob> jobs, BenchResult result, string? json)
    {
        var systems = Systems(jobs[0].Device);
        using var signals = new StopSignals(supervised: false);
        var temporary = Directory.CreateTempSubdirectory("minibatch-bench-");
        try
        {
            var run = new BenchRun(temporary.FullName, Say, signals.Token);
            result = result with { Rows = [.. jobs.SelectMany(job => run.Measure(job, systems, result.Rounds))] };
        }
        catch (OperationCanceledException)
        {
            return signals.ExitCode;
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = PlainWidth;
        BenchTable.Write(AnsiConsole.Console, result);
        if (json is not null) RunDirectory.WriteJson(json, result);
        return 0;
    }

    private static IReadOnlyList<BenchSystem> Systems(DeviceRequest device)
    {
        var programs = BuiltPrograms.Find(AppContext.BaseDirectory);
        var systems = new List<BenchSystem>
        {
            new PlainLoop(programs),
            new MiniBatchCluster(programs, Workers: 1),
            new MiniBatchCluster(programs, Processes),
        };
        if (PythonInterpreter.Find() is { } python)
        {
            var script = Path.Combine(AppContext.BaseDirectory, "Bench", "ddp.py");
            systems.Add(new PythonTorch(python, script, Processes: 1));
            // Over gloo gradients would travel by way of the CPU, which nobody does who has GPUs.
            if (device.Kind == DeviceKind.Cpu) systems.Add(new PythonTorch(python, script, Processes));
        }
        else
        {
            Say(PythonInterpreter.Missing);
        }
        return systems;
    }

    private static string DirectoryOf(Workload workload, string? named) =>
        Path.GetFullPath(DatasetLocator.FindOrFetch(DatasetCatalog.Get(workload.Dataset), named, Say));

    private static void Say(string line) => Console.Error.WriteLine($"minibatch: {line}");
}
