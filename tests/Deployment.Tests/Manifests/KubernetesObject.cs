using System.Text.Json.Nodes;

namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>One object as it would be sent to a cluster.</summary>
/// <param name="Json">All of it.</param>
internal sealed record KubernetesObject(JsonObject Json)
{
    public string Kind => Text("kind")!;

    public string Name => Text("metadata.name")!;

    /// <summary>The name of the JobSet that makes it; null where none does.</summary>
    public string? JobSet { get; init; }

    /// <summary>The Jobs that a JobSet makes of it, or Kubeflow Trainer's JobSet of a runtime; none of any other kind.</summary>
    public IEnumerable<KubernetesObject> Jobs => (Kind switch
    {
        "JobSet" => Json.List("spec.replicatedJobs"),
        "ClusterTrainingRuntime" => Json.List("spec.template.spec.replicatedJobs"),
        _ => [],
    }).Select(job => new KubernetesObject(new JsonObject
    {
        ["apiVersion"] = "batch/v1",
        ["kind"] = "Job",
        ["metadata"] = new JsonObject { ["name"] = $"{Name}-{job.Text("name")}-0", ["labels"] = job.At("template.metadata.labels")?.DeepClone() ?? new JsonObject() },
        ["spec"] = job.At("template.spec")!.DeepClone(),
    })
    { JobSet = Name });

    /// <summary>The template of the pods that it starts; null where it starts none.</summary>
    public JsonObject? PodTemplate => Kind is "StatefulSet" or "Deployment" or "Job" ? Json.Object("spec.template") : null;

    /// <summary>The specification of its pods, or of the pod that it is.</summary>
    public JsonObject? PodSpec => Kind == "Pod" ? Json.Object("spec") : PodTemplate?.Object("spec");

    /// <summary>Labels of its pods.</summary>
    public JsonObject? PodLabels => Kind == "Pod" ? Json.Object("metadata.labels") : PodTemplate?.Object("metadata.labels");

    public string? Text(string path) => Json.Text(path);

    public override string ToString() => $"{Kind} {Name}";
}

/// <summary>Reading JSON by paths such as "spec.template.spec".</summary>
internal static class JsonPaths
{
    public static JsonNode? At(this JsonNode node, string path) =>
        path.Split('.').Aggregate((JsonNode?)node, (found, key) => (found as JsonObject)?[key]);

    public static JsonObject? Object(this JsonNode node, string path) => node.At(path) as JsonObject;

    public static string? Text(this JsonNode node, string path) => node.At(path)?.ToString();

    /// <summary>The objects of a list; none where there is no list.</summary>
    public static IEnumerable<JsonObject> List(this JsonNode node, string path) => (node.At(path) as JsonArray)?.OfType<JsonObject>() ?? [];

    public static IEnumerable<string> Texts(this JsonNode node, string path) => (node.At(path) as JsonArray)?.Select(item => item!.ToString()) ?? [];

    /// <summary>Whether labels have all that a selector of labels asks for.</summary>
    public static bool Matches(this JsonObject selector, JsonObject labels) =>
        selector.All(wanted => labels[wanted.Key]?.ToString() == wanted.Value?.ToString());
}
