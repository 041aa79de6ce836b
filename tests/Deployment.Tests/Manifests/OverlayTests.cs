using System.Text.Json.Nodes;

namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>What holds of every kustomization: its objects are Kubernetes', and they fit together.</summary>
public class OverlayTests
{
    private static readonly string[] OfCluster = ["Namespace", "ClusterTrainingRuntime", "ClusterQueue", "ResourceFlavor"];

    public static TheoryData<string> Kustomizations => [.. Rendered.All];

    public static TheoryData<string> Overlays => OptionTests.Overlays;

    [SkippableTheory]
    [MemberData(nameof(Kustomizations))]
    public void Every_object_has_Kubernetes_fields_and_no_others(string kustomization)
    {
        var (known, others) = (Rendered.Of(kustomization).Objects.Where(Schemas.Knows), Rendered.Of(kustomization).Objects.Where(found => !Schemas.Knows(found)));
        Assert.Equal([], Schemas.Problems(known.Concat(others.SelectMany(found => found.Jobs))));
        Assert.Equal([], others.SelectMany(CustomKinds.Problems));
    }

    [SkippableTheory]
    [MemberData(nameof(Kustomizations))]
    public void Every_object_lies_in_the_namespace(string kustomization) => Assert.All(
        Rendered.Of(kustomization).Objects,
        found => Assert.Equal(OfCluster.Contains(found.Kind) ? null : "minibatch", found.Text("metadata.namespace")));

    /// <summary>Every overlay can be deleted, and what it trained stays.</summary>
    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void No_overlay_has_the_namespace_a_claim_or_a_secret_that_was_made_by_hand(string overlay)
    {
        Assert.Empty(Rendered.Of(overlay).OfKind("Namespace").Concat(Rendered.Of(overlay).OfKind("PersistentVolumeClaim")));
        Assert.All(Rendered.Of(overlay).OfKind("StatefulSet"), set =>
        {
            Assert.Equal(("Retain", "Retain"), (set.Text("spec.persistentVolumeClaimRetentionPolicy.whenDeleted"), set.Text("spec.persistentVolumeClaimRetentionPolicy.whenScaled")));
            Assert.Equal("Parallel", set.Text("spec.podManagementPolicy"));
        });
    }

    [SkippableFact]
    public void The_namespace_pins_the_version_of_the_standard_that_it_enforces()
    {
        var labels = Assert.Single(Rendered.Of("k8s/namespace").Objects).Json.Object("metadata.labels")!;
        foreach (var mode in new[] { "enforce", "warn" })
        {
            Assert.Equal("restricted", labels[$"pod-security.kubernetes.io/{mode}"]!.ToString());
            Assert.Matches(@"^v1\.\d+$", labels[$"pod-security.kubernetes.io/{mode}-version"]!.ToString());
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Kustomizations))]
    public void Every_object_says_what_it_belongs_to(string kustomization) => Assert.All(
        Rendered.Of(kustomization).Objects.Where(found => !IsMadeByHand(found)),
        found => Assert.Equal("minibatch", found.Json.Object("metadata.labels")?["app.kubernetes.io/part-of"]?.ToString()));

    [SkippableTheory]
    [MemberData(nameof(Kustomizations))]
    public void Every_selector_finds_pods(string kustomization)
    {
        var rendered = Rendered.Of(kustomization);
        foreach (var found in rendered.Objects)
        {
            foreach (var selector in Selectors(found.Json))
            {
                // A Job's pods get their selector from Kubernetes.
                Assert.True(
                    PodsBeside(rendered).Any(workload => selector.Matches(workload.PodLabels!)), $"{found} selects {selector.ToJsonString()}, which no pod has");
            }
        }
        Assert.All(
            rendered.Workloads.Where(workload => workload.Kind is "StatefulSet" or "Deployment"),
            workload => Assert.True(workload.Json.Object("spec.selector.matchLabels")!.Matches(workload.PodLabels!), $"{workload} does not select its own pods"));
    }

    [SkippableTheory]
    [MemberData(nameof(Kustomizations))]
    public void Everything_that_a_pod_refers_to_is_there(string kustomization)
    {
        var rendered = Rendered.Of(kustomization);
        foreach (var workload in rendered.Workloads)
        {
            var spec = workload.PodSpec!;
            if (spec.Text("serviceAccountName") is { } account) Assert.NotNull(rendered.Find("ServiceAccount", account));
            foreach (var volume in spec.List("volumes"))
            {
                if (volume.Text("configMap.name") is { } map) Assert.NotNull(rendered.Find("ConfigMap", map));
                if (volume.Text("secret.secretName") is { } secret) AssertSecret(rendered, secret, volume.List("secret.items").Select(item => item.Text("key")!));
                if (volume.Text("persistentVolumeClaim.claimName") is { } claim) AssertClaim(claim);
            }
            var claims = workload.Json.List("spec.volumeClaimTemplates").Select(claim => claim.Text("metadata.name"));
            var volumes = spec.List("volumes").Select(volume => volume.Text("name")).Concat(claims).ToHashSet();
            foreach (var container in spec.List("containers").Concat(spec.List("initContainers")))
            {
                Assert.All(container.List("envFrom"), from => Assert.NotNull(rendered.Find("ConfigMap", from.Text("configMapRef.name")!)));
                Assert.All(container.List("volumeMounts"), mount => Assert.Contains(mount.Text("name"), volumes));
            }
        }
        Assert.All(rendered.OfKind("StatefulSet"), set => Assert.NotNull(rendered.Find("Service", set.Text("spec.serviceName")!)));
        Assert.All(
            rendered.OfKind("HorizontalPodAutoscaler").Concat(rendered.OfKind("ScaledObject")),
            scaler => Assert.NotNull(rendered.Find(scaler.Text("spec.scaleTargetRef.kind") ?? "Deployment", scaler.Text("spec.scaleTargetRef.name")!)));
        Assert.All(rendered.OfKind("TrainJob"), job => Assert.NotNull(rendered.Find("ClusterTrainingRuntime", job.Text("spec.runtimeRef.name")!)));
    }

    [SkippableTheory]
    [MemberData(nameof(Kustomizations))]
    public void Every_pod_may_run_where_the_standard_restricted_is_enforced(string kustomization)
    {
        // https://kubernetes.io/docs/concepts/security/pod-security-standards/, for what these pods have.
        string[] volumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];
        foreach (var workload in Rendered.Of(kustomization).Workloads)
        {
            var spec = workload.PodSpec!;
            Assert.All(["hostNetwork", "hostPID", "hostIPC"], name => Assert.Null(spec[name]));
            Assert.Equal("true", spec.Text("securityContext.runAsNonRoot"));
            Assert.Equal("RuntimeDefault", spec.Text("securityContext.seccompProfile.type"));
            Assert.Equal("false", spec.Text("automountServiceAccountToken"));
            Assert.All(spec.List("volumes"), volume => Assert.Single(volume, entry => volumes.Contains(entry.Key)));
            foreach (var container in spec.List("containers").Concat(spec.List("initContainers")))
            {
                Assert.Equal("false", container.Text("securityContext.allowPrivilegeEscalation"));
                Assert.Equal(["ALL"], container.Texts("securityContext.capabilities.drop"));
                Assert.Null(container.At("securityContext.capabilities.add"));
                Assert.Null(container.At("securityContext.privileged"));
                Assert.Equal("true", container.Text("securityContext.readOnlyRootFilesystem"));
                Assert.All(["requests.cpu", "requests.memory", "limits.memory"], quantity => Assert.NotNull(container.At($"resources.{quantity}")));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Kustomizations))]
    public void Every_image_has_a_tag_that_stays_what_it_is(string kustomization) => Assert.All(
        Rendered.Of(kustomization).Workloads.SelectMany(workload => workload.PodSpec!.List("containers").Concat(workload.PodSpec!.List("initContainers"))),
        container => Assert.Matches(@"^[a-z0-9./-]+:(\d+\.\d+\.\d+|dev)$", container.Text("image")));

    /// <summary>A cluster that reaches one registry alone has all it needs there, helpers too.</summary>
    [SkippableTheory]
    [MemberData(nameof(Kustomizations))]
    public void Every_image_comes_from_the_registry_that_is_named(string kustomization) => Assert.All(
        Rendered.Of(kustomization).Workloads.SelectMany(workload => workload.PodSpec!.List("containers").Concat(workload.PodSpec!.List("initContainers"))),
        container => Assert.StartsWith(kustomization == "k8s/overlays/local" ? "minibatch-" : "registry.example.com/minibatch-", container.Text("image")));

    [Fact]
    public void No_secret_is_committed_but_the_laptops()
    {
        var generators = Directory.GetFiles(Repository.PathOf("k8s"), "*.yaml", SearchOption.AllDirectories)
            .Where(path => File.ReadAllText(path) is var text && (text.Contains("secretGenerator", StringComparison.Ordinal) || text.Contains("kind: Secret", StringComparison.Ordinal)));
        // The chart's is made of a value, which is empty unless whoever installs it says otherwise.
        Assert.Equal(["k8s/chart/templates/secret.yaml", "k8s/overlays/local/kustomization.yaml"], generators.Select(path => Path.GetRelativePath(Repository.Root, path)).Order());
        Assert.Equal("", Yaml.Documents(Repository.Read("k8s/chart/values.yaml")).Single().Text("secret.value"));
    }

    [SkippableTheory]
    [MemberData(nameof(Kustomizations))]
    public void Every_port_that_is_scraped_is_one_of_each_pod_that_is_selected(string kustomization)
    {
        var rendered = Rendered.Of(kustomization);
        foreach (var monitor in rendered.OfKind("PodMonitor"))
        {
            foreach (var workload in PodsBeside(rendered).Where(workload => monitor.Json.Object("spec.selector.matchLabels")!.Matches(workload.PodLabels!)))
            {
                var ports = workload.PodSpec!.List("containers").SelectMany(container => container.List("ports")).Select(port => port.Text("name"));
                Assert.All(monitor.Json.List("spec.podMetricsEndpoints"), endpoint => Assert.Contains(endpoint.Text("port"), ports));
            }
        }
    }

    /// <summary>Its own pods; of what is applied beside an overlay and has none, that overlay's.</summary>
    private static IEnumerable<KubernetesObject> PodsBeside(Rendered rendered) =>
        rendered.Workloads.Any() ? rendered.Workloads : Rendered.Of("k8s/overlays/cpu").Workloads;

    private static bool IsMadeByHand(KubernetesObject found) => found.Kind == "Secret";

    private static void AssertSecret(Rendered rendered, string name, IEnumerable<string> keys)
    {
        // cert-manager's.
        if (rendered.OfKind("Certificate").Any(certificate => certificate.Text("spec.secretName") == name)) Assert.Subset(new HashSet<string> { "tls.crt", "tls.key", "ca.crt" }, keys.ToHashSet());
        else if (rendered.Find("Secret", name) is { } secret) Assert.All(keys, key => Assert.NotNull(secret.Json.Object("data")?[key]));
        else Assert.Contains($"create secret generic {name} --from-file={keys.Single()}=", Repository.Read("docs/OPERATIONS.md"));
    }

    private static void AssertClaim(string name)
    {
        // Of a StatefulSet's claim templates: <template>-<set>-<ordinal>.
        var made = Rendered.Of("k8s/overlays/cpu").OfKind("StatefulSet")
            .SelectMany(set => set.Json.List("spec.volumeClaimTemplates").Select(claim => $"{claim.Text("metadata.name")}-{set.Name}-0"));
        Assert.True(Rendered.Of("k8s/runs").Find("PersistentVolumeClaim", name) is not null || made.Contains(name), $"there is no claim {name}");
    }

    /// <summary>What selects pods, wherever in an object it stands.</summary>
    private static IEnumerable<JsonObject> Selectors(JsonNode? node) => node switch
    {
        JsonArray list => list.SelectMany(Selectors),
        // The pods of another namespace are none of ours; what an autoscaler's metric is selected by is no label of a pod.
        JsonObject peer when peer.ContainsKey("namespaceSelector") => [],
        JsonObject metric when metric.ContainsKey("external") => [],
        JsonObject found => found.SelectMany(entry => (entry.Key, entry.Value) switch
        {
            ("selector" or "podSelector" or "labelSelector", JsonObject { Count: > 0 } selector) => [selector.Object("matchLabels") ?? selector],
            _ => Selectors(entry.Value),
        }),
        _ => [],
    };
}
