using MiniBatch.Launcher.Supervision;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Labs;

/// <summary>Kills a worker in the middle of a run, and looks for a trace of it in the model.</summary>
public sealed class KillLab : Lab
{
    private const int KillAtStep = 300;
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc />
    public override string Name => "kill";

    /// <inheritdoc />
    public override string Question => "kill -9 of a worker half-way: is the model another one?";

    /// <inheritdoc />
    public override bool Run(LabBench bench, TextWriter page)
    {
        string[] job = ["mnist-mlp", "--workers", "2", "--epochs", "1", "--seed", "3"];
        page.WriteLine($"""
            Two runs of mnist-mlp, 600 steps with two workers. In the second, worker-1 gets kill -9 after step {KillAtStep}.

            Predicted: a slot's gradient follows from the version, the samples and the seed, whoever computes it; gradients are averaged
            in slot order. So what the dead worker owed is computed by the other to the same bits, the supervisor starts a new one, and
            the hashes of both runs are equal.

            """);
        var quiet = bench.Train(job);
        var killed = 0;
        var disturbed = bench.Train(job, (run, over) => killed = KillWorker(run, over));
        page.WriteLine($"""
              undisturbed   parameters {quiet.Summary.ParametersSha256}
                            state      {quiet.Summary.StateSha256}
              disturbed     parameters {disturbed.Summary.ParametersSha256}
                            state      {disturbed.Summary.StateSha256}
              what it saw   {disturbed.Summary.Faults.Seen} fault, {disturbed.Summary.Faults.SlotsReassigned} slots given to another worker
            """);
        var isSame = (quiet.Summary.ParametersSha256, quiet.Summary.StateSha256) == (disturbed.Summary.ParametersSha256, disturbed.Summary.StateSha256);
        if (killed == 0) page.WriteLine("\n  the run was over before the worker could be killed: nothing is shown; try again on a quieter machine");
        else page.WriteLine($"\n  process {killed} was killed, and the model is {(isSame ? "the same to the last bit: as predicted" : "ANOTHER: not as predicted")}");
        page.WriteLine("\nTry next: the same with the coordinator, by hand: pkill -9 -f Coordinator.dll while ./cluster train runs.");
        return killed != 0 && isSame;
    }

    /// <summary>Waits for the step, kills.</summary>
    /// <returns>The process's id; 0 where the run was over before.</returns>
    private static int KillWorker(RunDirectory run, CancellationToken over)
    {
        while (!over.WaitHandle.WaitOne(LookInterval))
        {
            if (!File.Exists(run.Ledger) || StepsIn(run) < KillAtStep || FindWorker(run) is not { } process) continue;
            using (process)
            {
                process.Kill();   // SIGKILL
                return process.Id;
            }
        }
        return 0;
    }

    private static int StepsIn(RunDirectory run)
    {
        using var ledger = new StreamReader(new FileStream(run.Ledger, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var steps = 0;
        while (ledger.ReadLine() is not null) steps++;
        return steps;
    }

    /// <summary>The worker of this run: its command line names the run's join file, and worker-1.</summary>
    private static System.Diagnostics.Process? FindWorker(RunDirectory run)
    {
        foreach (var process in System.Diagnostics.Process.GetProcesses())
        {
            if (CommandLineOf(process.Id) is { } line && line.Contains(run.CoordinatorAddress) && line.Contains("worker-1")) return process;
            process.Dispose();
        }
        return null;
    }

    private static string[]? CommandLineOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;   // it has ended, or is somebody else's
        }
    }
}
