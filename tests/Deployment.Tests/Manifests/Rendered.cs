using System.Collections.Concurrent;

namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>The objects of a kustomization, rendered as <c>kubectl apply -k</c> would send them.</summary>
internal sealed class Rendered
{
    private static readonly ConcurrentDictionary<string, Rendered> Known = [];

    private Rendered(IReadOnlyList<KubernetesObject> objects) => Objects = objects;

    /// <summary>Every kustomization that a person may apply, as a path from the repository's root.</summary>
    public static IEnumerable<string> All => Directory.GetDirectories(Repository.PathOf("k8s/overlays"))
        .Select(folder => Path.GetRelativePath(Repository.Root, folder)).Concat(["k8s/monitoring", "k8s/monitoring/dashboard", "k8s/volume"]).Order();

    public IReadOnlyList<KubernetesObject> Objects { get; }

    /// <summary>Those that start pods.</summary>
    public IEnumerable<KubernetesObject> Workloads => Objects.Where(found => found.PodSpec is not null);

    /// <summary>The containers that run one of our programs.</summary>
    public IEnumerable<RunContainer> Containers => Workloads.SelectMany(workload => workload.PodSpec!.List("containers")
        .Where(container => ProgramOf.Image(container.Text("image")!) is not null)
        .Select(container => new RunContainer(this, workload, container)));

    /// <summary>Renders one, once; skips the test where kubectl is missing.</summary>
    public static Rendered Of(string kustomization) => Known.GetOrAdd(kustomization, path =>
    {
        var (exitCode, output, error) = Tool.Run(Repository.Root, "kubectl", "kustomize", path);
        Assert.True(exitCode == 0, error);
        return new Rendered([.. Yaml.Documents(output).Select(document => new KubernetesObject(document))]);
    });

    public IEnumerable<KubernetesObject> OfKind(string kind) => Objects.Where(found => found.Kind == kind);

    public KubernetesObject? Find(string kind, string name) => Objects.FirstOrDefault(found => found.Kind == kind && found.Name == name);

    /// <summary>The container of a component.</summary>
    public RunContainer Container(string name) => Containers.Single(container => container.Name == name);
}
