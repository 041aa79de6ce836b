using System.Text.Json.Nodes;
using MiniBatch.Deployment.Tests.Manifests;
using MiniBatch.Shared.Datasets;

namespace MiniBatch.Deployment.Tests.Pods;

/// <summary>The programs with the environment, the paths, the user, the ports and the names that an overlay gives them.</summary>
public class PodTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [SkippableFact]
    public async Task The_local_overlay_trains_and_outlives_a_coordinator_that_moves()
    {
        var overlay = Rendered.Of("k8s/overlays/local");
        var coordinator = overlay.Container("coordinator");
        var worker = overlay.Container("worker");
        using var network = PodNetwork.Lay();
        var datasets = Path.GetDirectoryName(DatasetLocator.FindOrFetch(DatasetCatalog.Mnist, null, _ => { }))!;
        const string Secret = "of the pods";
        var firstPod = network.Add("first", "10.0.0.1", Secret);
        var workerPods = new[] { "10.0.0.11", "10.0.0.12" }.Select((address, index) => (Pod: network.Add($"worker-{index + 1}", address, Secret), Address: address)).ToList();

        // Workers first: the coordinator's name stands for nothing yet.
        var workers = workerPods.Select(at => at.Pod.Start(worker.Program, datasets, With(worker, ("MINIBATCH_NAME", at.Pod.Place), ("MINIBATCH_PUBLIC_HOST", at.Address)), worker.Arguments)).ToList();
        workers.ForEach(process => process.WaitFor("address-unknown", Limit));
        foreach (var (pod, _) in workerPods) pod.Knows(coordinator["MINIBATCH_PUBLIC_HOST"], "10.0.0.1");
        using var first = firstPod.Start(coordinator.Program, datasets, Long(coordinator), coordinator.Arguments);
        first.WaitFor("initialising-started", Limit);
        // At once: the run is short.
        var ready = workerPods.Select(at => Task.Run(() => at.Pod.Run(worker.Program, datasets, With(worker), "health", "ready")))
            .Append(Task.Run(() => firstPod.Run(coordinator.Program, datasets, Long(coordinator), "health", "ready")));
        Assert.All(await Task.WhenAll(ready), exitCode => Assert.Equal(0, exitCode));
        first.WaitFor("epoch-measured", Limit);

        // It is evicted, and comes back at another address on its volume.
        Assert.Equal(128 + 15, first.Terminate(GracePeriod(coordinator)));
        var secondPod = network.Add("second", "10.0.0.2", Secret);
        Tool.Run("/", "cp", "-a", firstPod.Runs("."), secondPod.Runs("."));
        foreach (var (pod, _) in workerPods) File.WriteAllText(Path.Combine(pod.Folder, "hosts"), $"127.0.0.1 localhost\n10.0.0.2 {coordinator["MINIBATCH_PUBLIC_HOST"]}\n");
        using var second = secondPod.Start(coordinator.Program, datasets, Long(coordinator), coordinator.Arguments);
        second.WaitFor("run-resumed", Limit);
        second.WaitFor("run-completed", Limit);
        second.WaitFor("staying", Limit);

        workers.ForEach(process => process.WaitFor("staying", Limit));
        Assert.All(workers, process => Assert.Equal(0, process.Terminate(GracePeriod(worker))));
        Assert.Equal(0, second.Terminate(GracePeriod(coordinator)));
        var summary = JsonNode.Parse(File.ReadAllText(secondPod.Runs($"{Path.GetFileName(coordinator["MINIBATCH_RUN_DIR"])}/summary.json")))!;
        Assert.Equal(("completed", "0"), (summary.Text("outcome"), summary.Text("faults.stepsRedone")));
        workers.ForEach(process => process.Dispose());
    }

    /// <summary>What the pod gives it, but for a run that is long enough to be interrupted.</summary>
    private static Dictionary<string, string> Long(RunContainer container) =>
        With(container, ("MINIBATCH_EPOCHS", "6"), ("MINIBATCH_BATCH", "20"), ("MINIBATCH_LIMIT_TEST", "1000"));

    private static Dictionary<string, string> With(RunContainer container, params (string Name, string Value)[] others)
    {
        var environment = new Dictionary<string, string>(container.Environment) { ["DOTNET_EnableDiagnostics"] = "0" };
        foreach (var (name, value) in others) environment[name] = value;
        return environment;
    }

    private static TimeSpan GracePeriod(RunContainer container) => TimeSpan.FromSeconds(int.Parse(container.Workload.PodSpec!.Text("terminationGracePeriodSeconds")!));
}
