using MiniBatch.Processes.Harness;
using MiniBatch.Shared.Runs;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Gradients applied as they arrive: what is guaranteed without the bits, by real processes; and numbers that explode.</summary>
[Collection(OneAtATime.Name)]
public sealed class ModeTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private const int Slots = 4;
    private const string Flags = "--epochs 3 --limit-train 12000 --limit-test 3000 --batch 50 --seed 19";
    private const int Steps = 3 * 12000 / 50;

    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Theory]
    [InlineData("async")]
    [InlineData("bounded:2")]
    [Trait("Group", "Long")]
    public void Four_workers_reach_the_accuracy_of_synchronous_training_within_a_point(string mode) => AssertAccuracy(mode);

    [Fact]
    [Trait("Group", "Long")]
    public void Four_workers_that_wait_for_each_step_reach_the_accuracy_of_synchronous_training_within_a_point() => AssertAccuracy("bounded:0");

    private void AssertAccuracy(string mode)
    {
        var synchronous = data.Undisturbed(new Job("mnist-softmax", Flags), workers: 1, output);
        _cluster.Start(new Job("mnist-softmax", $"{Flags} --mode {mode}"), workers: 4);
        var run = _cluster.WaitForSuccess();

        Assert.InRange(run.Summary.TestAccuracy!.Value, synchronous.Summary.TestAccuracy!.Value - 0.01, synchronous.Summary.TestAccuracy.Value + 0.01);
        Assert.Equal((mode, false), (run.Summary.Mode.ToString(), run.Summary.Deterministic));
        Assert.Equal((Steps, Steps * Slots), (run.Summary.Steps, run.Summary.Updates));
        Assert.Equal(Steps * Slots, run.Summary.Staleness!.Slots.Sum());
        Assert.True(run.Summary.Staleness.Max > 0);
        Verify();
    }

    [Fact]
    public void Killed_worker_holds_nobody_up_and_its_slot_is_applied_by_another()
    {
        _cluster.StartCoordinator(LongAsync, expectWorkers: 3);
        NodeProcess[] workers = [.. Enumerable.Range(1, 3).Select(worker => _cluster.StartWorker($"worker-{worker}"))];
        _cluster.WaitForSteps(1000);
        workers[0].Send(Signal.Kill);
        var run = _cluster.WaitForSuccess(killed: workers[0]);

        Assert.Equal(1, run.Summary.Faults.Seen);
        Assert.Equal(1000 * Slots, run.Summary.Updates);
        Verify();
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Stopped_worker_holds_up_no_epoch_and_comes_back()
    {
        _cluster.StartCoordinator(LongAsync, expectWorkers: 2);
        NodeProcess[] workers = [.. Enumerable.Range(1, 2).Select(worker => _cluster.StartWorker($"worker-{worker}"))];
        _cluster.WaitForSteps(1000);
        workers[0].Send(Signal.Stop);
        _cluster.WaitForText(_cluster.Coordinator, "epoch 1/2 done");   // its slot did not keep the epoch from ending
        workers[0].Send(Signal.Continue);
        var run = _cluster.WaitForSuccess();

        Assert.Equal("completed", run.Summary.Outcome);
        Assert.True(run.Summary.Faults.Seen + run.Summary.Faults.SlotsBackedUp > 0);
        Verify();
    }

    [Fact]
    public void Killed_coordinator_goes_on_with_each_slot_applied_once()
    {
        var job = new Job("mnist-mlp", "--epochs 2 --limit-train 30000 --limit-test 1000 --batch 200 --seed 17 --mode async");
        _cluster.StartCoordinator(job, expectWorkers: 2);
        foreach (var worker in (string[])["worker-1", "worker-2"]) _cluster.StartWorker(worker);
        _cluster.WaitForSteps(150 * Slots + 40);   // in the second epoch, whose beginning is on the disk
        _cluster.Coordinator.Send(Signal.Kill);
        _cluster.Expect(_cluster.Coordinator, 137);
        var applied = _cluster.StepsNow;
        var killed = _cluster.Coordinator;
        _cluster.Resume(expectWorkers: 2);
        var run = _cluster.WaitForSuccess(killed);

        Assert.True(applied > 150 * Slots);
        Assert.True(run.Summary.Faults.StepsRedone > 0);
        Assert.Equal(300 * Slots, run.Summary.Updates);
        Assert.Equal(300 * Slots, run.Summary.Staleness!.Slots.Sum());
        Verify();
    }

    [Theory]
    [InlineData("sync")]
    [InlineData("async")]
    public void Learning_rate_that_explodes_stops_the_run_with_the_slot_named(string mode)
    {
        _cluster.StartCoordinator(new Job("mnist-softmax", $"{Flags} --optimizer sgd --lr 1e38 --mode {mode}"));
        _cluster.StartWorker("worker-1");
        _cluster.Expect(_cluster.Coordinator, 1);
        OneLine.Of(_cluster.Coordinator, "the loss or gradient is not finite");
        var run = new FinishedRun(_cluster.Directory);
        Assert.Equal("failed", run.Summary.Outcome);
        Assert.Matches(@"step \d+, slot \d \(from worker-1\)", run.Summary.Reason);
    }

    [Fact]
    public void Learning_rate_that_explodes_ends_the_run_also_where_steps_may_be_left_out()
    {
        _cluster.StartCoordinator(new Job("mnist-softmax", $"{Flags} --optimizer sgd --lr 1e38 --on-nan skip"));
        _cluster.StartWorker("worker-1");
        _cluster.Expect(_cluster.Coordinator, 1);
        OneLine.Of(_cluster.Coordinator, "100 updates in a row were not finite");
        Assert.Equal(100, new FinishedRun(_cluster.Directory).Summary.UpdatesSkipped);
        Verify();   // the ledger says of each that it was left out
    }

    [Fact]
    public void Epoch_in_which_every_update_was_left_out_has_no_training_loss()
    {
        _cluster.StartCoordinator(new Job(
            "mnist-softmax", "--epochs 2 --limit-train 2000 --limit-test 100 --batch 100 --seed 14 --optimizer sgd --lr 1e38 --on-nan skip"));
        _cluster.StartWorker("worker-1");
        _cluster.Expect(_cluster.Coordinator, 0);
        var epochs = new FinishedRun(_cluster.Directory).Summary.Epochs;
        Assert.NotNull(epochs[0].TrainLoss);   // its first update could still be made
        Assert.Null(epochs[1].TrainLoss);
        Assert.Contains("epoch 2/2 done  train loss none  test loss NaN  ", _cluster.Coordinator.Output, StringComparison.Ordinal);
        Verify();
    }

    /// <summary>4,000 updates, 2,000 an epoch.</summary>
    private static Job LongAsync { get; } = new("mnist-softmax", "--epochs 2 --limit-train 5000 --limit-test 1000 --batch 10 --seed 14 --mode async");

    private void Verify()
    {
        var verify = _cluster.Start("verify", BuiltPrograms.Launcher, ["verify", _cluster.Directory.Root, "--data", data.Root]);
        _cluster.Expect(verify, 0);
        Assert.EndsWith("verified", verify.Output.Trim(), StringComparison.Ordinal);
    }
}
