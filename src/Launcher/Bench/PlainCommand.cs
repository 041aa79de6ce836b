using System.CommandLine;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;
using TorchSharp;

namespace MiniBatch.Launcher.Bench;

/// <summary>
/// <c>bench-plain</c>, for <c>./cluster bench</c> alone: trains in this one process, without a cluster. A process
/// of its own because kernels are pinned once a process.
/// </summary>
public static class PlainCommand
{
    /// <summary>What <c>bench</c> calls it.</summary>
    public const string Name = "bench-plain";

    /// <summary>The command; takes the run's flags as <c>train</c> does.</summary>
    public static Command Create()
    {
        var run = new RunFlags();
        var data = Flag.Path("--data", "directory of the datasets [the user's cache]", "DIR");
        var device = Flag.Device("where to compute [cpu]");
        var report = Flag.Path("--report", "where the figures go", "FILE");
        report.Required = true;
        var command = new Command(Name, "Trains without a cluster, and says how fast.") { Hidden = true };
        run.AddTo(command);
        command.Options.Add(data);
        command.Options.Add(device);
        command.Options.Add(report);
        command.SetAction(parsed =>
        {
            var spec = run.Spec(parsed, DateTimeOffset.UtcNow);
            KernelPins.Apply(spec.CpuCapability);
            torch.set_num_threads(1);
            var place = parsed.GetValue(device) ?? DeviceRequest.Cpu;
            if (place.Kind == DeviceKind.Cuda) GpuPins.Apply(place, spec.AllowTf32);
            var description = DatasetCatalog.Get(spec.Dataset);
            var directory = DatasetLocator.Find(description, parsed.GetValue(data))
                ?? throw new UserErrorException($"{description.Title} is not on this machine; fetch it with ./cluster data {description.Name}");
            var dataset = ImageDataset.Load(description, directory, spec.TrainCount, spec.TestCount);
            RunDirectory.WriteJson(parsed.GetValue(report)!, PlainTraining.Run(spec, dataset, ComputePlace.Of(place)));
        });
        return command;
    }
}
