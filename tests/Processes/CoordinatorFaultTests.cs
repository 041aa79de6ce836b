using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Coordinators that are killed wherever it hurts: the next one goes on, and the model is the same.</summary>
[Collection(OneAtATime.Name)]
public sealed class CoordinatorFaultTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private const string InAWrite = "in a checkpoint's write";

    private readonly TestCluster _cluster = new(data, output) { ExitLimit = TimeSpan.FromMinutes(5) };

    public void Dispose() => _cluster.Dispose();

    [Fact]
    [Trait("Group", "Long")]
    public void Coordinator_killed_before_version_0_is_replaced_and_its_worker_joins_the_next()
    {
        var job = Job.Softmax();
        var sockets = Directory.CreateDirectory(Path.Combine(_cluster.Home, "sockets")).FullName;
        _cluster.StartBy = ["env", $"TMPDIR={sockets}"];
        var first = _cluster.StartCoordinator(job, expectWorkers: 2);
        _cluster.StartWorker("worker-1");
        _cluster.WaitForText(first, "slots over worker-1");   // and waits for the second
        Kill(first);
        Assert.Empty(LeftBehind.Checkpoints(_cluster.Directory));
        var left = Assert.Single(Directory.GetDirectories(sockets, "minibatch-socket-*"));

        var second = _cluster.Resume(expectWorkers: 2);
        Assert.False(Directory.Exists(left));
        _cluster.StartWorker("worker-2");
        var run = _cluster.WaitForSuccess(killed: first);

        Assert.Empty(Directory.GetDirectories(sockets, "minibatch-socket-*"));
        Assert.Contains("no checkpoint yet; incarnation 2 starts from the beginning", second.Output, StringComparison.Ordinal);
        AssertSameModel(job, run, kills: 1, stepsRedone: 0);
        Assert.Equal(2, run.Summary.Workers);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Coordinator_killed_twice_in_the_middle_of_epochs_is_replaced_and_steps_are_computed_again()
    {
        var job = Job.LongMlp;   // 150 steps an epoch
        var first = StartTwo(job);
        _cluster.WaitForSteps(40);
        Kill(first);
        Assert.Equal(0, LeftBehind.NewestVersion(_cluster.Directory));
        var redoneFirst = LeftBehind.Steps(_cluster.Directory);
        Assert.InRange(redoneFirst, 40, 149);

        var second = _cluster.Resume(expectWorkers: 2);
        _cluster.WaitForSteps(190);
        Kill(second);
        Assert.Equal(150, LeftBehind.NewestVersion(_cluster.Directory));
        var redone = LeftBehind.Steps(_cluster.Directory) - 150;
        Assert.InRange(redone, 40, 149);

        var third = _cluster.Resume(expectWorkers: 2);
        var run = _cluster.WaitForSuccess(first, second);

        Assert.Contains("incarnation 3 goes on from step 150", third.Output, StringComparison.Ordinal);
        AssertSameModel(job, run, kills: 2, redoneFirst + redone);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Coordinator_killed_again_before_it_has_caught_up_forgets_neither_steps_nor_faults()
    {
        var job = Job.LongMlp;   // no checkpoint before step 150
        var first = _cluster.StartCoordinator(job, expectWorkers: 2);
        _cluster.StartWorker("worker-1");
        var lost = _cluster.StartWorker("worker-2");
        _cluster.WaitForSteps(20);
        lost.Send(Signal.Kill);
        _cluster.WaitForSteps(130);
        Kill(first);
        var steps = LeftBehind.Steps(_cluster.Directory);

        var second = _cluster.Resume();
        _cluster.WaitForSteps(10);
        Kill(second);
        var redone = LeftBehind.Steps(_cluster.Directory);
        Assert.Equal(0, LeftBehind.NewestVersion(_cluster.Directory));
        Assert.InRange(redone, 10, steps - 1);

        var third = _cluster.Resume();
        var run = _cluster.WaitForSuccess(first, second, lost);

        Assert.Contains($"{steps} steps after the checkpoint are computed again", third.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(_cluster.Directory.Discarded));
        Assert.Equal((3, 2, 2), (run.Summary.Faults.Seen, run.Summary.Faults.CoordinatorRestarts, run.Summary.Workers));
        // What the second did in its last moments may not have been counted.
        Assert.InRange(run.Summary.Faults.StepsRedone, steps + 1, steps + redone);
        AssertSameSteps(job, run);
    }

    [Fact]
    public void Coordinator_killed_in_the_middle_of_a_checkpoints_write_goes_on_from_the_one_before()
    {
        // 25 steps between two checkpoints of different versions, and so many of these that one is sure to be caught.
        var job = new Job("mnist-mlp", "--epochs 20 --limit-train 1500 --limit-test 500 --batch 60 --seed 20 --optimizer adam");
        var first = StartTwo(job);
        _cluster.WaitUntil("a checkpoint", () => LeftBehind.NewestVersion(_cluster.Directory) > 0);
        var torn = _cluster.KillInTheMiddleOfACheckpoint();

        var lost = LeftBehind.VersionOf(torn);
        var before = LeftBehind.NewestVersion(_cluster.Directory);
        var redone = LeftBehind.Steps(_cluster.Directory) - before;
        Assert.Equal(25, lost - before);
        Assert.InRange(redone, 25, 500);   // the ledger is on the disk before the checkpoint that counts on it

        var second = _cluster.Resume(expectWorkers: 2);
        var run = _cluster.WaitForSuccess(killed: first);

        Assert.Contains($"incarnation 2 goes on from step {before}", second.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(torn));
        AssertSameModel(job, run, kills: 1, redone);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Coordinator_killed_during_the_evaluation_is_replaced_and_evaluates_again()
    {
        // 10 steps an epoch, and an evaluation that takes longer than they do.
        var job = new Job("mnist-cnn", "--epochs 2 --limit-train 300 --limit-test 2000 --batch 30 --seed 18");
        var first = StartTwo(job);
        _cluster.WaitUntil("the checkpoint of the first epoch", () => LeftBehind.NewestVersion(_cluster.Directory) == 10);
        Kill(first);
        Assert.Single(File.ReadAllLines(_cluster.Directory.Epochs));   // its heading: nothing is evaluated yet

        var second = _cluster.Resume(expectWorkers: 2);
        var run = _cluster.WaitForSuccess(killed: first);

        Assert.Contains("incarnation 2 goes on from step 10", second.Output, StringComparison.Ordinal);
        AssertSameModel(job, run, kills: 1, stepsRedone: 0);
    }

    [Theory]
    [Trait("Group", "Long")]
    [MemberData(nameof(Matrix))]
    public void Coordinator_killed_anywhere_in_any_model_is_replaced(string workload, string optimizer, string where)
    {
        // Either long epochs, or many checkpoints.
        var length = where == InAWrite ? "--epochs 15 --limit-train 1600" : "--epochs 2 --limit-train 12000";
        var job = new Job(workload, $"{length} --limit-test 4000 --batch 40 --seed 19 --optimizer {optimizer}");
        var first = StartTwo(job);
        switch (where)
        {
            case "at the beginning": _cluster.WaitUntil("version 0", () => LeftBehind.Checkpoints(_cluster.Directory).Count > 0); break;
            case "in the first epoch" or InAWrite: _cluster.WaitForSteps(70); break;
            case "at the epoch's end": _cluster.WaitUntil("version 300", () => LeftBehind.NewestVersion(_cluster.Directory) >= 300); break;
            case "in the second epoch": _cluster.WaitForSteps(330); break;
        }
        if (where == InAWrite) _cluster.KillInTheMiddleOfACheckpoint();
        else Kill(first);
        var redone = LeftBehind.Steps(_cluster.Directory) - LeftBehind.NewestVersion(_cluster.Directory);
        _cluster.Resume(expectWorkers: 2);
        AssertSameModel(job, _cluster.WaitForSuccess(killed: first), kills: 1, redone);
    }

    public static TheoryData<string, string, string> Matrix()
    {
        var matrix = new TheoryData<string, string, string>();
        foreach (var workload in new[] { "mnist-softmax", "mnist-mlp", "mnist-cnn" })
        {
            foreach (var optimizer in new[] { "sgd", "momentum", "adam" })
            {
                foreach (var where in new[] { "at the beginning", "in the first epoch", InAWrite, "at the epoch's end", "in the second epoch" })
                    matrix.Add(workload, optimizer, where);
            }
        }
        return matrix;
    }

    private NodeProcess StartTwo(Job job)
    {
        _cluster.Start(job, workers: 2);
        return _cluster.Coordinator;
    }

    private void Kill(NodeProcess coordinator)
    {
        coordinator.Send(Signal.Kill);
        _cluster.Expect(coordinator, 137);
    }

    private void AssertSameModel(Job job, FinishedRun run, int kills, int stepsRedone)
    {
        Assert.Equal($"{kills + 1}", File.ReadAllText(_cluster.Directory.Incarnation));
        Assert.Equal((kills, stepsRedone), (run.Summary.Faults.CoordinatorRestarts, run.Summary.Faults.StepsRedone));
        AssertSameSteps(job, run);
    }

    private void AssertSameSteps(Job job, FinishedRun run)
    {
        var undisturbed = data.Undisturbed(job, workers: 1, output);
        Assert.Equal("completed", run.Summary.Outcome);
        Assert.Equal(undisturbed.Hashes, run.Hashes);
        Assert.Equal(undisturbed.Steps.Select(step => step.Computed), run.Steps.Select(step => step.Computed));
        Assert.Equal(
            undisturbed.Summary.Epochs.Select(epoch => (epoch.TrainLoss, epoch.TestLoss, epoch.TestAccuracy)),
            run.Summary.Epochs.Select(epoch => (epoch.TrainLoss, epoch.TestLoss, epoch.TestAccuracy)));
    }
}
