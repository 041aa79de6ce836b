using System.Net;
using MiniBatch.Hosting;
using MiniBatch.Hosting.Health;
using MiniBatch.Hosting.Tests;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Tls;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker;
using MiniBatch.Worker.Membership;

namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>What the manifests tell the program, and what they say of it, is so.</summary>
public class OptionTests
{
    public static TheoryData<string> Overlays => [.. Rendered.All.Where(path => path.StartsWith("k8s/overlays/", StringComparison.Ordinal))];

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Every_option_is_one_of_the_program_and_its_value_parses(string overlay)
    {
        var containers = Rendered.Of(overlay).Containers.ToList();
        Assert.Equal(["coordinator", "worker"], containers.Select(container => container.Component).Order());
        Assert.All(containers, container => Assert.Equal([], container.Program.Problems(container.Arguments, container.Environment)));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void The_coordinator_trains_a_workload_that_there_is(string overlay) =>
        WorkloadCatalog.Get(Assert.Single(Rendered.Of(overlay).Container("coordinator").Arguments));

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void The_ports_of_a_container_are_those_it_is_told_to_listen_on(string overlay)
    {
        var rendered = Rendered.Of(overlay);
        AssertPorts(rendered.Container("coordinator"), "MINIBATCH_PORT", "MINIBATCH_DATA_PORT", "MINIBATCH_HTTP_PORT");
        AssertPorts(rendered.Container("worker"), "MINIBATCH_PORT", "MINIBATCH_HTTP_PORT");
        Assert.Equal($"{NodeFlags.CoordinatorPort}", rendered.Container("coordinator")["MINIBATCH_PORT"]);
        Assert.All(rendered.Containers, container => Assert.Equal("0.0.0.0", container["MINIBATCH_HOST"]));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void The_service_has_the_coordinators_ports(string overlay)
    {
        var rendered = Rendered.Of(overlay);
        // A JobSet has one made.
        if (rendered.Container("coordinator").Workload.JobSet is not null)
        {
            Assert.Empty(rendered.OfKind("Service"));
            return;
        }
        var service = Assert.Single(rendered.OfKind("Service"));
        Assert.Equal("None", service.Text("spec.clusterIP"));
        Assert.Equal("true", service.Text("spec.publishNotReadyAddresses"));
        var coordinator = rendered.Container("coordinator");
        Assert.All(service.Json.List("spec.ports"), port => Assert.Equal(coordinator.Port(port.Text("targetPort")!), int.Parse(port.Text("port")!)));
        Assert.Equal(coordinator.Ports.Order(), service.Json.List("spec.ports").Select(port => int.Parse(port.Text("port")!)).Order());
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Workers_join_by_the_name_that_the_coordinator_gives_itself_and_its_pod_has(string overlay)
    {
        var rendered = Rendered.Of(overlay);
        var coordinator = rendered.Container("coordinator");
        Assert.Equal($"{coordinator["MINIBATCH_PUBLIC_HOST"]}:{coordinator["MINIBATCH_PORT"]}", rendered.Container("worker")["MINIBATCH_JOIN"]);
        var spec = coordinator.Workload.PodSpec!;
        var podName = coordinator.Workload switch
        {
            // JobSet's API reference, enableDNSHostnames: <JobSet>-<replicated job>-<job>-<pod>.<JobSet>.
            { JobSet: { } set } => $"{coordinator.Workload.Name}-0.{set}",
            { Kind: "StatefulSet" } => $"{coordinator.Workload.Name}-0.{coordinator.Workload.Text("spec.serviceName")}",
            _ => $"{spec.Text("hostname")}.{spec.Text("subdomain")}",
        };
        Assert.Equal(podName, coordinator["MINIBATCH_PUBLIC_HOST"]);
        if (coordinator.Workload.JobSet is null) Assert.NotNull(rendered.Find("Service", podName.Split('.')[1]));
        else Assert.Equal((null, null), (spec.Text("hostname"), spec.Text("subdomain")));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Paths_that_the_program_is_told_are_on_volumes(string overlay)
    {
        var rendered = Rendered.Of(overlay);
        foreach (var container in rendered.Containers)
        {
            var (mount, secret) = container.VolumeOf(container["MINIBATCH_SECRET_FILE"])!.Value;
            Assert.Contains(secret!.List("secret.items"), item => $"{mount.Text("mountPath")}/{item.Text("path")}" == container["MINIBATCH_SECRET_FILE"]);
            Assert.NotNull(container.VolumeOf("/tmp")?.Volume?["emptyDir"]);
            Assert.Equal(container.Json.Text("terminationMessagePath"), container["MINIBATCH_TERMINATION_LOG"]);
            var lost = container.Workload.PodSpec!.List("volumes").Where(volume => volume.ContainsKey("emptyDir")).Select(volume => volume.Text("name")!);
            Assert.Equal(
                lost.Order(), container.Workload.PodTemplate!.Object("metadata.annotations")!["cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"]!.ToString().Split(',').Order());
        }
        var coordinator = rendered.Container("coordinator");
        var runs = coordinator.VolumeOf(coordinator["MINIBATCH_RUN_DIR"])!.Value;
        // A folder of the volume, not the volume: file systems have a folder of their own there.
        Assert.NotEqual(runs.Mount.Text("mountPath"), coordinator["MINIBATCH_RUN_DIR"]);
        Assert.True(runs.Volume?["persistentVolumeClaim"] is not null || coordinator.Workload.Json.List("spec.volumeClaimTemplates").Any(claim => claim.Text("metadata.name") == runs.Mount.Text("name")));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void A_workers_datasets_are_brought_to_where_it_looks(string overlay)
    {
        var worker = Rendered.Of(overlay).Container("worker");
        var data = worker.VolumeOf(worker["MINIBATCH_DATA"])!.Value;
        Assert.NotNull(data.Volume!["emptyDir"]);
        var bringing = Assert.Single(worker.Workload.PodSpec!.List("initContainers"));
        var mount = Assert.Single(bringing.List("volumeMounts"));
        Assert.Equal(data.Mount.Text("name"), mount.Text("name"));
        Assert.Equal($"{mount.Text("mountPath")}/", bringing.Texts("command").Last());
        Assert.Contains($" {bringing.Texts("command").ElementAt(2).TrimEnd('.').TrimEnd('/')}\n", Repository.Read("docker/Data.Dockerfile"));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Probes_ask_what_a_node_answers(string overlay)
    {
        using var node = new ServedNode();
        var client = node.Client;
        foreach (var container in Rendered.Of(overlay).Containers)
        {
            foreach (var probe in new[] { "startup", "liveness", "readiness" })
            {
                var asked = container.Json.Object($"{probe}Probe.httpGet")!;
                Assert.Equal(container["MINIBATCH_HTTP_PORT"], $"{container.Port(asked.Text("port")!)}");
                Assert.Equal($"/health/{probe switch { "liveness" => "live", "readiness" => "ready", _ => probe }}", asked.Text("path"));
                Assert.Equal(HttpStatusCode.OK, client.Send(new HttpRequestMessage(HttpMethod.Get, asked.Text("path"))).StatusCode);
            }
            Assert.Equal(
                HttpStatusCode.OK,
                client.Send(new HttpRequestMessage(HttpMethod.Get, container.Workload.PodTemplate!.Object("metadata.annotations")!["prometheus.io/path"]!.ToString())).StatusCode);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Another_run_replaces_the_pods_of_both(string overlay)
    {
        var rendered = Rendered.Of(overlay);
        // The map's name has a hash of its content; not where a TrainJob, which can't be changed, names it.
        var map = Assert.Single(rendered.OfKind("ConfigMap"), map => map.Name.StartsWith("minibatch-coordinator", StringComparison.Ordinal)).Name;
        if (rendered.Find("TrainJob", "minibatch") is null) Assert.Matches("-[a-z0-9]{10}$", map);
        Assert.All(rendered.Containers, container => Assert.Contains($"\"{map}\"", container.Workload.PodSpec!.ToJsonString()));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void A_worker_is_given_twice_the_time_that_it_takes_to_leave(string overlay)
    {
        var needed = WorkerLimits.Default("").ReleaseLimit + ClusterNode.LeaveLimit;
        Assert.All(
            Rendered.Of(overlay).Containers,
            container => Assert.True(2 * needed <= TimeSpan.FromSeconds(int.Parse(container.Workload.PodSpec!.Text("terminationGracePeriodSeconds")!))));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Images_and_labels_have_the_programs_version(string overlay)
    {
        var rendered = Rendered.Of(overlay);
        var tag = overlay.EndsWith("/local", StringComparison.Ordinal) ? "dev" : ProgramVersion.Current;
        Assert.All(
            rendered.Workloads.SelectMany(workload => workload.PodSpec!.List("containers").Concat(workload.PodSpec!.List("initContainers"))),
            container => Assert.EndsWith($":{tag}", container.Text("image")));
        Assert.All(rendered.Objects.Select(found => found.Json.Object("metadata.labels")).Concat(rendered.Workloads.Select(workload => workload.PodLabels)), labels =>
        {
            Assert.Equal(ProgramVersion.Current, labels!["app.kubernetes.io/version"]!.ToString());
            Assert.Equal("minibatch", labels["app.kubernetes.io/part-of"]!.ToString());
        });
    }

    [SkippableFact]
    public void A_claim_has_no_label_that_changes() => Assert.Null(
        Assert.Single(Rendered.Of("k8s/overlays/cpu").Find("StatefulSet", "minibatch-coordinator")!.Json.List("spec.volumeClaimTemplates")).At("metadata.labels"));

    /// <summary>The run's own default is the same everywhere: a pin in one place alone would give its runs other bits.</summary>
    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void No_manifest_chooses_the_instructions_that_a_run_computes_with(string overlay)
    {
        Assert.All(Rendered.Of(overlay).Containers, container => Assert.False(container.Environment.ContainsKey("MINIBATCH_CPU_CAPABILITY")));
        Assert.DoesNotContain("CPU_CAPABILITY", Repository.Read("docker/compose.yaml"));
    }

    [SkippableFact]
    public void The_tls_overlay_gives_every_pod_the_certificate_that_it_has_made()
    {
        var rendered = Rendered.Of("k8s/overlays/tls");
        Assert.All(rendered.Containers, AssertCertificate);
        var certificate = rendered.Find("Certificate", "minibatch-tls")!.Json;
        // A node is at either end of a connection.
        Assert.Subset(certificate.Texts("spec.usages").ToHashSet(), new HashSet<string> { "server auth", "client auth" });
        Assert.Contains(rendered.Container("coordinator")["MINIBATCH_PUBLIC_HOST"], certificate.Texts("spec.dnsNames"));
        // Renewed before nodes warn of it.
        Assert.True(int.Parse(certificate.Text("spec.renewBefore")!.TrimEnd('h')) > 24 * NodeCertificates.WarningDays);
    }

    [SkippableFact]
    public void The_gpu_overlay_gives_each_worker_a_gpu_and_the_image_for_it() => AssertGpu(Rendered.Of("k8s/overlays/gpu").Container("worker"));

    [SkippableTheory]
    [InlineData("k8s/overlays/autoscale", "HorizontalPodAutoscaler", "spec.maxReplicas")]
    [InlineData("k8s/overlays/autoscale-keda", "ScaledObject", "spec.maxReplicaCount")]
    public void The_autoscaler_alone_says_how_many_workers_there_are_and_no_more_than_find_work(string overlay, string kind, string most)
    {
        var rendered = Rendered.Of(overlay);
        Assert.Null(rendered.Find("Deployment", "minibatch-worker")!.Json.At("spec.replicas"));
        var scaler = Assert.Single(rendered.OfKind(kind));
        var slots = WorkloadCatalog.Get(rendered.Container("coordinator").Arguments[0]).Slots;
        Assert.Equal($"{slots}", scaler.Text(most));
        // The first worker that comes is to begin.
        Assert.Equal("1", rendered.Container("coordinator")["MINIBATCH_EXPECT_WORKERS"]);
    }

    /// <summary>Other runs of the namespace are no business of its.</summary>
    [SkippableFact]
    public void The_autoscalers_count_the_steps_of_their_own_coordinator()
    {
        var (adapter, keda) = (Rendered.Of("k8s/overlays/autoscale"), Rendered.Of("k8s/overlays/autoscale-keda"));
        var pod = $"{adapter.Container("coordinator").Workload.Name}-0";
        var metric = adapter.OfKind("HorizontalPodAutoscaler").Single().Json.List("spec.metrics").Single().Object("external.metric")!;
        Assert.Equal(pod, metric.Text("selector.matchLabels.pod"));
        var rule = Yaml.Documents(Repository.Read("k8s/monitoring/adapter-rules.yaml")).Single().List("rules.external").Single();
        Assert.Equal(metric.Text("name"), rule.Text("name.as"));
        // The adapter's matchers are the autoscaler's namespace and selector: with them its rule is KEDA's query.
        var query = rule.Text("metricsQuery")!.Replace("<<.LabelMatchers>>", $"namespace=\"minibatch\",pod=\"{pod}\"", StringComparison.Ordinal).Replace(" by (namespace) ", "", StringComparison.Ordinal);
        Assert.Equal(query, keda.OfKind("ScaledObject").Single().Json.List("spec.triggers").Single().Text("metadata.query"));
        Assert.Contains("pod!=\"\"", rule.Text("seriesQuery")!);
    }

    [SkippableTheory]
    [InlineData("job")]
    [InlineData("jobset")]
    [InlineData("kueue")]
    [InlineData("trainer")]
    public void An_overlay_of_Jobs_leaves_nothing_running(string overlay)
    {
        var rendered = Rendered.Of($"k8s/overlays/{overlay}");
        Assert.All(rendered.Workloads, workload => Assert.Equal("Job", workload.Kind));
        Assert.All(rendered.Workloads, workload => Assert.Equal("Never", workload.PodSpec!.Text("restartPolicy")));
        Assert.All(rendered.Containers, container => Assert.Equal("false", container["MINIBATCH_STAY"]));
        Assert.All(
            rendered.Workloads.SelectMany(job => job.Json.List("spec.podFailurePolicy.rules").Select(rule => (job, rule.Text("onExitCodes.containerName")))),
            named => Assert.True(named.Item2 is null || named.job.PodSpec!.List("containers").Any(container => container.Text("name") == named.Item2)));
        var workers = rendered.Find("TrainJob", "minibatch")?.Text("spec.trainer.numNodes") ?? rendered.Container("worker").Workload.Text("spec.parallelism");
        Assert.Equal(rendered.Container("coordinator")["MINIBATCH_EXPECT_WORKERS"], workers);
        // Whoever deletes the overlay keeps the run.
        Assert.Empty(rendered.OfKind("PersistentVolumeClaim"));
    }

    /// <summary>It has a GPU, uses it, and its image can.</summary>
    internal static void AssertGpu(RunContainer worker)
    {
        Assert.Equal("1", worker.Json.Object("resources.limits")!["nvidia.com/gpu"]!.ToString());
        Assert.Equal("minibatch-worker-cuda", ProgramOf.NameOf(worker.Json.Text("image")!));
        Assert.Equal("cuda", worker["MINIBATCH_DEVICE"]);
    }

    /// <summary>The files that it is told of are those of the Secret, in a volume that is kept as the Secret is.</summary>
    internal static void AssertCertificate(RunContainer container)
    {
        (string Variable, string Key)[] files = [("MINIBATCH_TLS_CERTIFICATE", "tls.crt"), ("MINIBATCH_TLS_KEY", "tls.key"), ("MINIBATCH_TLS_CA", "ca.crt")];
        foreach (var (variable, key) in files)
        {
            var (mount, volume) = container.VolumeOf(container[variable])!.Value;
            Assert.Equal("minibatch-tls", volume!.Text("secret.secretName"));
            Assert.Null(mount["subPath"]);
            Assert.Contains(volume!.List("secret.items"), item => item.Text("key") == key && $"{mount.Text("mountPath")}/{item.Text("path")}" == container[variable]);
        }
    }

    private static void AssertPorts(RunContainer container, params string[] variables) =>
        Assert.Equal(variables.Select(variable => int.Parse(container[variable])).Order(), container.Ports.Order());
}
