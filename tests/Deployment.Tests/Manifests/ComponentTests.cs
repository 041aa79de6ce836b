namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>Each component changes what it says, in the overlays that it is for, and the result is Kubernetes'.</summary>
public class ComponentTests
{
    [Fact]
    public void Every_component_is_tested_here() => Assert.Equal(
        ["gke-cloud-dns", "gpu", "kueue", "node-local-dns", "openshift-dns", "read-write-once-pod", "runtime-class", "scaled-workers", "tls"],
        Directory.GetDirectories(Repository.PathOf("k8s/components")).Select(Path.GetFileName).Order());

    [SkippableTheory]
    [InlineData("gpu")]
    [InlineData("job")]
    [InlineData("jobset")]
    [InlineData("trainer")]
    public void A_runtime_class_is_given_to_workers_alone(string overlay)
    {
        var rendered = Rendered.With("runtime-class", $"k8s/overlays/{overlay}");
        Assert.Equal("nvidia", rendered.Container("worker").Workload.PodSpec!.Text("runtimeClassName"));
        Assert.Null(rendered.Container("coordinator").Workload.PodSpec!.Text("runtimeClassName"));
        AssertValid(rendered);
    }

    [SkippableTheory]
    [InlineData("cpu")]
    [InlineData("job")]
    [InlineData("jobset")]
    [InlineData("kueue")]
    [InlineData("trainer")]
    public void A_gpu_is_given_to_each_worker_of_any_overlay_with_the_image_for_it(string overlay)
    {
        var rendered = Rendered.OnGpus(overlay);
        var (worker, coordinator) = (rendered.Container("worker"), rendered.Container("coordinator"));
        OptionTests.AssertGpu(worker);
        Assert.Contains(worker.Workload.PodSpec!.List("tolerations"), toleration => toleration.Text("key") == "nvidia.com/gpu");
        Assert.Null(coordinator.Json.Object("resources.limits")!["nvidia.com/gpu"]);
        Assert.Empty(coordinator.Workload.PodSpec!.List("tolerations"));
        Assert.Equal([], worker.Program.Problems(worker.Arguments, worker.Environment));
        // Beside GPU and memory, it is the overlay's worker.
        Assert.Equal(Rendered.Of($"k8s/overlays/{overlay}").Container("worker").Json.Text("resources.requests.cpu"), worker.Json.Text("resources.requests.cpu"));
        AssertValid(rendered);
    }

    [SkippableTheory]
    [InlineData("k8s/overlays/cpu")]
    [InlineData("k8s/runs")]
    public void The_volume_with_the_runs_can_be_one_pods_alone(string kustomization)
    {
        var rendered = Rendered.With("read-write-once-pod", kustomization);
        var modes = rendered.OfKind("StatefulSet").SelectMany(set => set.Json.List("spec.volumeClaimTemplates")).Concat(rendered.OfKind("PersistentVolumeClaim").Select(claim => claim.Json))
            .Select(claim => Assert.Single(claim.Texts("spec.accessModes")));
        Assert.Equal(["ReadWriteOncePod"], modes);
        AssertValid(rendered);
    }

    [SkippableFact]
    public void NodeLocal_DNSCache_is_asked_beside_the_clusters_server()
    {
        var rule = DnsRule("node-local-dns", out var rendered);
        Assert.Equal(3, rule.List("to").Count());
        Assert.Contains(rule.List("to"), peer => peer.Text("ipBlock.cidr") == "169.254.20.10/32");
        // Where the network redirects to it, policies see its pods.
        Assert.Equal(["kube-dns", "node-local-dns"], rule.List("to").Select(peer => peer.Text("podSelector.matchLabels.k8s-app")).OfType<string>());
        AssertValid(rendered);
    }

    [SkippableFact]
    public void GKEs_Cloud_DNS_is_asked_beside_the_clusters_server_and_of_its_metadata_nothing()
    {
        var rule = DnsRule("gke-cloud-dns", out var rendered);
        Assert.Equal(["169.254.20.10/32", "169.254.169.254/32"], rule.List("to").Select(peer => peer.Text("ipBlock.cidr")).OfType<string>());
        Assert.Equal(["53", "53"], rule.List("ports").Select(port => port.Text("port")));
        AssertValid(rendered);
    }

    [SkippableFact]
    public void OpenShifts_name_server_takes_the_place_of_the_usual_one()
    {
        var rule = DnsRule("openshift-dns", out var rendered);
        Assert.Equal("openshift-dns", Assert.Single(rule.List("to")).Object("namespaceSelector.matchLabels")!["kubernetes.io/metadata.name"]!.ToString());
        Assert.Equal(["5353", "5353"], rule.List("ports").Select(port => port.Text("port")));
        AssertValid(rendered);
    }

    [SkippableTheory]
    [InlineData("gpu")]
    [InlineData("job")]
    [InlineData("jobset")]
    [InlineData("trainer")]
    public void Pods_of_any_overlay_can_be_given_a_certificate(string overlay)
    {
        var rendered = Rendered.With("tls", $"k8s/overlays/{overlay}");
        Assert.All(rendered.Containers, OptionTests.AssertCertificate);
        AssertValid(rendered);
    }

    [SkippableFact]
    public void A_TrainJob_can_be_queued_as_well()
    {
        var job = Rendered.With("kueue", "k8s/overlays/trainer").Find("TrainJob", "minibatch")!;
        Assert.Equal("minibatch", job.Json.Object("metadata.labels")!["kueue.x-k8s.io/queue-name"]!.ToString());
        Assert.Equal("true", job.Text("spec.suspend"));
        Assert.Equal([], CustomKinds.Problems(job));
    }

    private static System.Text.Json.Nodes.JsonObject DnsRule(string component, out Rendered rendered)
    {
        rendered = Rendered.With(component, "k8s/overlays/cpu");
        return Assert.Single(rendered.Find("NetworkPolicy", "minibatch-dns")!.Json.List("spec.egress"));
    }

    private static void AssertValid(Rendered rendered)
    {
        var others = rendered.Objects.Where(found => !Schemas.Knows(found)).ToList();
        Assert.Equal([], Schemas.Problems(rendered.Objects.Where(Schemas.Knows).Concat(others.SelectMany(found => found.Jobs))));
        Assert.Equal([], others.SelectMany(CustomKinds.Problems));
    }
}
