using System.Text.Json.Nodes;

namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>
/// Kubernetes' own schemas, and those of Prometheus' operator, as the npm packages below have them; fetched into the user's cache, once.
/// </summary>
internal static class Schemas
{
    /// <summary>kubernetes-models 5.1.0 has what Kubernetes 1.34 has.</summary>
    private static readonly string[] Packages = ["kubernetes-models@5.1.0", "@kubernetes-models/prometheus-operator@6.0.0", "typescript@5.9.3"];

    private static readonly Lock Fetching = new();

    /// <summary>What is wrong with objects, a line each; skips the test where npm or node is missing or fetches nothing.</summary>
    public static IReadOnlyList<string> Problems(IEnumerable<KubernetesObject> objects)
    {
        var folder = Fetched();
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

    private static string Fetched()
    {
        var folder = Path.Combine(CacheRoot(), "kubernetes-schemas", string.Join('+', Packages).Replace('/', '-'));
        lock (Fetching)
        {
            if (File.Exists(Path.Combine(folder, "whole"))) return folder;
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "package.json"), """{ "private": true, "type": "module" }""");
            var (exitCode, _, error) = Tool.Run(folder, "npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", .. Packages]);
            Skip.If(exitCode != 0, $"npm did not fetch {string.Join(" and ", Packages)}: {error}");
            File.WriteAllText(Path.Combine(folder, "whole"), "");
            return folder;
        }
    }

    private static string CacheRoot()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        return Path.Combine(
            Path.IsPathRooted(cache) ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "minibatch");
    }
}
