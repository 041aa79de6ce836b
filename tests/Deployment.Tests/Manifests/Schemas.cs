using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>
/// Kubernetes' own schemas, and those of KEDA, Prometheus' operator and cert-manager, as the npm packages below have them; fetched into the user's cache, once.
/// </summary>
internal static class Schemas
{
    /// <summary>kubernetes-models 5.1.0 has what Kubernetes 1.34 has.</summary>
    private static readonly string[] Packages = ["kubernetes-models@5.1.0", "@kubernetes-models/keda@2.0.0", "@kubernetes-models/prometheus-operator@6.0.0", "@kubernetes-models/cert-manager@6.0.0", "typescript@5.9.3"];

    private static readonly Lock Asking = new();
    private static Process? _checker;   // ends with this process, which holds its input

    /// <summary>Whether there is a schema for an object; for the others see <see cref="CustomKinds"/>.</summary>
    public static bool Knows(KubernetesObject found) => !CustomKinds.Groups.Contains(found.Text("apiVersion")!.Split('/')[0]);

    /// <summary>What is wrong with objects, a line each; skips the test where npm or node is missing or fetches nothing.</summary>
    public static IReadOnlyList<string> Problems(IEnumerable<KubernetesObject> objects)
    {
        var list = new JsonArray([.. objects.Select(found => found.Json.DeepClone())]).ToJsonString();
        var folder = NpmPackages.Fetched("kubernetes-schemas", Packages);
        lock (Asking)
        {
            _checker ??= Start(folder);
            _checker.StandardInput.WriteLine(list);
            _checker.StandardInput.Flush();
            return JsonSerializer.Deserialize<string[]>(_checker.StandardOutput.ReadLine() ?? throw new InvalidOperationException("node has ended; what it said is in the test's own error output"))!;
        }
    }

    private static Process Start(string folder)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "Manifests", "schemas.mjs")])
            {
                WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true,
            })!;
        }
        catch (Win32Exception)
        {
            Skip.If(true, "node is not installed");
            throw;
        }
    }
}
