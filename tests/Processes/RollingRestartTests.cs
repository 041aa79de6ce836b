using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Nodes that are asked to go, as an upgrade or a scaling does it: they hand over what they hold, and nothing counts as a fault.</summary>
[Collection(OneAtATime.Name)]
public sealed class RollingRestartTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    [Trait("Group", "Long")]
    public void Every_node_is_replaced_in_order_and_the_model_is_the_same()
    {
        var job = Job.LongerCnn;
        var first = _cluster.StartCoordinator(job, expectWorkers: 2);
        var old = new[] { _cluster.StartWorker("worker-1"), _cluster.StartWorker("worker-2") };
        _cluster.WaitForSteps(10);
        var address = _cluster.WaitForAddress();
        foreach (var worker in old) Replace(worker);

        first.Send(Signal.Terminate);
        _cluster.Expect(first, 143);
        var written = LeftBehind.NewestVersion(_cluster.Directory);
        Assert.InRange(written, 20, 749);
        Assert.Equal(written, LeftBehind.Steps(_cluster.Directory));   // so there is nothing to compute again
        var second = _cluster.Resume(expectWorkers: 2);
        Assert.NotEqual(address.Port, _cluster.WaitForAddress().Port);
        var run = _cluster.WaitForSuccess([first, .. old]);

        Assert.Contains($"incarnation 2 goes on from step {written}", second.Output, StringComparison.Ordinal);
        Assert.Equal((0, 1, 0), (run.Summary.Faults.Seen, run.Summary.Faults.CoordinatorRestarts, run.Summary.Faults.StepsRedone));
        Assert.Equal(["worker-1b", "worker-2b"], run.Steps[^1].Slots.Select(slot => slot.Worker).Distinct().Order());
        Assert.Equal(data.Undisturbed(job, workers: 1, output).Hashes, run.Hashes);
        Assert.Equal(750, run.Summary.Steps);

        void Replace(NodeProcess worker)
        {
            // The new one first, as a rolling update of Kubernetes does.
            _cluster.StartWorker(worker.Name + "b");
            _cluster.WaitForWorkers(3);
            worker.Send(Signal.Terminate);
            _cluster.Expect(worker, 143);   // a Job is to start another
            _cluster.WaitForWorkers(2);
            Assert.Contains($"{worker.Name} leaves: stopped by SIGTERM", first.Output, StringComparison.Ordinal);
            _cluster.WaitForSteps(_cluster.StepsNow + 5);
        }
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Nodes_that_stay_outlive_the_run_and_end_when_they_are_asked_to()
    {
        var job = Job.Softmax();
        var coordinator = _cluster.StartCoordinator(job, 1, "--stay", "--resume-if-any");
        var worker = _cluster.StartWorker("worker-1", "--stay");
        _cluster.WaitForText(coordinator, "staying until SIGTERM");
        _cluster.WaitForText(worker, "staying until SIGTERM");
        Assert.True(File.Exists(_cluster.Directory.Summary));

        // As kubelet would after a node's reboot: the run is over for whoever comes now.
        var late = _cluster.StartWorker("worker-2", "--stay");
        _cluster.WaitForText(late, "all 2 epochs are trained");
        foreach (var node in new[] { late, worker, coordinator }) node.Send(Signal.Terminate);
        _cluster.WaitForSuccess();
        var again = _cluster.StartCoordinator(job, 1, "--resume-if-any");
        var run = _cluster.WaitForSuccess();

        Assert.Contains("incarnation 2 goes on from step 80", again.Output, StringComparison.Ordinal);
        Assert.Equal(0, run.Summary.Faults.Seen);
        Assert.Equal(data.Undisturbed(job, workers: 1, output).Hashes, run.Hashes);
    }

    [Theory]
    [InlineData("--resume-if-any", "say which directory")]
    [InlineData("--resume-if-any --resume x", "leave --run-dir and --resume-if-any out")]
    public void What_to_resume_is_said_once(string flags, string complaint)
    {
        var coordinator = _cluster.Start("coordinator", BuiltPrograms.Coordinator, ["mnist-softmax", .. flags.Split(' ')]);
        _cluster.Expect(coordinator, 2);
        OneLine.Of(coordinator, complaint);
    }
}
