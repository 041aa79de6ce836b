using MiniBatch.Deployment.Tests.Manifests;

namespace MiniBatch.Deployment.Tests.Pods;

/// <summary>Pods go and come as queues and autoscalers have them: the result is that of a run that nobody disturbed.</summary>
[Trait("Group", "Long")]
public class PodCountTests
{
    [SkippableFact]
    public void A_queued_run_that_is_suspended_and_resumed_goes_on_where_it_was()
    {
        var undisturbed = PodRun.Undisturbed();
        using var run = new PodRun("k8s/overlays/kueue");
        var coordinator = run.StartCoordinator();
        PodProcess[] workers = [run.StartWorker(), run.StartWorker()];
        coordinator.WaitFor("epoch-measured", PodRun.Limit);

        // Suspended: all its pods are deleted at once. None of them is done.
        var ended = workers.Prepend(coordinator).Select(process => Task.Run(() => process.Terminate(run.GracePeriod))).ToList();
        Assert.All(ended, exitCode => Assert.Equal(128 + 15, exitCode.Result));
        Assert.Equal("stopped", run.Summary().Text("outcome"));

        // Resumed: other pods, on the same volume.
        var resumed = run.StartCoordinator();
        PodProcess[] others = [run.StartWorker(), run.StartWorker()];
        resumed.WaitFor("run-resumed", PodRun.Limit);
        Assert.All(others.Prepend(resumed), process => Assert.Equal(0, process.WaitForExit(PodRun.Limit)));
        Assert.Equal(("completed", "0"), (run.Summary().Text("outcome"), run.Summary().Text("faults.stepsRedone")));
        Assert.Equal(undisturbed, PodRun.HashesOf(run.Summary()));
    }

    [SkippableFact]
    public void A_run_that_is_scaled_from_one_worker_to_four_and_to_two_has_the_same_result()
    {
        var undisturbed = PodRun.Undisturbed();
        using var run = new PodRun("k8s/overlays/autoscale-keda");
        var coordinator = run.StartCoordinator();
        var first = run.StartWorker();
        coordinator.WaitFor("epoch-measured", PodRun.Limit);
        PodProcess[] more = [run.StartWorker(), run.StartWorker(), run.StartWorker()];
        coordinator.WaitFor("worker-ready", PodRun.Limit, times: 4);
        Assert.All(more[..2], worker => Assert.Equal(128 + 15, worker.Terminate(run.GracePeriod)));
        Assert.DoesNotContain("\"event\":\"run-completed\"", coordinator.Said);   // or the run was too short for this
        coordinator.WaitFor("staying", PodRun.Limit);

        foreach (var worker in new[] { first, more[2] }) worker.WaitFor("staying", PodRun.Limit);   // they know that it is over
        Assert.All([first, more[2]], worker => Assert.Equal(0, worker.Terminate(run.GracePeriod)));
        Assert.Equal(0, coordinator.Terminate(run.GracePeriod));
        Assert.Equal(("completed", "4"), (run.Summary().Text("outcome"), run.Summary().Text("workers")));
        Assert.Equal(undisturbed, PodRun.HashesOf(run.Summary()));
    }
}
