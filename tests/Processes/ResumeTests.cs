using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>
/// Going on with what a killed run left, sound or spoilt: the same model, or one line that says why not. One run is killed
/// in its second epoch, and each test has a copy of its directory.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class ResumeTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private const int Failure = 1;
    private const int Usage = 2;

    /// <summary>Checkpoints at 0 and 150, killed at 190 or a little later.</summary>
    private static readonly Job Killed = Job.LongMlp;

    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Theory]
    [InlineData("a flipped byte")]
    [InlineData("half of it gone")]
    public void Damaged_checkpoint_is_told_and_the_one_before_is_taken(string damage)
    {
        var steps = TakeKilledRun();
        var newest = LeftBehind.Checkpoints(_cluster.Directory)[0];
        if (damage == "a flipped byte") LeftBehind.FlipByte(newest);
        else LeftBehind.Truncate(newest);

        var coordinator = ResumeWithAWorker();
        AssertSameModel(stepsRedone: steps);
        Assert.Contains(newest, coordinator.Output, StringComparison.Ordinal);
        Assert.Contains("Falling back to the checkpoint before", coordinator.Output, StringComparison.Ordinal);
        Assert.Contains("goes on from step 0", coordinator.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Run_whose_checkpoints_are_all_gone_starts_from_the_beginning()
    {
        var steps = TakeKilledRun();
        Directory.Delete(_cluster.Directory.Checkpoints, recursive: true);

        var coordinator = ResumeWithAWorker();
        AssertSameModel(stepsRedone: steps);
        Assert.Contains("starts from the beginning", coordinator.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Ledger_line_that_was_torn_by_the_crash_is_computed_again()
    {
        var steps = TakeKilledRun();
        using (var ledger = new FileStream(_cluster.Directory.Ledger, FileMode.Open)) ledger.SetLength(ledger.Length - 10);

        ResumeWithAWorker();
        AssertSameModel(stepsRedone: steps - 150 - 1);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Run_killed_in_the_middle_of_a_warm_up_goes_on_at_the_rates_of_one_that_was_not()
    {
        var job = Killed with { Flags = $"{Killed.Flags} --optimizer adam --warmup-steps 200 --schedule cosine --clip-norm 2 --weight-decay 0.001" };
        var steps = TakeKilledRun(job);

        ResumeWithAWorker();
        AssertSameModel(job, stepsRedone: steps - 150);
        var (resumed, undisturbed) = (new FinishedRun(_cluster.Directory).Steps, data.Undisturbed(job, workers: 1, output).Steps);
        Assert.Equal(undisturbed.Select(step => step.Computed), resumed.Select(step => step.Computed));
        Assert.Equal(200, resumed.MaxBy(step => step.LearningRate)!.Step);
    }

    [Fact]
    public void Step_that_comes_out_differently_than_the_ledger_says_ends_the_run_with_one_line()
    {
        TakeKilledRun();
        LeftBehind.Forge(_cluster.Directory, step: 160);

        var coordinator = ResumeWithAWorker();
        _cluster.Expect(coordinator, Failure);
        OneLine.Of(coordinator, "step 160 was computed again after a restart and differs from before: loss ");
    }

    [Fact]
    public void Ledger_that_ends_before_the_checkpoint_is_refused_with_one_line()
    {
        TakeKilledRun();
        LeftBehind.Truncate(_cluster.Directory.Ledger);
        ExpectOneLine(_cluster.StartResuming(), Failure, "lines are missing");
    }

    [Theory]
    [InlineData("--lr 0.5", "LearningRate: the run has 0.1, the command line 0.5")]
    [InlineData("--epochs 7", "Epochs: the run has 2, the command line 7")]
    [InlineData("--seed 99", "Seed: the run has 17, the command line 99")]
    public void Resume_with_another_spec_shows_the_difference_and_exits_2(string flag, string says)
    {
        TakeKilledRun();
        ExpectOneLine(_cluster.StartResuming(1, flag.Split(' ')), Usage, says);
    }

    [Fact]
    public void Second_coordinator_on_a_directory_is_refused_and_the_first_goes_on()
    {
        var job = Job.Softmax();
        _cluster.StartCoordinator(job);
        _cluster.WaitForAddress();
        var second = _cluster.Start("second", BuiltPrograms.Coordinator, ["--resume", _cluster.Directory.Root, "--port", "0"]);
        _cluster.Expect(second, Failure);
        OneLine.Of(second, $"a coordinator is running on {_cluster.Directory.Root}");

        _cluster.StartWorker("worker-1");
        var run = _cluster.WaitForSuccess(second);
        Assert.Equal((0, data.Undisturbed(job, 1, output).Hashes), (run.Summary.Faults.CoordinatorRestarts, run.Hashes));
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Stopped_coordinator_keeps_its_directory_until_it_is_killed()
    {
        _cluster.Start(Killed, workers: 1);
        var stopped = _cluster.Coordinator;
        _cluster.WaitForSteps(40);
        stopped.Send(Signal.Stop);
        ExpectOneLine(_cluster.StartResuming(), Failure, "a coordinator is running on");

        stopped.Send(Signal.Kill);
        _cluster.Expect(stopped, 137);
        var redone = LeftBehind.Steps(_cluster.Directory);
        Assert.InRange(redone, 40, 149);
        var refused = _cluster.Coordinator;
        _cluster.Resume();
        AssertSameModel(redone, stopped, refused);
    }

    /// <summary>Puts a copy of the killed run into this test's directory.</summary>
    /// <returns>Steps in its ledger.</returns>
    private int TakeKilledRun(Job? job = null)
    {
        LeftBehind.Copy(data.KilledAt(190, job ?? Killed, output), _cluster.Directory);
        Assert.Equal([150, 0], LeftBehind.Checkpoints(_cluster.Directory).Select(LeftBehind.VersionOf));
        var steps = LeftBehind.Steps(_cluster.Directory);
        Assert.InRange(steps, 190, 299);
        return steps;
    }

    private NodeProcess ResumeWithAWorker()
    {
        var coordinator = _cluster.StartResuming();
        _cluster.StartWorker("worker-1");
        return coordinator;
    }

    private void ExpectOneLine(NodeProcess process, int exitCode, string says)
    {
        _cluster.Expect(process, exitCode);
        OneLine.Of(process, says);
    }

    private void AssertSameModel(int stepsRedone, params NodeProcess[] ended) => AssertSameModel(Killed, stepsRedone, ended);

    private void AssertSameModel(Job job, int stepsRedone, params NodeProcess[] ended)
    {
        var run = _cluster.WaitForSuccess(ended);
        Assert.Equal("completed", run.Summary.Outcome);
        Assert.True(run.Summary.Faults.CoordinatorRestarts >= 1);
        Assert.Equal(stepsRedone, run.Summary.Faults.StepsRedone);
        Assert.Equal(data.Undisturbed(job, workers: 1, output).Hashes, run.Hashes);
    }
}
