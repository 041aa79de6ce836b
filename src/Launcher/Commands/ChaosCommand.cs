using System.CommandLine;
using System.Globalization;
using MiniBatch.Launcher.Chaos;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;
using MiniBatch.Supervision;

namespace MiniBatch.Launcher.Commands;

/// <summary><c>chaos</c>: trains a run twice, undisturbed and tormented, and holds the models, and what processes used, against each other.</summary>
public static class ChaosCommand
{
    private const int KillsDefault = 100;
    private const int WorkersDefault = 3;
    private const int StepsPerFaultDefault = 200;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var run = new RunFlags();
        var command = new Command("chaos", "Trains a run twice, the second time while its processes are killed, stopped, terminated and cut off, and compares.");
        run.AddTo(command);
        Option[] runOptions = [.. command.Options];
        var kills = Flag.Integer("--kills", $"processes that are killed (SIGKILL), at moments drawn from --seed; half as many other faults come on top [{KillsDefault}]", 1, 1_000_000);
        var stepsPerFault = Flag.Integer(
            "--steps-per-fault", $"steps between two faults, in the mean: as many epochs are trained as that takes, unless --epochs says otherwise [{StepsPerFaultDefault}: about a second of mnist-mlp]", 1, 1_000_000);
        var workers = Flag.Integer("--workers", $"worker processes [{WorkersDefault}: mostly one is there that takes over]", 1, SupervisorOptions.Default.WorkersMax);
        var checkpointEvery = new CoordinatorFlags().CheckpointEvery;
        var data = Flag.Path("--data", "directory of the datasets [the user's cache, which all runs share; what it lacks is fetched]", "DIR");
        var root = Flag.Path("--run-dir", "where both runs and chaos.json go [runs/ID-chaos, beside other runs]", "DIR");
        command.AddFlags(HelpHeading.Spread, kills, stepsPerFault, workers);
        command.AddFlags(HelpHeading.Place, data);
        command.AddFlags(HelpHeading.Kept, checkpointEvery, root);
        command.SetAction(parsed =>
        {
            var killed = parsed.GetValue(kills) ?? KillsDefault;
            var spec = Spec(parsed, run, (long)FaultPlan.CountOf(killed) * (parsed.GetValue(stepsPerFault) ?? StepsPerFaultDefault));
            var folder = Path.GetFullPath(parsed.GetValue(root) ?? Path.Combine("runs", $"{spec.Run.Value}-chaos"));
            string[] arguments =
            [
                .. command.Arguments.SelectMany(argument => TypedFlags.Of(parsed, argument)),
                .. runOptions.Where(option => option.Name is not "--epochs").Concat([checkpointEvery, data]).SelectMany(option => TypedFlags.Of(parsed, option)),
                "--epochs", Text(spec.Epochs), "--workers", Text(parsed.GetValue(workers) ?? WorkersDefault), "--report", "off",
                TrainCommand.RestartTerminated,
            ];
            return Run(new ChaosRun
            {
                Programs = BuiltPrograms.Find(AppContext.BaseDirectory),
                TrainArguments = arguments,
                Spec = spec,
                Root = folder,
                Kills = killed,
                Workers = parsed.GetValue(workers) ?? WorkersDefault,
                Data = parsed.GetValue(data),
                Say = Console.WriteLine,
            });
        });
        return command;
    }

    private static RunSpec Spec(ParseResult parsed, RunFlags run, long steps)
    {
        var spec = run.Spec(parsed, DateTimeOffset.UtcNow);
        if (!spec.Mode.IsSynchronous)
            throw new UserErrorException($"--mode {spec.Mode} does not give the same bits each time, so there is nothing to compare; leave it out", UserErrorException.Usage);
        if (run.HasEpochs(parsed)) return spec;
        var epochs = (steps + spec.StepsPerEpoch - 1) / spec.StepsPerEpoch;
        return epochs <= int.MaxValue / spec.StepsPerEpoch
            ? spec with { Epochs = (int)epochs }
            : throw new UserErrorException($"{steps:N0} steps are more than a run has; take fewer --kills or --steps-per-fault", UserErrorException.Usage);
    }

    private static int Run(ChaosRun chaos)
    {
        var folder = new RunDirectory(chaos.Root);
        var path = Path.Combine(folder.Root, "chaos.json");
        if (Directory.Exists(folder.Root) && Directory.EnumerateFileSystemEntries(folder.Root).Any())
            throw new UserErrorException($"{folder.Root} is not empty; choose another --run-dir, or remove it");
        OutputFolder.Require("--run-dir", folder.Root);
        using var signals = new StopSignals(supervised: false);
        try
        {
            var report = chaos.Run(signals.Token);
            RunDirectory.WriteJson(path, report);
            report.Write(Console.Out);
            Console.WriteLine($"report         {path}");
            foreach (var problem in report.Problems) Console.Error.WriteLine($"minibatch: {problem}");
            if (report.Problems.Count == 0) Console.WriteLine("one hash");
            return report.Problems.Count == 0 ? 0 : UserErrorException.Failure;
        }
        catch (OperationCanceledException)
        {
            return signals.ExitCode;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
