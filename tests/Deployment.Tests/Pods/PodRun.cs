using System.Text.Json.Nodes;
using MiniBatch.Deployment.Tests.Manifests;
using MiniBatch.Shared.Datasets;

namespace MiniBatch.Deployment.Tests.Pods;

/// <summary>A run in the pods of an overlay: which pods there are is the test's business, as it is a controller's.</summary>
internal sealed class PodRun : IDisposable
{
    /// <summary>Far more than anything here takes, also on a loaded machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private const string Workload = "mnist-softmax";
    private const string Secret = "of the pods";

    private readonly RunContainer _coordinator;
    private readonly RunContainer _worker;
    private readonly PodNetwork _network = PodNetwork.Lay();
    private readonly string _datasets = Path.GetDirectoryName(DatasetLocator.FindOrFetch(DatasetCatalog.Mnist, null, _ => { }))!;
    private readonly List<PodProcess> _processes = [];
    private Pod? _volume;
    private int _pods;

    public PodRun(string overlay)
    {
        _coordinator = Rendered.Of(overlay).Container("coordinator");
        _worker = Rendered.Of(overlay).Container("worker");
    }

    /// <summary>The coordinator's grace period; a worker's is shorter.</summary>
    public TimeSpan GracePeriod => TimeSpan.FromSeconds(int.Parse(_coordinator.Workload.PodSpec!.Text("terminationGracePeriodSeconds")!));

    /// <summary>Where the coordinator is now.</summary>
    private string Address { get; set; } = "";

    /// <summary>Starts the coordinator, at a new address, on the volume of the one before.</summary>
    public PodProcess StartCoordinator()
    {
        var pod = Add(out var address);
        if (_volume is { } before) Tool.Run("/", "cp", "-a", before.Runs("."), pod.Runs("."));
        (_volume, Address) = (pod, address);
        pod.Knows(_coordinator["MINIBATCH_PUBLIC_HOST"], address);
        return Start(pod, _coordinator, [Workload], ("MINIBATCH_EPOCHS", "4"), ("MINIBATCH_BATCH", "20"), ("MINIBATCH_LIMIT_TEST", "1000"), ("MINIBATCH_EXPECT_WORKERS", "1"));
    }

    /// <summary>Starts a worker beside it.</summary>
    public PodProcess StartWorker()
    {
        var pod = Add(out var address);
        pod.Knows(_coordinator["MINIBATCH_PUBLIC_HOST"], Address);
        return Start(pod, _worker, _worker.Arguments, ("MINIBATCH_NAME", pod.Place), ("MINIBATCH_PUBLIC_HOST", address));
    }

    /// <summary>What the run left.</summary>
    public JsonNode Summary() => JsonNode.Parse(File.ReadAllText(_volume!.Runs($"{Path.GetFileName(_coordinator["MINIBATCH_RUN_DIR"])}/summary.json")))!;

    /// <summary>The hashes of the same run with one worker, whom nobody disturbs.</summary>
    public static (string, string) Undisturbed()
    {
        using var run = new PodRun("k8s/overlays/job");
        var coordinator = run.StartCoordinator();
        run.StartWorker();
        Assert.Equal(0, coordinator.WaitForExit(Limit));
        return HashesOf(run.Summary());
    }

    /// <summary>Of parameters, and of all state.</summary>
    public static (string, string) HashesOf(JsonNode summary) => (summary.Text("parametersSha256")!, summary.Text("stateSha256")!);

    public void Dispose()
    {
        _processes.ForEach(process => process.Dispose());
        _network.Dispose();
    }

    private Pod Add(out string address)
    {
        address = $"10.0.0.{++_pods}";
        return _network.Add($"pod{_pods}", address, Secret);
    }

    private PodProcess Start(Pod pod, RunContainer container, IEnumerable<string> arguments, params (string Name, string Value)[] others)
    {
        var environment = new Dictionary<string, string>(container.Environment) { ["DOTNET_EnableDiagnostics"] = "0" };
        foreach (var (name, value) in others) environment[name] = value;
        _processes.Add(pod.Start(container.Program, _datasets, environment, arguments));
        return _processes[^1];
    }
}
