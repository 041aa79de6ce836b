using System.Text.Json;
using MiniBatch.Launcher.Bench.Systems;
using MiniBatch.Launcher.Supervision;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Bench;

/// <summary>Measures systems one after another, each as a process of its own; one at a time, for they share the cores.</summary>
/// <param name="workDirectory">Exists; each measurement gets a folder in it while it lasts.</param>
/// <param name="say">Gets a line a measurement: a long benchmark that is stopped has told something.</param>
/// <param name="stop">Ends the process that runs, and the benchmark.</param>
public sealed class BenchRun(string workDirectory, Action<string> say, CancellationToken stop)
{
    /// <summary>Measures one workload.</summary>
    /// <exception cref="UserErrorException">A system fails, or trains another model than the others.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public IReadOnlyList<BenchRow> Measure(BenchJob job, IReadOnlyList<BenchSystem> systems, int rounds)
    {
        var reports = systems.ToDictionary(system => system, _ => new List<BenchReport>());
        int? parameterCount = null;
        foreach (var (round, system) in Rounds.Interleaved(systems, rounds))
        {
            var report = MeasureOnce(job, system);
            parameterCount ??= report.ParameterCount;
            if (report.ParameterCount != parameterCount)
                throw new UserErrorException($"{system.Name} trains {report.ParameterCount} parameters and the others {parameterCount}: not the same model");
            reports[system].Add(report);
            say($"round {round} of {rounds}: {job.Workload.Name}, {system.Name}: {BenchRow.SamplesPerSecondOf(report, job.Length):N0} samples/s");
        }
        return BenchRow.Of(job, [.. systems.Select(system => (system, (IReadOnlyList<BenchReport>)reports[system]))]);
    }

    private BenchReport MeasureOnce(BenchJob job, BenchSystem system)
    {
        var directory = Directory.CreateDirectory(Path.Combine(workDirectory, Path.GetRandomFileName())).FullName;
        Observer? observer = null;
        try
        {
            Errand.Run(system.Name, system.Process(job, directory), stop, process => observer = new Observer(process, system.LedgerIn(directory)));
        }
        finally
        {
            observer?.Dispose();
        }
        try
        {
            var report = system.Read(job, directory);
            var counted = job.Length.Counted(report.Epochs).Sum(epoch => epoch.Seconds);
            return report with
            {
                FirstStepSeconds = observer?.FirstStepSeconds,
                Use = observer?.Between(report.Ended - TimeSpan.FromSeconds(counted), report.Ended),
            };
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"{system.Name} left figures that can't be read: {e.Message}", cause: e);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
