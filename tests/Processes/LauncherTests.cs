using MiniBatch.Processes.Harness;
using MiniBatch.Shared.Runs;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary><c>train</c> as a process that supervises real ones: whatever ends it, nothing of it is left.</summary>
[Collection(OneAtATime.Name)]
public sealed class LauncherTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private const string WorkerProgram = "MiniBatch.Worker.dll";

    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Train_runs_to_the_end_and_leaves_nobody()
    {
        var launcher = _cluster.StartLauncher(Job.Softmax(), 2, "--report", "on");
        var run = _cluster.WaitForSuccess();
        _cluster.WaitForNobody();

        Assert.Equal(2, run.Summary.Workers);
        Assert.Equal(data.Undisturbed(Job.Softmax(), workers: 1, output).Hashes, run.Hashes);
        Assert.Contains(run.Summary.ParametersSha256, launcher.Output, StringComparison.Ordinal);
        Assert.EndsWith($"report         {_cluster.Directory.Report}\n", launcher.Output, StringComparison.Ordinal);
        Assert.Contains(run.Summary.ParametersSha256, File.ReadAllText(_cluster.Directory.Report), StringComparison.Ordinal);
        Assert.Equal(
            ["coordinator.jsonl", "supervisor.jsonl", "worker-1.jsonl", "worker-2.jsonl"],
            Directory.GetFiles(_cluster.Directory.Logs).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData(2, 130)]
    [InlineData(15, 143)]
    public void Train_that_is_asked_to_stop_ends_everything_and_writes_the_run_down(int signal, int exitCode)
    {
        var launcher = StartLong();
        // It would cost every training the time of loading it, and its memory.
        Assert.DoesNotContain("libtorch", File.ReadAllText($"/proc/{launcher.Id}/maps"), StringComparison.OrdinalIgnoreCase);
        launcher.Send((Signal)signal);
        _cluster.Expect(launcher, exitCode);
        _cluster.WaitForNobody();

        var run = new FinishedRun(_cluster.Directory);
        Assert.Equal("stopped", run.Summary.Outcome);
        Assert.Equal(run.Summary.Steps, run.Steps.Count);
        Assert.Equal(run.Summary.Steps, LeftBehind.NewestVersion(_cluster.Directory));   // to be resumed from
        Assert.DoesNotContain("   at ", launcher.Output + launcher.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 130)]   // Ctrl+C
    [InlineData(1, 129)]   // it is closed
    public void What_a_terminal_sends_reaches_every_process_and_ends_everything_in_order(int signal, int exitCode)
    {
        // Whoever runs the tests may have asked, by nohup, that none of it be heard.
        _cluster.StartBy = ["env", "--default-signal=HUP,INT"];
        var launcher = StartLong();
        foreach (var process in ClusterProcesses.With(_cluster.Secret)) Signals.Send(process, (Signal)signal);
        _cluster.Expect(launcher, exitCode);
        _cluster.WaitForNobody();
        Assert.Equal("stopped", new FinishedRun(_cluster.Directory).Summary.Outcome);
    }

    [Fact]
    public void Output_that_can_not_be_written_does_not_decide_how_a_run_ends()
    {
        _cluster.StartBy = ["sh", "-c", "exec \"$@\" > /dev/full", "sh"];
        var launcher = _cluster.StartLauncher(Job.Softmax(), 1, "--report", "on");
        _cluster.Expect(launcher, 0);
        Assert.Equal("completed", new FinishedRun(_cluster.Directory).Summary.Outcome);
        Assert.True(File.Exists(_cluster.Directory.Report));
    }

    [Fact]
    public void Killed_launcher_leaves_no_orphan()
    {
        var launcher = StartLong();
        Assert.Equal(4, ClusterProcesses.With(_cluster.Secret).Count);
        launcher.Send(Signal.Kill);
        _cluster.Expect(launcher, 137);
        _cluster.WaitForNobody();
        // They ended because it did, not because they were done.
        Assert.InRange(_cluster.StepsNow, 5, 299);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Killed_worker_is_started_again_and_the_model_is_the_same()
    {
        var job = Job.LongCnn;
        _cluster.StartLauncher(job, workers: 2);
        _cluster.WaitForSteps(10);
        var killed = ClusterProcesses.One(_cluster.Secret, WorkerProgram, "--name worker-1 ");
        Signals.Send(killed, Signal.Kill);
        var run = _cluster.WaitForSuccess();

        Assert.Equal(1, run.Summary.Faults.Seen);
        Assert.Equal(["worker-1", "worker-2"], run.Steps[^1].Slots.Select(slot => slot.Worker).Distinct().Order());
        Assert.Equal(data.Undisturbed(job, workers: 1, output).Hashes, run.Hashes);
        _cluster.WaitForNobody();
    }

    [SkippableFact]
    [Trait("Group", "Long")]
    public void Worker_that_beats_and_never_answers_is_replaced_by_a_new_process()
    {
        // 300 steps, and nobody backs the stuck one up: the step would be open for ever.
        var launcher = _cluster.StartLauncher(Job.LongMlp, 2, "--backup", "off", "--answer-limit", "3s");
        _cluster.WaitForSteps(40);
        var stuck = ClusterProcesses.One(_cluster.Secret, WorkerProgram, "--name worker-1");
        Skip.IfNot(StuckThread.Hold(stuck, "compute"), "holding another process's thread needs root");
        var run = _cluster.WaitForSuccess();
        _cluster.WaitForNobody();

        OneLine.Of(launcher, "worker-1 ended with exit code 1 (it has answered nothing for 3 s");
        Assert.Contains("worker-1 beats, but has answered nothing for 3 s, now of step ", launcher.Output, StringComparison.Ordinal);
        Assert.Equal((1, 0), (run.Summary.Faults.Seen, run.Summary.Faults.SlotsBackedUp));
        Assert.True(run.Summary.Faults.SlotsReassigned >= 1);
        Assert.Equal(data.Undisturbed(Job.LongMlp, workers: 1, output).Hashes, run.Hashes);
    }

    [SkippableFact]
    public void Full_disk_ends_the_run_with_one_line()
    {
        using var disk = SmallDisk.Mount(Path.Combine(_cluster.Home, "disk"), kilobytes: 256);
        Skip.If(disk is null, "mounting a small disk needs root");
        var launcher = _cluster.Start(
            "launcher", BuiltPrograms.Launcher,
            ["train", .. Job.Long().Arguments, "--data", data.Root, "--workers", "1", "--run-dir", disk.Path]);
        _cluster.Expect(launcher, 1);
        _cluster.WaitForNobody();
        OneLine.Of(launcher, "can't write");
    }

    /// <summary>Room for the lock and the address, none for the weights; and with room made it goes on.</summary>
    [SkippableFact]
    [Trait("Group", "Long")]
    public void Resuming_on_a_full_disk_says_cause_and_mend_and_loses_nothing()
    {
        using var disk = SmallDisk.Mount(Path.Combine(_cluster.Home, "disk"), kilobytes: 16 * 1024);
        Skip.If(disk is null, "mounting a small disk needs root");
        var job = Job.LongCnn;
        string[] on = ["--data", data.Root, "--workers", "1", "--report", "off"];
        var directory = new RunDirectory(Path.Combine(disk.Path, "run"));
        var first = _cluster.Start("launcher", BuiltPrograms.Launcher, ["train", .. job.Arguments, .. on, "--run-dir", directory.Root]);
        _cluster.WaitUntil("a checkpoint", () => Directory.Exists(directory.Checkpoints) && Directory.GetFiles(directory.Checkpoints, "*.safetensors").Length > 0);
        first.Send(Signal.Terminate);
        _cluster.Expect(first, 143);
        disk.Fill(leave: 24 * 1024);

        var full = _cluster.Start("full", BuiltPrograms.Launcher, ["train", "--resume", directory.Root, .. on]);
        _cluster.Expect(full, 1);
        OneLine.Of(full, $"can't write to {directory.Root} (");
        Assert.Contains("make room there", full.Error, StringComparison.Ordinal);

        disk.Empty();
        _cluster.Expect(_cluster.Start("again", BuiltPrograms.Launcher, ["train", "--resume", directory.Root, .. on]), 0);
        Assert.Equal(data.Undisturbed(job, workers: 1, output).Hashes, new FinishedRun(directory).Hashes);
    }

    private NodeProcess StartLong()
    {
        var launcher = _cluster.StartLauncher(Job.LongCnn, workers: 2);
        _cluster.WaitForSteps(5);
        return launcher;
    }
}
