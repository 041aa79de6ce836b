using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MiniBatch.Deployment.Tests.Manifests;

namespace MiniBatch.Deployment.Tests.Chart;

/// <summary>Objects in a form in which those of an overlay and of a release can be compared: without what each does in its own way.</summary>
internal static partial class Compared
{
    /// <summary>By kind and name, each as text.</summary>
    public static IReadOnlyDictionary<string, string> Of(IEnumerable<KubernetesObject> objects) =>
        objects.ToDictionary(found => WithoutHash(found.ToString()), found => Sorted(Without(found.Json))!.ToJsonString());

    private static JsonNode? Without(JsonNode? node) => node switch
    {
        JsonObject found => new JsonObject(found
            // Helm's labels. Pods are replaced with their options by a checksum, in an overlay by the map's name with its hash, which a
            // worker's variable RUN names for the same reason. A release's namespace is said to helm.
            .Where(entry => entry.Key is not ("app.kubernetes.io/instance" or "app.kubernetes.io/managed-by" or "helm.sh/chart" or "checksum/config") && !(entry.Key == "namespace" && $"{entry.Value}" == "minibatch"))
            .Select(entry => KeyValuePair.Create(entry.Key, entry.Value is JsonValue value && entry.Key == "name" ? JsonValue.Create(WithoutHash(value.ToString())) : Without(entry.Value)))),
        JsonArray list => new JsonArray([.. list.Where(item => (item as JsonObject)?.Text("name") != "RUN").Select(Without)]),
        _ => node?.DeepClone(),
    };

    /// <summary>Fields by their names; lists of named things, volumes and the like, by these names: their order means nothing.</summary>
    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject found => new JsonObject(found.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create(entry.Key, Sorted(entry.Value)))),
        JsonArray list when list.Count > 0 && list.All(item => (item as JsonObject)?.ContainsKey("name") is true) =>
            new JsonArray([.. list.OrderBy(item => item!.Text("name"), StringComparer.Ordinal).Select(Sorted)]),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    private static string WithoutHash(string name) => Hash().Replace(name, "");

    [GeneratedRegex(@"(?<=minibatch-(coordinator|worker))-[a-z0-9]{10}$")]
    private static partial Regex Hash();
}
