using System.CommandLine;
using MiniBatch.Explain.Narration;
using MiniBatch.Explain.Steps;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;
using TorchSharp;

namespace MiniBatch.Explain;

/// <summary><c>explain</c>: takes the first steps of a run, and tells every number on their way.</summary>
public static class ExplainCommand
{
    private const int WorkersDefault = 3;
    private const int WorkersMax = 64;

    /// <summary>The command; takes the run's flags as <c>train</c> does.</summary>
    public static Command Create()
    {
        var run = new RunFlags();
        var workers = Flag.Integer("--workers", $"workers to deal the slots to [{WorkersDefault}: one for each sample of hours-points]", 1, WorkersMax);
        var steps = Flag.Integer("--steps", "how many of the run's steps, from the first [1: enough to check by hand]", 1);
        var data = Flag.Path("--data", "directory of the datasets [the user's cache, which all runs share; what it lacks is fetched]", "DIR");
        var command = new Command("explain", "Takes a real step of a workload and tells every number on its way.");
        run.AddTo(command);
        command.AddFlags(HelpHeading.Step, steps);
        command.AddFlags(HelpHeading.Spread, workers);
        command.AddFlags(HelpHeading.Place, data);
        command.SetAction(parsed =>
        {
            var spec = run.Spec(parsed, DateTimeOffset.UtcNow);
            var stepCount = parsed.GetValue(steps) ?? 1;
            if (spec.Mode != UpdateMode.Synchronous)
                throw new UserErrorException($"explain tells of steps, and --mode {spec.Mode} has none; leave it out", UserErrorException.Usage);
            if (stepCount > (long)spec.Epochs * spec.StepsPerEpoch)
                throw new UserErrorException(
                    $"--steps {stepCount}: the run has {(long)spec.Epochs * spec.StepsPerEpoch}; take fewer, or more --epochs", UserErrorException.Usage);
            KernelPins.Apply(spec.CpuCapability);
            torch.set_num_threads(1);
            foreach (var line in Tell(spec, Load(spec, parsed.GetValue(data)), parsed.GetValue(workers) ?? WorkersDefault, stepCount))
                Console.WriteLine(line);
        });
        return command;
    }

    /// <summary>The narration of a run's first steps, line by line as they are taken.</summary>
    /// <param name="spec">Synchronous.</param>
    /// <param name="data">Of the spec's size.</param>
    /// <param name="workerCount">Workers to deal the slots to.</param>
    /// <param name="stepCount">At most the run's.</param>
    public static IEnumerable<string> Tell(RunSpec spec, DatasetSamples data, int workerCount, int stepCount)
    {
        using var cluster = new ClusterInOneProcess(spec, data, workerCount);
        using var narration = new StepNarration(spec, data, cluster.Layout);
        using var alone = new OneMachine(spec, data);
        foreach (var line in narration.Opening(cluster.Assignment)) yield return line;
        for (var i = 0; i < stepCount; i++)
        {
            var step = cluster.Next();
            foreach (var line in narration.Step(step)) yield return line;
            if (step.Update.BrokenSlot is not null) yield break;
            var (loss, parameters) = alone.Next();
            foreach (var line in narration.Beside(step, loss, parameters)) yield return line;
        }
    }

    private static DatasetSamples Load(RunSpec spec, string? named)
    {
        var dataset = WorkloadCatalog.Get(spec.Workload).Data;
        return dataset.Load(dataset.Locate(named, line => Console.Error.WriteLine($"minibatch: {line}")), spec.TrainCount, spec.TestCount);
    }
}
