using System.Text.Json.Nodes;
using MiniBatch.Deployment.Tests.Manifests;

namespace MiniBatch.Deployment.Tests.Images;

/// <summary>What docker/compose.yaml names is there, and its services fit together.</summary>
public class ComposeTests
{
    private static readonly JsonObject Compose = Yaml.Documents(Repository.Read("docker/compose.yaml")).Single();

    public static TheoryData<string> Services => [.. Compose.Object("services")!.Select(service => service.Key)];

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_service_is_built_from_a_Dockerfile_that_makes_its_image(string service)
    {
        Assert.Equal("..", Service(service).Text("build.context"));
        Assert.Equal(ProgramOf.NameOf(Service(service).Text("image")!), ImageOf(service).Labels["org.opencontainers.image.title"]);
    }

    [Theory]
    [InlineData("coordinator")]
    [InlineData("worker")]
    public void Every_option_is_one_of_the_program_and_its_value_parses(string service)
    {
        var environment = new Dictionary<string, string>(ImageOf(service).Environment);
        foreach (var (name, value) in Service(service).Object("environment")!) environment[name] = value!.ToString();
        var program = ProgramOf.Image(Service(service).Text("image")!)!;
        Assert.Equal([], program.Problems([.. Service(service).Texts("command")], environment));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_service_is_confined(string service)
    {
        Assert.Equal("true", Service(service).Text("read_only"));
        Assert.Equal(["ALL"], Service(service).Texts("cap_drop"));
        Assert.Equal(["no-new-privileges:true"], Service(service).Texts("security_opt"));
        Assert.Null(Service(service)["privileged"]);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_volume_and_secret_is_declared(string service)
    {
        Assert.All(Service(service).Texts("volumes"), volume => Assert.True(Compose.Object("volumes")!.ContainsKey(volume.Split(':')[0])));
        Assert.All(Service(service).Texts("secrets"), secret => Assert.NotNull(Compose.Object("secrets")![secret]));
        if (Service(service).At("environment") is { } environment)
            Assert.Equal(Service(service).Texts("secrets").Select(secret => $"/run/secrets/{secret}"), [environment.Text("MINIBATCH_SECRET_FILE")!]);
        Assert.All((Service(service).Object("depends_on") ?? []).Select(other => other.Key), other => Assert.NotNull(Compose.Object("services")![other]));
    }

    [Fact]
    public void Workers_join_the_coordinator_by_its_services_name_at_its_port()
    {
        var coordinator = Service("coordinator").Object("environment")!;
        Assert.Equal("coordinator", coordinator["MINIBATCH_PUBLIC_HOST"]!.ToString());
        Assert.Equal($"coordinator:{coordinator["MINIBATCH_PORT"]}", Service("worker").Text("environment.MINIBATCH_JOIN"));
    }

    [Fact]
    public void The_datasets_come_to_where_workers_look_before_they_start()
    {
        var worker = Service("worker");
        Assert.Equal("service_completed_successfully", worker.Text("depends_on.data.condition"));
        var brought = Service("data").Texts("volumes").Single().Split(':');
        Assert.Equal($"{brought[1]}/", ImageOf("data").One("CMD").Words[^1]);
        Assert.Contains($"{brought[0]}:{worker.Text("environment.MINIBATCH_DATA")}:ro", worker.Texts("volumes"));
    }

    [Fact]
    public void There_are_two_workers_whoever_reads_the_file() => Assert.Equal("2", Service("worker").Text("scale"));

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_service_is_for_the_processor_that_libtorch_is_for(string service) => Assert.Equal("linux/amd64", Service(service).Text("platform"));

    /// <summary>Compose mounts the file as it is: another user's.</summary>
    [SkippableFact]
    public void The_secret_is_made_so_that_the_containers_user_can_read_it()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.PathOf("docker"));
        var command = Repository.Read("docker/compose.yaml").Split('\n').Single(line => line.Contains("> docker/secret", StringComparison.Ordinal)).TrimStart('#').Trim();
        Assert.Contains($"\n{command}\n", Repository.Read("docs/OPERATIONS.md"));
        var (exitCode, _, error) = Tool.Run(folder.Path, "bash", "-c", $"umask 077; {command}");
        Assert.True(exitCode == 0, error);
        Assert.True(File.GetUnixFileMode(folder.PathOf("docker/secret")).HasFlag(UnixFileMode.OtherRead));
    }

    [Fact]
    public void The_file_with_the_secret_is_not_committed() => Assert.Contains("/docker/secret\n", Repository.Read(".gitignore"));

    private static JsonObject Service(string name) => Compose.Object("services")!.Object(name)!;

    private static Stage ImageOf(string service) => Dockerfile.At(Service(service).Text("build.dockerfile")!).Final;
}
