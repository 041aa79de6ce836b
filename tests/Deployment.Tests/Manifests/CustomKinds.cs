using System.Text.Json.Nodes;

namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>
/// The kinds whose schemas no package has: the fields that ours have are held to what their API types have, as far as we use them.
/// That finds a misspelt or misplaced field. It is no validation against the published CRDs, which could not be had.
/// </summary>
/// <remarks>
/// Read in api/jobset/v1alpha2/jobset_types.go of kubernetes-sigs/jobset, pkg/apis/trainer/v1alpha1/trainjob_types.go and
/// trainingruntime_types.go of kubeflow/trainer (after 2.2), and Kueue's examples for v1beta2.
/// </remarks>
internal static class CustomKinds
{
    /// <summary>Of whose objects no package has the schemas.</summary>
    public static IReadOnlyList<string> Groups { get; } = ["jobset.x-k8s.io", "trainer.kubeflow.org", "kueue.x-k8s.io"];

    private const string Metadata = "metadata: {name, namespace, labels: *, annotations: *}";

    /// <summary>Jobs are validated as Kubernetes' own.</summary>
    private const string JobSetSpec = """
        {replicatedJobs: {name!, groupName, replicas, dependsOn: {name!, status!}, template!: {metadata: {labels: *, annotations: *}, spec!: *}},
         network: {enableDNSHostnames, subdomain, publishNotReadyAddresses}, successPolicy: {operator!, targetReplicatedJobs},
         failurePolicy: {maxRestarts, restartStrategy, rules: {name!, action!, onJobFailureReasons, onJobFailureMessagePatterns, targetReplicatedJobs}},
         suspend, coordinator: {replicatedJob!, jobIndex, podIndex}, managedBy, ttlSecondsAfterFinished}
        """;

    private const string PodPatch = """
        {serviceAccountName, volumes: *, initContainers: {name!, env: *, volumeMounts: *, securityContext: *}, imagePullSecrets: *, securityContext: *,
         containers: {name!, env: *, volumeMounts: *, securityContext: *}, nodeSelector: *, affinity: *, tolerations: *, schedulingGates: *}
        """;

    private static readonly Dictionary<string, string> Fields = new()
    {
        ["jobset.x-k8s.io/v1alpha2 JobSet"] = $"{{apiVersion, kind, {Metadata}, spec!: {JobSetSpec}}}",
        ["trainer.kubeflow.org/v1alpha1 ClusterTrainingRuntime"] = $$"""
            {apiVersion, kind, {{Metadata}}, spec!: {mlPolicy: {numNodes, torch: *, flux: *, mpi: *}, podGroupPolicy: *,
             template!: {metadata: {labels: *, annotations: *}, spec!: {{JobSetSpec}} } } }
            """,
        ["trainer.kubeflow.org/v1alpha1 TrainJob"] = $$"""
            {apiVersion, kind, {{Metadata}}, spec!: {runtimeRef!: {name!, apiGroup, kind}, initializer: *, suspend, activeDeadlineSeconds, managedBy,
             trainer: {image, command, args, env: *, numNodes, resourcesPerNode: *, numProcPerNode},
             runtimePatches: {manager!, trainingRuntimeSpec: {template: {metadata: *, spec: {replicatedJobs: {name!, template: {metadata: *,
              spec: {template: {metadata: *, spec: {{PodPatch}} } } } } } } } } } }
            """,
        ["kueue.x-k8s.io/v1beta2 ResourceFlavor"] = $"{{apiVersion, kind, {Metadata}, spec: *}}",
        ["kueue.x-k8s.io/v1beta2 ClusterQueue"] = $$"""
            {apiVersion, kind, {{Metadata}}, spec!: {namespaceSelector: *, cohortName, queueingStrategy, preemption: *,
             resourceGroups!: {coveredResources!, flavors!: {name!, resources!: {name!, nominalQuota!, borrowingLimit, lendingLimit} } } } }
            """,
        ["kueue.x-k8s.io/v1beta2 LocalQueue"] = $"{{apiVersion, kind, {Metadata}, spec!: {{clusterQueue!}}}}",
    };

    /// <summary>What is wrong with an object, a line each.</summary>
    public static IEnumerable<string> Problems(KubernetesObject found) =>
        Fields.TryGetValue($"{found.Text("apiVersion")} {found.Kind}", out var fields)
            ? Problems($"{found}", FieldList.Parse(fields), found.Json)
            : [$"{found}: nobody here knows {found.Text("apiVersion")} {found.Kind}"];

    private static IEnumerable<string> Problems(string place, FieldList fields, JsonNode? value) => value switch
    {
        _ when fields.IsAnything => [],
        JsonArray list => list.SelectMany((item, index) => Problems($"{place}[{index}]", fields, item)),
        JsonObject found when fields.Known.Count > 0 => found.Where(entry => !fields.Known.ContainsKey(entry.Key)).Select(entry => $"{place} has no field {entry.Key}")
            .Concat(fields.Required.Where(name => !found.ContainsKey(name)).Select(name => $"{place} lacks {name}"))
            .Concat(found.Where(entry => fields.Known.ContainsKey(entry.Key)).SelectMany(entry => Problems($"{place}.{entry.Key}", fields.Known[entry.Key], entry.Value))),
        JsonObject => [$"{place} is one value"],
        _ when fields.Known.Count > 0 => [$"{place} is an object"],
        _ => [],
    };

    /// <summary>"{a!, b: {c}, d: *}": a is required, b an object or a list of such, d anything.</summary>
    private sealed record FieldList(bool IsAnything, Dictionary<string, FieldList> Known, HashSet<string> Required)
    {
        public static FieldList Parse(string text)
        {
            var at = 0;
            return Parse(text, ref at);
        }

        private static FieldList Parse(string text, ref int at)
        {
            var list = new FieldList(false, [], []);
            Skip(text, ref at);
            if (text[at] == '*')
            {
                at++;
                return list with { IsAnything = true };
            }
            at++;   // the brace
            for (Skip(text, ref at); text[at] != '}'; Skip(text, ref at))
            {
                var start = at;
                while (char.IsLetter(text[at])) at++;
                var name = text[start..at];
                if (text[at] == '!')
                {
                    list.Required.Add(name);
                    at++;
                }
                if (text[at] == ':')
                {
                    at++;
                    list.Known.Add(name, Parse(text, ref at));
                }
                else list.Known.Add(name, new FieldList(false, [], []));
            }
            at++;
            return list;
        }

        private static void Skip(string text, ref int at)
        {
            while (text[at] is ' ' or '\n' or '\r' or ',') at++;
        }
    }
}
