using System.Text.Json.Nodes;
using MiniBatch.Coordinator.KubeflowTrainer;

namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>JobSet, Kubeflow Trainer and Kueue: what ties the objects of each together.</summary>
public class CustomKindTests
{
    [SkippableTheory]
    [InlineData("replicatedJobs", "replicatedJob")]
    [InlineData("successPolicy", "sucessPolicy")]
    public void A_field_that_the_API_has_not_is_found(string field, string misspelt)
    {
        var set = (JsonObject)JobSet("jobset").Json.DeepClone();
        var spec = set.Object("spec")!;
        var value = spec[field];
        spec.Remove(field);
        spec[misspelt] = value;
        Assert.Contains(CustomKinds.Problems(new KubernetesObject(set)), problem => problem.EndsWith($"has no field {misspelt}", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void A_field_that_the_API_wants_is_missed()
    {
        var set = (JsonObject)JobSet("jobset").Json.DeepClone();
        set.List("spec.replicatedJobs").First().Remove("name");
        Assert.Contains(CustomKinds.Problems(new KubernetesObject(set)), problem => problem.EndsWith("lacks name", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void A_JobSets_pods_are_those_of_the_Jobs_but_for_their_names()
    {
        var jobs = Rendered.Of("k8s/overlays/job");
        foreach (var job in JobSet("jobset").Jobs)
        {
            var component = job.PodLabels!["app.kubernetes.io/component"]!.ToString();
            var (wanted, found) = ((JsonObject)jobs.Find("Job", $"minibatch-{component}")!.Json.Object("spec")!.DeepClone(), (JsonObject)job.Json.Object("spec")!.DeepClone());
            foreach (var spec in new[] { wanted, found })
            {
                // The names of the ConfigMaps have hashes; options differ in the coordinator's name alone (OptionTests).
                foreach (var container in spec.List("template.spec.containers")) container.Remove("envFrom");
                foreach (var container in spec.List("template.spec.containers")) container.Remove("env");
                spec.Object("template.spec")!.Remove("hostname");
                spec.Object("template.spec")!.Remove("subdomain");
            }
            Assert.True(JsonNode.DeepEquals(wanted, found), $"{wanted}\n{found}");
        }
    }

    [SkippableTheory]
    [InlineData("jobset")]
    [InlineData("trainer")]
    public void Policies_name_jobs_that_there_are(string overlay)
    {
        var set = JobSet(overlay);
        var spec = set.Kind == "JobSet" ? set.Json.Object("spec")! : set.Json.Object("spec.template.spec")!;
        var names = spec.List("replicatedJobs").Select(job => job.Text("name")!).ToList();
        Assert.Equal(["coordinator"], spec.Texts("successPolicy.targetReplicatedJobs"));
        Assert.Contains("coordinator", names);
        if (spec.Text("coordinator.replicatedJob") is { } coordinator) Assert.Contains(coordinator, names);
        Assert.Equal("true", spec.Text("network.publishNotReadyAddresses"));
        // The JobSet's webhook refuses a coordinator whose Job does not say how many pods it has; Indexed is its own default.
        if (spec["coordinator"] is not null) Assert.Equal("1", set.Jobs.Single(job => job.PodLabels!["app.kubernetes.io/component"]!.ToString() == "coordinator").Json.Text("spec.completions"));
    }

    [SkippableFact]
    public void Trainer_finds_the_workers_container_and_counts_the_workers()
    {
        // kubeflow/trainer, pkg/constants: the trainer step's Job has this label, its container this name; numNodes is the Job's parallelism.
        var trainer = Assert.Single(JobSet("trainer").Jobs, job => job.Json.Object("metadata.labels")!.Count > 0);
        Assert.Equal("trainer", trainer.Json.Object("metadata.labels")!["trainer.kubeflow.org/trainjob-ancestor-step"]!.ToString());
        Assert.Equal(["node"], trainer.PodSpec!.List("containers").Select(container => container.Text("name")));
        Assert.Null(trainer.Json.At("spec.parallelism"));
    }

    [SkippableFact]
    public void The_coordinator_is_given_the_status_endpoint_of_its_own_TrainJob()
    {
        var job = Rendered.Of("k8s/overlays/trainer").Find("TrainJob", "minibatch")!;
        var patched = Assert.Single(Assert.Single(job.Json.List("spec.runtimePatches")).List("trainingRuntimeSpec.template.spec.replicatedJobs"));
        Assert.Equal("coordinator", patched.Text("name"));
        var pod = patched.Object("template.spec.template.spec")!;
        var container = Assert.Single(pod.List("containers"));
        var variables = container.List("env").ToDictionary(variable => variable.Text("name")!, variable => variable.Text("value"));
        var endpoint = TrainerEndpoint.Given(variables.GetValueOrDefault)!;
        var place = $"trainer.kubeflow.org/v1alpha1/namespaces/{job.Text("metadata.namespace")}/trainjobs/{job.Name}/status";
        Assert.EndsWith($".kubeflow-system.svc:10443/apis/{place}", endpoint.Url);

        var mount = Assert.Single(container.List("volumeMounts"));
        var sources = pod.List("volumes").Single(volume => volume.Text("name") == mount.Text("name")).List("projected.sources").ToList();
        Assert.Equal(place, sources[0].Text("serviceAccountToken.audience"));
        Assert.Equal($"{mount.Text("mountPath")}/{sources[0].Text("serviceAccountToken.path")}", endpoint.TokenFile);
        Assert.Equal($"{job.Name}-tls-config", sources[1].Text("configMap.name"));
        Assert.Equal($"{mount.Text("mountPath")}/{sources[1].List("configMap.items").Single().Text("path")}", endpoint.AuthorityFile);
        // And may go there.
        var policy = Rendered.Of("k8s/overlays/trainer").Find("NetworkPolicy", "minibatch-trainer-status")!;
        Assert.Equal(["10443"], policy.Json.List("spec.egress").SelectMany(rule => rule.List("ports")).Select(port => port.Text("port")));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_queued_run_waits_in_a_queue_that_there_is_with_quota_for_its_pods(bool onGpus)
    {
        var set = (onGpus ? Rendered.OnGpus("kueue") : Rendered.Of("k8s/overlays/kueue")).OfKind("JobSet").Single();
        Assert.Equal("true", set.Text("spec.suspend"));
        var queues = Rendered.Of("k8s/kueue");
        var queue = queues.Find("LocalQueue", set.Json.Object("metadata.labels")!["kueue.x-k8s.io/queue-name"]!.ToString())!;
        var quota = queues.Find("ClusterQueue", queue.Text("spec.clusterQueue")!)!.Json.List("spec.resourceGroups").Single();
        Assert.NotNull(queues.Find("ResourceFlavor", quota.List("flavors").Single().Text("name")!));
        var granted = quota.List("flavors").Single().List("resources").ToDictionary(resource => resource.Text("name")!, resource => Amount(resource.Text("nominalQuota")!));
        Assert.Equal(quota.Texts("coveredResources").Order(), granted.Keys.Order());
        // A resource that pods ask for and the queue does not cover is never admitted. A limit without a request is one.
        var asked = set.Jobs.SelectMany(job => job.PodSpec!.List("containers").Select(container => (Pods: Amount(job.Text("spec.parallelism")!), Resources: container.Object("resources")!)))
            .SelectMany(of => of.Resources.Object("limits")!.Where(limit => limit.Key.Contains('/')).Concat(of.Resources.Object("requests")!).Select(wanted => (wanted.Key, Total: of.Pods * Amount($"{wanted.Value}"))))
            .GroupBy(wanted => wanted.Key, wanted => wanted.Total).ToDictionary(wanted => wanted.Key, wanted => wanted.Sum());
        Assert.Equal(onGpus, asked.ContainsKey("nvidia.com/gpu"));
        Assert.All(asked, wanted => Assert.True(wanted.Value <= granted.GetValueOrDefault(wanted.Key), $"{wanted.Key}: {wanted.Value} of {granted.GetValueOrDefault(wanted.Key)}"));
    }

    /// <summary>A quantity of Kubernetes', as far as ours go: "250m", "2", "17Gi".</summary>
    private static decimal Amount(string quantity)
    {
        var unit = quantity.TrimStart("0123456789.".ToCharArray());
        var number = decimal.Parse(quantity[..^unit.Length], System.Globalization.CultureInfo.InvariantCulture);
        return number * unit switch { "" => 1, "m" => 0.001m, "Mi" => 1 << 20, "Gi" => 1 << 30, _ => throw new InvalidDataException($"what is {quantity}?") };
    }

    private static KubernetesObject JobSet(string overlay) =>
        Rendered.Of($"k8s/overlays/{overlay}").Objects.Single(found => found.Kind is "JobSet" or "ClusterTrainingRuntime");
}
