using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary><c>train</c> whose coordinator is killed, and <c>train --resume</c>.</summary>
[Collection(OneAtATime.Name)]
public sealed class LauncherResumeTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private const int Failure = 1;
    private const int Usage = 2;
    private const string CoordinatorProgram = "MiniBatch.Coordinator.dll";

    private static readonly Job Job = Job.LongMlp;

    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    [Trait("Group", "Long")]
    public void Killed_coordinator_is_started_again_and_the_model_is_the_same()
    {
        var launcher = _cluster.StartLauncher(Job, workers: 2);
        // Looked for before it is needed: on a loaded machine the run would be over first.
        _cluster.WaitForSteps(10);
        var coordinator = FindCoordinator();
        _cluster.WaitForSteps(190);
        Signals.Send(coordinator, Signal.Kill);
        var run = _cluster.WaitForSuccess();
        _cluster.WaitForNobody();

        OneLine.Of(launcher, "the coordinator was killed by SIGKILL; starting it again at once (restart 1 of at most 5 without a step between)");
        Assert.Contains("starting it again", File.ReadAllText(Path.Combine(_cluster.Directory.Logs, "supervisor.jsonl")), StringComparison.Ordinal);
        Assert.Equal(1, run.Summary.Faults.CoordinatorRestarts);
        Assert.True(run.Summary.Faults.StepsRedone >= 40);
        Assert.Equal(2, run.Summary.Workers);
        AssertSameModel(run);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Coordinator_that_is_killed_six_times_is_given_up_and_leaves_nobody()
    {
        var launcher = _cluster.StartLauncher(Job.Long(), workers: 1, "--wait-for-workers", "60s");
        for (var incarnation = 1; incarnation <= 6; incarnation++)
        {
            var expected = $"{incarnation}";
            _cluster.WaitUntil(
                $"incarnation {expected}",
                () => File.Exists(_cluster.Directory.Incarnation) && File.ReadAllText(_cluster.Directory.Incarnation) == expected);
            Signals.Send(FindCoordinator(), Signal.Kill);
        }
        _cluster.Expect(launcher, Failure);
        _cluster.WaitForNobody();

        var lines = launcher.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, lines.Length);
        Assert.All(lines[..5], line => Assert.Contains("starting it again", line, StringComparison.Ordinal));
        Assert.Contains("after 5 restarts without a step between; it is not started again", lines[5], StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Run_that_was_asked_to_stop_is_resumed_at_the_step_where_it_was()
    {
        var launcher = _cluster.StartLauncher(Job, workers: 2);
        _cluster.WaitForSteps(30);
        launcher.Send(Signal.Terminate);
        _cluster.Expect(launcher, 143);
        var stopped = new FinishedRun(_cluster.Directory);
        Assert.Equal(("stopped", stopped.Summary.Steps), (stopped.Summary.Outcome, LeftBehind.NewestVersion(_cluster.Directory)));
        Assert.InRange(stopped.Summary.Steps, 30, 299);

        Resume("--workers", "1");
        var run = _cluster.WaitForSuccess(killed: launcher);
        _cluster.WaitForNobody();
        Assert.Equal((1, 0), (run.Summary.Faults.CoordinatorRestarts, run.Summary.Faults.StepsRedone));
        AssertSameModel(run);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Run_whose_launcher_was_killed_is_resumed()
    {
        var launcher = _cluster.StartLauncher(Job, workers: 2);
        _cluster.WaitForSteps(30);
        // All at once, as when a machine goes down: nobody takes leave, and the address stays.
        foreach (var process in ClusterProcesses.With(_cluster.Secret)) Signals.Send(process, Signal.Kill);
        _cluster.Expect(launcher, 137);
        _cluster.WaitForNobody();
        Assert.True(File.Exists(_cluster.Directory.CoordinatorAddress));
        var redone = LeftBehind.Steps(_cluster.Directory) - LeftBehind.NewestVersion(_cluster.Directory);

        Resume();
        var run = _cluster.WaitForSuccess(killed: launcher);
        Assert.Equal((1, redone), (run.Summary.Faults.CoordinatorRestarts, run.Summary.Faults.StepsRedone));
        AssertSameModel(run);
    }

    [Fact]
    public void Resume_of_a_complete_run_another_spec_or_no_run_is_refused_and_starts_nobody()
    {
        LeftBehind.Copy(data.KilledAt(190, Job, output), _cluster.Directory);
        ExpectOneLine(Resume("--lr", "0.5"), Usage, "LearningRate: the run has 0.1, the command line 0.5");
        ExpectOneLine(Resume("--run-dir", "elsewhere"), Usage, "leave --run-dir out");
        File.WriteAllText(_cluster.Directory.Summary, "{ \"outcome\": \"completed\" }");
        ExpectOneLine(Resume(), Failure, "there is nothing to resume");
        File.Delete(_cluster.Directory.Spec);
        ExpectOneLine(Resume(), Usage, "holds no run");
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Resume_of_a_run_that_is_under_way_is_refused_and_does_not_disturb_it()
    {
        var launcher = _cluster.StartLauncher(Job, workers: 2);
        _cluster.WaitForSteps(10);
        var second = Resume();
        _cluster.Expect(second, Failure);
        OneLine.Of(second, $"a coordinator is running on {_cluster.Directory.Root}");
        var run = _cluster.WaitForSuccess(killed: second);
        Assert.Equal(("", 0), (launcher.Error, run.Summary.Faults.Seen));
        AssertSameModel(run);
    }

    private NodeProcess Resume(params string[] flags) =>
        _cluster.Start("resuming", BuiltPrograms.Launcher, ["train", "--resume", _cluster.Directory.Root, "--data", data.Root, "--report", "off", .. flags]);

    private int FindCoordinator() => ClusterProcesses.One(_cluster.Secret, CoordinatorProgram, "--supervised");

    private void ExpectOneLine(NodeProcess process, int exitCode, string says)
    {
        _cluster.Expect(process, exitCode);
        _cluster.WaitForNobody();
        OneLine.Of(process, says);
    }

    private void AssertSameModel(FinishedRun run)
    {
        var undisturbed = data.Undisturbed(Job, workers: 1, output);
        Assert.Equal("completed", run.Summary.Outcome);
        Assert.Equal(undisturbed.Hashes, run.Hashes);
        Assert.Equal(undisturbed.Steps.Select(step => step.Computed), run.Steps.Select(step => step.Computed));
    }
}
