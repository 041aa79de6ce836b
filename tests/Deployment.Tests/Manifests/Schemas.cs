using System.Text.Json.Nodes;

namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>
/// Kubernetes' own schemas, and those of KEDA, Prometheus' operator and cert-manager, as the npm packages below have them; fetched into the user's cache, once.
/// </summary>
internal static class Schemas
{
    /// <summary>kubernetes-models 5.1.0 has what Kubernetes 1.34 has.</summary>
    private static readonly string[] Packages = ["kubernetes-models@5.1.0", "@kubernetes-models/keda@2.0.0", "@kubernetes-models/prometheus-operator@6.0.0", "@kubernetes-models/cert-manager@6.0.0", "typescript@5.9.3"];

    /// <summary>Whether there is a schema for an object; for the others see <see cref="CustomKinds"/>.</summary>
    public static bool Knows(KubernetesObject found) => !CustomKinds.Groups.Contains(found.Text("apiVersion")!.Split('/')[0]);

    /// <summary>What is wrong with objects, a line each; skips the test where npm or node is missing or fetches nothing.</summary>
    public static IReadOnlyList<string> Problems(IEnumerable<KubernetesObject> objects)
    {
        var folder = NpmPackages.Fetched("kubernetes-schemas", Packages);
        var list = Path.Combine(folder, $"objects-{Guid.NewGuid():n}.json");
        File.WriteAllText(list, new JsonArray([.. objects.Select(found => found.Json.DeepClone())]).ToJsonString());
        try
        {
            var (exitCode, output, error) = Tool.Run(folder, "node", Path.Combine(AppContext.BaseDirectory, "Manifests", "schemas.mjs"), list);
            Assert.True(exitCode == 0, error);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            File.Delete(list);
        }
    }
}
