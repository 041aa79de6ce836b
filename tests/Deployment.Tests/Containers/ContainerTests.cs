using System.Text.Json.Nodes;
using MiniBatch.Deployment.Tests.Manifests;
using MiniBatch.Deployment.Tests.Pods;
using MiniBatch.Shared.Datasets;
using Xunit.Abstractions;

namespace MiniBatch.Deployment.Tests.Containers;

/// <summary>
/// The images of coordinator and worker, and the cluster of docker/compose.yaml in containers of them: ./cluster test --group
/// Containers. The file is carried out service by service, on a network of this test; the datasets are this machine's.
/// </summary>
[Trait("Group", "Containers")]
public sealed class ContainerTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private static readonly JsonObject Compose = Yaml.Documents(Repository.Read("docker/compose.yaml")).Single();

    [Fact]
    public void A_last_stage_is_the_Dockerfiles_but_for_where_it_begins()
    {
        var stage = ContainerEngine.FinalStage(Repository.Read("docker/Coordinator.Dockerfile"));
        Assert.StartsWith("FROM localhost/", stage);
        Assert.Contains("\nCOPY app /app\n", stage);
        Assert.Contains("\nCOPY --chown=1654:1654 runs /runs\n", stage);
        Assert.Contains("\nUSER 1654:1654\n", stage);
        Assert.Single(stage.Split('\n'), line => line.StartsWith("FROM", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void The_compose_files_cluster_trains_in_containers_with_the_bits_of_a_run_without()
    {
        using var engine = new ContainerEngine();
        using var folder = new TemporaryFolder();
        foreach (var service in new[] { "coordinator", "worker" })
        {
            var size = engine.Build(Service(service).Text("build.dockerfile")!, ImageOf(service));
            output.WriteLine($"{service}: {size / 1_000_000} MB, base and all");
        }
        // As the file says: openssl rand -hex 32, readable for the containers' user.
        File.WriteAllText(folder.PathOf("secret"), Guid.NewGuid().ToString("N"));
        File.SetUnixFileMode(folder.PathOf("secret"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        var volume = $"minibatch-test-{Guid.NewGuid():N}";
        var datasets = Path.GetDirectoryName(DatasetLocator.FindOrFetch(DatasetCatalog.Mnist, null, _ => { }))!;
        var containers = new List<string>();
        try
        {
            PodProcess Start(string service, string mounted)
            {
                containers.Add($"{volume}-{containers.Count}");
                return new PodProcess(engine.Command(Arguments(service, containers[^1], engine.OnNetwork(service), folder.PathOf("secret"), mounted)));
            }
            using var coordinator = Start("coordinator", $"{volume}:/runs");
            var workers = Enumerable.Range(1, int.Parse(Service("worker").Text("scale")!)).Select(_ => Start("worker", $"{datasets}:/data:ro")).ToList();
            foreach (var process in workers.Prepend(coordinator)) Assert.True(process.WaitForExit(Limit) == 0, process.Said);

            var run = Path.GetFileName(Service("coordinator").Text("environment.MINIBATCH_RUN_DIR")!);
            var summary = JsonNode.Parse(engine.Read(volume, $"{run}/summary.json"))!;
            Assert.Equal(("completed", "2"), (summary.Text("outcome"), summary.Text("workers")));
            Assert.Equal(OnThisMachine(folder, datasets), PodRun.HashesOf(summary));
            workers.ForEach(process => process.Dispose());
        }
        finally
        {
            foreach (var container in containers) engine.Run("rm", "--force", container);   // one that is gone is told of, and no matter
            engine.Run("volume", "rm", "--force", volume);
            engine.Run("image", "rm", "--force", ImageOf("coordinator"), ImageOf("worker"));   // the base is kept for the next time
        }
    }

    /// <summary>What an engine is told of a service.</summary>
    private static string[] Arguments(string name, string container, string[] network, string secret, string mounted)
    {
        var service = Service(name);
        return
        [
            "run", "--rm", "--name", container, .. network,
            .. service.Text("read_only") == "true" ? new[] { "--read-only" } : [],
            .. service.Texts("tmpfs").SelectMany(path => new[] { "--tmpfs", path }),
            .. service.Texts("cap_drop").SelectMany(capability => new[] { "--cap-drop", capability }),
            .. service.Texts("security_opt").Select(option => option.Replace(":true", "", StringComparison.Ordinal)).SelectMany(option => new[] { "--security-opt", option }),
            .. service.Texts("secrets").SelectMany(known => new[] { "--volume", $"{secret}:/run/secrets/{known}:ro" }),
            .. service.Object("environment")!.SelectMany(variable => new[] { "--env", $"{variable.Key}={variable.Value}" }),
            "--volume", mounted, ImageOf(name), .. service.Texts("command"),
        ];
    }

    private static (string, string) OnThisMachine(TemporaryFolder folder, string datasets)
    {
        var service = Service("coordinator");
        var program = ProgramOf.Of("MiniBatch.Launcher.dll");
        var (exitCode, _, error) = Tool.Run(
            folder.Path, "dotnet", Path.Combine(program.Built, program.Assembly), "train", service.Texts("command").Single(), "--epochs", service.Text("environment.MINIBATCH_EPOCHS")!,
            "--workers", "1", "--data", datasets, "--run-dir", folder.PathOf("run"), "--report", "off");
        Assert.True(exitCode == 0, error);
        return PodRun.HashesOf(JsonNode.Parse(File.ReadAllText(folder.PathOf("run/summary.json")))!);
    }

    /// <summary>Not under the name that the file gives it: whoever has such an image keeps it.</summary>
    private static string ImageOf(string service) => $"localhost/minibatch-test/{service}";

    private static JsonObject Service(string name) => Compose.Object("services")!.Object(name)!;
}
