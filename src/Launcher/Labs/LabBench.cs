using System.Text.Json;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Launcher.Supervision;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Labs;

/// <summary>Trains what a lab asks for, as a user does: by <c>train</c>, with processes of their own, one run at a time.</summary>
/// <param name="programs">Of which the launcher trains.</param>
/// <param name="directory">Exists; each run has a folder in it.</param>
/// <param name="stop">Ends the run under way, and the lab.</param>
public sealed class LabBench(BuiltPrograms programs, string directory, CancellationToken stop)
{
    private int _runs;

    /// <summary>Trains.</summary>
    /// <param name="arguments">Of <c>train</c>: the workload, then flags.</param>
    /// <param name="meanwhile">Called on another thread, with the run's directory, while it trains; null for nothing.</param>
    /// <exception cref="UserErrorException">The run fails.</exception>
    /// <exception cref="OperationCanceledException">The lab was asked to stop.</exception>
    public LabRun Train(IEnumerable<string> arguments, Action<RunDirectory, CancellationToken>? meanwhile = null)
    {
        var run = new RunDirectory(Path.Combine(directory, $"{++_runs}"));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var other = meanwhile is null ? Task.CompletedTask : Task.Run(() => meanwhile(run, over.Token), CancellationToken.None);
        try
        {
            Errand.Run("train", Errand.StartInfo(programs.Dotnet, [programs.Launcher, "train", .. arguments, "--run-dir", run.Root, "--report", "off"]), stop);
        }
        finally
        {
            over.Cancel();
            other.Wait(CancellationToken.None);
        }
        return Read(run);
    }

    private static LabRun Read(RunDirectory run)
    {
        var summary = JsonSerializer.Deserialize<RunSummary>(File.ReadAllBytes(run.Summary), Json.Indented)
            ?? throw new UserErrorException($"{run.Summary} says nothing");
        var chain = LedgerCodec.ChainStart;
        var lines = new List<LedgerLine>();
        foreach (var text in File.ReadLines(run.Ledger))
        {
            (var line, chain) = LedgerCodec.Read(System.Text.Encoding.UTF8.GetBytes(text), chain);
            lines.Add(line);
        }
        return new LabRun(
            summary, [.. lines.Select(line => line.Loss)],
            [.. lines.Select(line => (TimeSpan.FromMilliseconds(line.Milliseconds), ComputeOf(line)))]);
    }

    /// <summary>A worker computes its slots one after the other; the step waits for the slowest worker.</summary>
    private static TimeSpan ComputeOf(LedgerLine line) => TimeSpan.FromMicroseconds(
        line.Slots.GroupBy(slot => slot.Worker).Max(worker => worker.Sum(slot => (long)slot.ComputeMicroseconds)));
}
