using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Workers that die, hang and come back in the middle of a run: it goes on, and trains the same model.</summary>
[Collection(OneAtATime.Name)]
public sealed class WorkerFaultTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Killed_worker_leaves_its_slots_to_the_other()
    {
        var job = Job.Long();
        var workers = Start(job, 2);
        _cluster.WaitForSteps(300);
        workers[0].Send(Signal.Kill);
        var run = _cluster.WaitForSuccess(killed: workers[0]);

        Assert.Equal(137, workers[0].WaitForExit(TestCluster.Limit));
        Assert.Equal(1, run.Summary.Faults.Seen);
        Assert.Equal(["worker-2"], WorkersOf(run.Steps[^1]));
        AssertSameModel(job, run);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Killed_worker_that_held_the_only_slot_is_replaced_by_the_spare()
    {
        // With one slot the step waits for one worker: whenever that one is killed, work is taken over.
        var job = Job.Long("--slots 1");
        var workers = Start(job, 2);
        _cluster.WaitForSteps(300);
        var active = workers.Single(worker => worker.Name == LastLedgerWorker());
        active.Send(Signal.Kill);
        var run = _cluster.WaitForSuccess(killed: active);

        Assert.Equal(1, run.Summary.Faults.Seen);
        Assert.True(run.Summary.Faults.SlotsReassigned >= 1);
        Assert.Equal(workers.Except([active]).Select(worker => worker.Name), WorkersOf(run.Steps[^1]));
        AssertSameModel(job, run);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void New_worker_takes_the_killed_ones_place()
    {
        var job = Job.LongCnn;
        var workers = Start(job, 2);
        _cluster.WaitForSteps(10);
        workers[0].Send(Signal.Kill);
        _cluster.StartWorker("worker-3");
        _cluster.WaitForText(_cluster.Coordinator, "over worker-2, worker-3");
        var run = _cluster.WaitForSuccess(killed: workers[0]);

        Assert.Equal(1, run.Summary.Faults.Seen);
        Assert.Equal(["worker-2", "worker-3"], WorkersOf(run.Steps[^1]));
        AssertSameModel(job, run);
    }

    [Fact]
    public void Stopped_worker_loses_its_slots_and_gets_new_ones_when_it_goes_on()
    {
        // The other trains on at full speed, and the run must last beyond the two seconds of silence.
        var job = Job.LongerCnn;
        var workers = Start(job, 2);
        _cluster.WaitForSteps(60);
        workers[0].Send(Signal.Stop);
        _cluster.WaitForText(_cluster.Coordinator, "worker-1 has been silent");
        _cluster.WaitForSteps(_cluster.StepsNow + 5);   // its slots have been taken over
        workers[0].Send(Signal.Continue);
        _cluster.WaitForText(_cluster.Coordinator, "worker-1 is heard again");
        var run = _cluster.WaitForSuccess();

        Assert.Equal(1, run.Summary.Faults.Seen);
        // One that was late before it was found silent holds no slot any more.
        Assert.True(run.Summary.Faults.SlotsReassigned + run.Summary.Faults.SlotsBackedUp >= 1);
        AssertSameModel(job, run);
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    [Trait("Group", "Long")]
    public void Slowed_worker_is_backed_up_by_the_idle_one_or_waited_for(string backup)
    {
        var job = Job.Long();
        var coordinator = _cluster.StartCoordinator(job, 2, "--backup", backup);
        var slow = _cluster.StartWorker("worker-1");
        _cluster.StartWorker("worker-2");
        _cluster.WaitForSteps(300);
        // Far more steps than are done between two stops.
        using (new SlowedProcess(slow)) _cluster.WaitForSteps(_cluster.StepsNow + 200);
        var run = _cluster.WaitForSuccess();

        if (backup == "on")
        {
            Assert.Contains("worker-1 is late with slot ", coordinator.Output, StringComparison.Ordinal);
            Assert.Contains("worker-2 computes it too", coordinator.Output, StringComparison.Ordinal);
            Assert.True(run.Summary.Faults.SlotsBackedUp > 0);
        }
        else
        {
            Assert.DoesNotContain(" is late ", coordinator.Output, StringComparison.Ordinal);
            Assert.Equal(0, run.Summary.Faults.SlotsBackedUp);
            Assert.Contains(run.Steps, step => step.Milliseconds > SlowedProcess.Stands.TotalMilliseconds / 2);
        }
        AssertSameModel(job, run);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Run_whose_workers_are_all_killed_waits_for_a_new_one()
    {
        var job = Job.Long();
        var workers = Start(job, 2);
        _cluster.WaitForSteps(300);
        foreach (var worker in workers) worker.Send(Signal.Kill);
        _cluster.WaitForText(_cluster.Coordinator, "no worker is left, waiting");
        _cluster.StartWorker("worker-3");
        var run = _cluster.WaitForSuccess(killed: workers);

        Assert.Equal(2, run.Summary.Faults.Seen);
        Assert.True(run.Summary.Faults.SlotsReassigned >= 1);
        Assert.Equal(["worker-3"], WorkersOf(run.Steps[^1]));
        AssertSameModel(job, run);
    }

    [Fact]
    public void Run_without_any_worker_ends_with_one_line()
    {
        var coordinator = _cluster.StartCoordinator(Job.Long(), 1, "--wait-for-workers", "1s");
        _cluster.Expect(coordinator, 1);
        OneLine.Of(coordinator, "no worker for 1 s");
        var run = new FinishedRun(_cluster.Directory);
        Assert.Equal(("failed", 0), (run.Summary.Outcome, run.Summary.Steps));
    }

    private NodeProcess[] Start(Job job, int workers)
    {
        _cluster.StartCoordinator(job, workers);
        return [.. Enumerable.Range(1, workers).Select(worker => _cluster.StartWorker($"worker-{worker}"))];
    }

    private string LastLedgerWorker()
    {
        var lines = File.ReadAllText(_cluster.Directory.Ledger).Split('\n');
        return LedgerStep.Parse(lines[^2]).Slots[0].Worker;   // what follows the last line's end may be incomplete
    }

    private static IEnumerable<string> WorkersOf(LedgerStep step) => step.Slots.Select(slot => slot.Worker).Distinct().Order();

    private void AssertSameModel(Job job, FinishedRun run)
    {
        var undisturbed = data.Undisturbed(job, workers: 1, output);
        Assert.Equal("completed", run.Summary.Outcome);
        Assert.Equal(undisturbed.Hashes, run.Hashes);
        Assert.Equal(undisturbed.Steps.Select(step => step.Step), run.Steps.Select(step => step.Step));
        Assert.Equal(undisturbed.Steps.Select(step => step.Loss), run.Steps.Select(step => step.Loss));
    }
}
