using System.Collections.Concurrent;

namespace MiniBatch.Deployment.Tests.Manifests;

/// <summary>The objects of a kustomization, rendered as <c>kubectl apply -k</c> would send them.</summary>
internal sealed class Rendered
{
    private static readonly ConcurrentDictionary<string, Rendered> Known = [];

    private Rendered(IReadOnlyList<KubernetesObject> objects) => Objects = objects;

    /// <summary>Every kustomization that a person may apply, as a path from the repository's root.</summary>
    public static IEnumerable<string> All => Directory.GetDirectories(Repository.PathOf("k8s/overlays"))
        .Select(folder => Path.GetRelativePath(Repository.Root, folder)).Concat(["k8s/kueue", "k8s/monitoring", "k8s/monitoring/dashboard", "k8s/namespace", "k8s/runs", "k8s/volume"]).Order();

    public IReadOnlyList<KubernetesObject> Objects { get; }

    /// <summary>Those that start pods, and the Jobs that others make.</summary>
    public IEnumerable<KubernetesObject> Workloads => Objects.SelectMany(found => found.Jobs.Prepend(found)).Where(found => found.PodSpec is not null);

    /// <summary>The containers that run one of our programs.</summary>
    public IEnumerable<RunContainer> Containers => Workloads.SelectMany(workload => workload.PodSpec!.List("containers")
        .Where(container => ProgramOf.Image(container.Text("image")!) is not null)
        .Select(container => new RunContainer(this, workload, container)));

    /// <summary>Renders one, once; skips the test where kubectl is missing.</summary>
    public static Rendered Of(string kustomization) => Known.GetOrAdd(kustomization, path =>
    {
        var (exitCode, output, error) = Tool.Run(Repository.Root, "kubectl", "kustomize", path);
        Assert.True(exitCode == 0, error);
        return From(output);
    });

    /// <summary>An overlay with the component gpu, and the image for it, as the component says.</summary>
    public static Rendered OnGpus(string overlay) => With("gpu", $"k8s/overlays/{overlay}", """
        images:
          - name: registry.example.com/minibatch-worker
            newName: registry.example.com/minibatch-worker-cuda

        """);

    /// <summary>An overlay with a component of k8s/components.</summary>
    /// <param name="component">Its name.</param>
    /// <param name="overlay">From the repository's root.</param>
    /// <param name="more">What a kustomization around both says besides.</param>
    public static Rendered With(string component, string overlay, string more = "") => Known.GetOrAdd($"{overlay} with {component} {more}", _ =>
    {
        using var folder = new TemporaryFolder();
        string Relative(string path) => Path.GetRelativePath(folder.Path, Repository.PathOf(path));
        folder.Write("kustomization.yaml", $"resources: [{Relative(overlay)}]\ncomponents: [{Relative($"k8s/components/{component}")}]\n{more}");
        var (exitCode, output, error) = Tool.Run(folder.Path, "kubectl", "kustomize", ".");
        Assert.True(exitCode == 0, error);
        return From(output);
    });

    /// <summary>Objects as they were rendered by somebody.</summary>
    public static Rendered From(string yaml) => new([.. Yaml.Documents(yaml).Select(document => new KubernetesObject(document))]);

    public IEnumerable<KubernetesObject> OfKind(string kind) => Objects.Where(found => found.Kind == kind);

    public KubernetesObject? Find(string kind, string name) => Objects.FirstOrDefault(found => found.Kind == kind && found.Name == name);

    /// <summary>The container of a component.</summary>
    public RunContainer Container(string component) => Containers.Single(container => container.Component == component);
}
