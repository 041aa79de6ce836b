using System.CommandLine;
using MiniBatch.Explain;
using MiniBatch.Explain.Models;
using MiniBatch.Launcher.Bench;
using MiniBatch.Launcher.Watching;
using MiniBatch.Lessons;
using MiniBatch.Shared.Devices;
using MiniBatch.Simulation;
using MiniBatch.TrainedModels;
using MiniBatch.TrainedModels.Predictions;
using MiniBatch.TrainedModels.Reports;
using MiniBatch.Worker;

namespace MiniBatch.Launcher.Commands;

/// <summary>The launcher's command line; <c>./cluster</c> passes it on. A new command goes in here and in the script's list.</summary>
public static class LauncherCommand
{
    private static readonly (string Name, Func<Command> Create)[] Commands =
    [
        ("train", TrainCommand.Create),
        ("workloads", WorkloadsCommand.Create),
        ("explain", ExplainCommand.Create),
        ("lesson", () => LessonCommand.Create(LessonCatalog.All)),
        ("data", DataCommand.Create),
        ("verify", VerifyCommand.Create),
        ("logs", LogsCommand.Create),
        ("watch", WatchCommand.Create),
        (ReportCommand.Name, ReportCommand.Create),
        (PredictCommand.Name, PredictCommand.Create),
        (ExportCommand.Name, ExportCommand.Create),
        ("bench", BenchCommand.Create),
        (PlainCommand.Name, PlainCommand.Create),
        ("scale", ScaleCommand.Create),
        (ScaleCommand.ServerName, ScaleCommand.CreateServer),
        (ScaleCommand.WorkersName, ScaleCommand.CreateWorkers),
        (ModelService.Name, ModelService.Create),
        ("lab", LabCommand.Create),
        ("chaos", ChaosCommand.Create),
        ("simulate", SimulateCommand.Create),
        (LibtorchProbe.Command, DevicesCommand.Create),
    ];

    /// <summary>The commands. One that computes loads libtorch when it is run; <c>train</c> never does, its processes do.</summary>
    /// <param name="typed">The command that is asked for: only that one is made, because all together take a noticeable time. All
    /// where there is none of that name.</param>
    public static RootCommand Create(string? typed = null)
    {
        var root = new RootCommand("MiniBatch: mini-batch gradient descent over machines.");
        foreach (var (name, create) in Commands)
        {
            if (name == typed || Array.TrueForAll(Commands, known => known.Name != typed)) root.Subcommands.Add(create());
        }
        return root;
    }
}
