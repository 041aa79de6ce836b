using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MiniBatch.Deployment.Tests.Manifests;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Deployment.Tests.Chart;

/// <summary>
/// The overlays are the truth; the chart is held to them: a release called minibatch, with the values of an overlay, has that overlay's
/// objects. What may differ is said in <see cref="Compared"/>.
/// </summary>
public partial class ChartTests
{
    private const string Chart = "k8s/chart";

    /// <summary>Files of values, each of the overlay of its name.</summary>
    public static TheoryData<string> Values => [.. Overlays];

    private static IEnumerable<string> Overlays => Directory.GetFiles(Repository.PathOf($"{Chart}/values")).Select(path => Path.GetFileNameWithoutExtension(path)).Order();

    [Fact]
    public void Every_overlay_of_Kubernetes_own_kinds_has_its_values() => Assert.Equal(
        Directory.GetDirectories(Repository.PathOf("k8s/overlays")).Select(path => Path.GetFileName(path)).Except(["jobset", "kueue", "trainer"]).Order(), Overlays);

    [SkippableTheory]
    [MemberData(nameof(Values))]
    public void A_release_has_the_objects_of_the_overlay(string overlay)
    {
        var wanted = Compared.Of(Rendered.Of($"k8s/overlays/{overlay}").Objects);
        var found = Compared.Of(Rendered.From(Template("-f", $"{Chart}/values/{overlay}.yaml")).Objects);
        Assert.Equal(wanted.Keys.Order(), found.Keys.Order());
        foreach (var (name, value) in wanted) Assert.Equal(value, found[name]);
    }

    /// <summary>Files of values go together as an overlay and a component do.</summary>
    [SkippableFact]
    public void A_release_of_Jobs_on_GPUs_has_the_objects_of_the_overlay_with_the_component()
    {
        var wanted = Compared.Of(Rendered.OnGpus("job").Objects);
        var found = Compared.Of(Rendered.From(Template("-f", $"{Chart}/values/gpu.yaml", "-f", $"{Chart}/values/job.yaml")).Objects);
        Assert.Equal(wanted.Keys.Order(), found.Keys.Order());
        foreach (var (name, value) in wanted) Assert.Equal(value, found[name]);
    }

    [SkippableTheory]
    [MemberData(nameof(Values))]
    public void Every_image_of_a_release_comes_from_the_registry_that_is_named(string overlay)
    {
        var release = Rendered.From(Template("-f", $"{Chart}/values/{overlay}.yaml", "--set", "image.registry=mine.example.com/ml"));
        Assert.All(
            release.Workloads.SelectMany(workload => workload.PodSpec!.List("containers").Concat(workload.PodSpec!.List("initContainers"))),
            container => Assert.StartsWith("mine.example.com/ml/minibatch-", container.Text("image")));
    }

    /// <summary>What values.yaml says of other name servers, and a map of values keeps what is not taken out of it.</summary>
    [SkippableTheory]
    [InlineData("networkPolicy.dns.namespace=openshift-dns,networkPolicy.dns.podLabels.k8s-app=null,networkPolicy.dns.podLabels.dns\\.operator\\.openshift\\.io/daemonset-dns=default,networkPolicy.dns.port=5353", "openshift-dns")]
    [InlineData("networkPolicy.dns.podLabels.k8s-app=node-local-dns,networkPolicy.dns.cidrs={169.254.169.254/32,169.254.20.10/32}", "gke-cloud-dns")]
    public void Names_are_looked_up_where_the_component_of_the_cluster_says(string set, string component)
    {
        static JsonObject Rule(Rendered rendered) => rendered.Find("NetworkPolicy", "minibatch-dns")!.Json.List("spec.egress").Single();
        var (wanted, found) = (Rule(Rendered.With(component, "k8s/overlays/cpu")), Rule(Rendered.From(Template("--set", set))));
        Assert.True(JsonNode.DeepEquals(wanted["ports"], found["ports"]), $"{wanted}\n{found}");
        Assert.All(found.List("to"), peer => Assert.Contains(wanted.List("to"), known => JsonNode.DeepEquals(peer, known)));
        Assert.Equal(wanted.List("to").Count(peer => peer.ContainsKey("ipBlock")), found.List("to").Count(peer => peer.ContainsKey("ipBlock")));
    }

    [SkippableTheory]
    [MemberData(nameof(Values))]
    public void Every_object_of_a_release_is_Kubernetes(string overlay) =>
        Assert.Equal([], Schemas.Problems(Rendered.From(Template("-f", $"{Chart}/values/{overlay}.yaml")).Objects));

    [SkippableFact]
    public void A_release_of_another_name_joins_itself()
    {
        var (exitCode, output, error) = Helm.Run("template", "other", Chart, "-n", "elsewhere");
        Assert.True(exitCode == 0, error);
        var release = Rendered.From(output);
        Assert.Equal("other-coordinator-0.other-coordinator", release.Container("coordinator")["MINIBATCH_PUBLIC_HOST"]);
        Assert.Equal("other-coordinator-0.other-coordinator:4053", release.Container("worker")["MINIBATCH_JOIN"]);
        Assert.All(release.Containers, container =>
        {
            Assert.Equal("other", container.Workload.PodLabels!["app.kubernetes.io/instance"]!.ToString());
            Assert.Equal([], container.Program.Problems(container.Arguments, container.Environment));
        });
        // Two releases in one namespace have objects of their own, and select their own pods.
        Assert.All(release.Objects, found => Assert.StartsWith("other", found.Name));
        Assert.All(
            release.OfKind("StatefulSet").Concat(release.OfKind("Deployment")),
            workload => Assert.Equal("other", workload.Json.Object("spec.selector.matchLabels")!["app.kubernetes.io/instance"]!.ToString()));
    }

    /// <summary>Two releases in one namespace do not scale by each other's steps.</summary>
    [SkippableTheory]
    [InlineData("adapter", "HorizontalPodAutoscaler")]
    [InlineData("keda", "ScaledObject")]
    public void A_release_scales_by_the_steps_of_its_own_coordinator(string by, string kind)
    {
        var (exitCode, output, error) = Helm.Run("template", "other", Chart, "-n", "elsewhere", "--set", $"autoscaling.by={by}");
        Assert.True(exitCode == 0, error);
        var release = Rendered.From(output);
        var scaler = release.OfKind(kind).Single().Json;
        var pod = $"{release.OfKind("StatefulSet").Single().Name}-0";
        if (by == "adapter") Assert.Equal(pod, scaler.List("spec.metrics").Single().Text("external.metric.selector.matchLabels.pod"));
        else Assert.Equal(3, scaler.List("spec.triggers").Single().Text("metadata.query")!.Split($"{{namespace=\"elsewhere\",pod=\"{pod}\"}}").Length);
    }

    [SkippableFact]
    public void Other_options_replace_the_pods()
    {
        string Checksum(string component, params string[] arguments) =>
            Rendered.From(Template(arguments)).Container(component).Workload.PodTemplate!.Object("metadata.annotations")!["checksum/config"]!.ToString();
        foreach (var component in (string[])["coordinator", "worker"])
        {
            Assert.Equal(Checksum(component), Checksum(component));
            Assert.NotEqual(Checksum(component), Checksum(component, "--set", "runDir=/runs/second"));
        }
        // A worker's options are no business of the coordinator's.
        string[] others = ["--set-string", "worker.env.MINIBATCH_LOG_LEVEL=debug"];
        Assert.Equal(Checksum("coordinator"), Checksum("coordinator", others));
        Assert.NotEqual(Checksum("worker"), Checksum("worker", others));
    }

    [SkippableTheory]
    [InlineData("coordinator.env.MINIBATCH_ALLOW_TF32=true")]
    [InlineData("worker.env.OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317")]
    public void Any_option_and_variable_of_telemetry_can_be_said(string set) =>
        Assert.Contains(set.Split('=')[0].Split('.')[2], Template("--set-string", set));

    [SkippableFact]
    public void A_component_goes_to_the_nodes_that_are_chosen_for_it()
    {
        var release = Rendered.From(Template("--set", "worker.nodeSelector.pool=new"));
        Assert.Equal("new", release.Container("worker").Workload.PodSpec!.Text("nodeSelector.pool"));
        Assert.Null(release.Container("coordinator").Workload.PodSpec!.Text("nodeSelector.pool"));
    }

    [SkippableFact]
    public void Helm_finds_nothing_wrong()
    {
        var (exitCode, output, error) = Helm.Run("lint", "--strict", Chart);
        Assert.True(exitCode == 0, output + error);
    }

    [SkippableTheory]
    [InlineData("worker.replicas=many", "worker")]
    [InlineData("worker.replica=3", "replica")]
    [InlineData("mode=batch", "mode")]
    [InlineData("runDir=/runs", "runDir")]
    [InlineData("coordinator.env.EPOCHS=3", "EPOCHS")]
    [InlineData("coordinator.storage.size=big", "size")]
    [InlineData("autoscaling.by=cpu", "by")]
    [InlineData("mode=job,autoscaling.by=keda", "a Job's workers can't be scaled")]
    [InlineData("autoscaling.by=adapter,autoscaling.minReplicas=0", "with adapter at least 1")]
    [InlineData("autoscaling.by=keda,autoscaling.minReplicas=5", "no more than maxReplicas")]
    [InlineData("mode=job,worker.replicas=0", "worker.replicas")]
    [InlineData("worker.rollingUpdate.maxSurge=0", "worker.rollingUpdate")]
    [InlineData("tls.issuer=minibatch-ca", "say tls.secretName too")]
    [InlineData("worker.env.MINIBATCH_HTTP_PORT=any", "worker.env.MINIBATCH_HTTP_PORT")]
    [InlineData("coordinator.env.MINIBATCH_PORT=any", "coordinator.env.MINIBATCH_PORT")]
    public void A_wrong_value_is_refused_by_its_name(string set, string named)
    {
        var (exitCode, _, error) = Helm.Run("template", "minibatch", Chart, "--set", set);
        Assert.NotEqual(0, exitCode);
        Assert.Contains(named, error);
    }

    [SkippableTheory]
    [InlineData("a-release-whose-name-leaves-no-room-for-names", "40")]
    [InlineData("mini.batch", "dot")]
    public void A_release_is_refused_a_name_that_its_objects_can_not_have(string name, string said)
    {
        var (exitCode, _, error) = Helm.Run("template", name, Chart);
        Assert.NotEqual(0, exitCode);
        Assert.Contains(said, error);
    }

    /// <summary>Without helm: what the overlays' objects have for fields, the chart has, and no others.</summary>
    [SkippableFact]
    public void The_charts_files_have_the_fields_of_the_overlays_and_no_others()
    {
        var overlays = Overlays.Select(overlay => Rendered.Of($"k8s/overlays/{overlay}")).SelectMany(rendered => rendered.Objects).SelectMany(found => Names(found.Json)).ToHashSet();
        var chart = Directory.GetFiles(Repository.PathOf($"{Chart}/templates")).Where(path => !path.EndsWith(".txt", StringComparison.Ordinal)).Append(Repository.PathOf($"{Chart}/values.yaml"))
            .SelectMany(path => Field().Matches(File.ReadAllText(path))).Select(match => match.Groups["name"].Value).Where(name => !name.StartsWith("MINIBATCH_", StringComparison.Ordinal)).ToHashSet();
        Assert.Equal([], overlays.Except(chart).Except(["effect", "key", "nvidia.com/gpu", "configMapKeyRef"]).Order());   // said in values of an overlay; of RUN, which releases do without
        var values = Names(Yaml.Documents(Repository.Read($"{Chart}/values.yaml")).Single()).ToHashSet();
        Assert.Equal([], chart.Except(overlays).Except(values).Except(OfHelm).Order());
    }

    [Fact]
    public void The_charts_version_is_the_programs()
    {
        var chart = Yaml.Documents(Repository.Read($"{Chart}/Chart.yaml")).Single();
        Assert.Equal((ProgramVersion.Current, ProgramVersion.Current), (chart.Text("version"), chart.Text("appVersion")));
    }

    /// <summary>What releases have and overlays have not.</summary>
    private static readonly string[] OfHelm =
        ["app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "helm.sh/chart", "checksum/config", "storageClassName", "ipBlock", "cidr", "imagePullSecrets", "runtimeClassName"];

    private static string Template(params string[] arguments)
    {
        var (exitCode, output, error) = Helm.Run(["template", "minibatch", Chart, "-n", "minibatch", .. arguments]);
        Assert.True(exitCode == 0, error);
        return output;
    }

    /// <summary>The names of an object's fields, but for those of a ConfigMap's data.</summary>
    private static IEnumerable<string> Names(JsonNode? node) => node switch
    {
        JsonObject found => found.Where(entry => !entry.Key.StartsWith("MINIBATCH_", StringComparison.Ordinal) && entry.Key != "WORKLOAD").SelectMany(entry => Names(entry.Value).Prepend(entry.Key)),
        JsonArray list => list.SelectMany(Names),
        _ => [],
    };

    [GeneratedRegex(@"^[ -]*(?<name>[A-Za-z][\w./-]*):( |$)", RegexOptions.Multiline)]
    private static partial Regex Field();
}
