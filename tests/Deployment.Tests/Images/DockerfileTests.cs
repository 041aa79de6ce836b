using System.Text.RegularExpressions;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Datasets.Sources;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Deployment.Tests.Images;

/// <summary>What the Dockerfiles name is there: files, build properties, assemblies, options, ports. None is built here.</summary>
public partial class DockerfileTests
{
    /// <summary>Of a build's properties those that are MSBuild's and not ours.</summary>
    private static readonly string[] SdkProperties = ["DebugType", "UseAppHost"];

    public static TheoryData<string> Dockerfiles => [.. Dockerfile.All];

    public static TheoryData<string> Programs => [.. Dockerfile.All.Where(path => Dockerfile.At(path).Final.All("ENTRYPOINT").Any())];

    [Theory]
    [MemberData(nameof(Dockerfiles))]
    public void Every_base_has_a_full_version(string path)
    {
        var file = Dockerfile.At(path);
        var stages = file.Stages.Select(stage => stage.Name).ToHashSet();
        Assert.All(file.Stages.Where(stage => !stages.Contains(stage.Base)), stage => Assert.Matches(@":\d+\.\d+\.\d+", stage.Base));
    }

    [Fact]
    public void Every_image_has_the_same_bases()
    {
        // One version of .NET: what is restored for one is right for all.
        var versions = Dockerfile.All.SelectMany(path => Dockerfile.At(path).Stages).Select(stage => stage.Base)
            .Where(image => image.StartsWith("mcr.microsoft.com/dotnet/", StringComparison.Ordinal))
            .Select(image => image.Replace("-chiseled", "", StringComparison.Ordinal)).Distinct();
        Assert.Equal(2, versions.Count());
    }

    [Theory]
    [MemberData(nameof(Dockerfiles))]
    public void Every_file_that_is_copied_is_in_the_build_context(string path)
    {
        foreach (var copy in Dockerfile.At(path).Stages.SelectMany(stage => stage.All("COPY")).Where(copy => !copy.Options.ContainsKey("from")))
        {
            Assert.All(copy.Words[..^1], source =>
            {
                Assert.True(Path.Exists(Repository.PathOf(source)), $"there is no {source}");
                Assert.True(BuildContext.Has(source), $".dockerignore leaves {source} out");
            });
        }
    }

    [Theory]
    [MemberData(nameof(Dockerfiles))]
    public void An_image_is_for_the_processor_that_libtorch_is_for_wherever_it_is_built(string path) =>
        Assert.Equal("linux/amd64", Dockerfile.At(path).Final.Platform);

    [Theory]
    [MemberData(nameof(Programs))]
    public void Every_project_that_is_built_is_copied(string path)
    {
        var build = Dockerfile.At(path).Stages[0];
        var copied = build.All("COPY").SelectMany(copy => copy.Words[..^1]).ToList();
        var published = Publish().Match(string.Join('\n', build.All("RUN").Select(run => run.Text))).Groups["project"].Value;
        var needed = WithReferences(published).ToList();
        Assert.Equal(needed.Order(), copied.Where(source => source.StartsWith("src/", StringComparison.Ordinal) && !source.EndsWith(".csproj", StringComparison.Ordinal)).Order());
        // Where packages are restored first, it is from all the projects' files.
        if (build.All("RUN").First().Text.StartsWith("dotnet restore", StringComparison.Ordinal))
            Assert.All(needed, project => Assert.Contains(Path.GetRelativePath(Repository.Root, ProjectFile(project)), copied));
    }

    [Theory]
    [InlineData("src/Worker/bin/Release/net10.0/MiniBatch.Worker.dll")]
    [InlineData("src/Worker/obj/project.assets.json")]
    [InlineData("docker/secret")]
    [InlineData(".git/config")]
    [InlineData("runs/first/spec.json")]
    public void What_this_machine_has_made_is_no_part_of_an_image(string path) => Assert.False(BuildContext.Has(path));

    [Theory]
    [MemberData(nameof(Dockerfiles))]
    public void A_stage_copies_from_another_what_that_has_made(string path)
    {
        var file = Dockerfile.At(path);
        foreach (var copy in file.Final.All("COPY").Where(copy => copy.Options.ContainsKey("from")))
        {
            var from = file.Stages.Single(stage => stage.Name == copy.Options["from"]);
            var source = "/" + copy.Words[0].Trim('/').Split('/')[0];
            var made = file.With(from).ToList();
            Assert.True(
                made.SelectMany(stage => stage.All("RUN")).Any(run => Regex.IsMatch(run.Text, $@"(-o |mkdir |=){Regex.Escape(source)}(\s|$)"))
                || made.SelectMany(stage => stage.All("WORKDIR")).Any(folder => folder.Text.StartsWith(source + "/", StringComparison.Ordinal)), $"nobody makes {source}");
        }
    }

    [Theory]
    [MemberData(nameof(Dockerfiles))]
    public void Every_build_property_is_one(string path)
    {
        var properties = Repository.Read("Directory.Build.props") + Repository.Read("eng/Libtorch.targets");
        var runs = Dockerfile.At(path).Stages.SelectMany(stage => stage.All("RUN")).Where(run => run.Text.Contains("dotnet ", StringComparison.Ordinal)).ToList();
        foreach (Match property in runs.SelectMany(run => Properties().Matches(run.Text)))
        {
            var name = property.Groups["name"].Value;
            Assert.True(SdkProperties.Contains(name) || properties.Contains($"<{name} ", StringComparison.Ordinal), $"no build file knows {name}");
        }
    }

    [Theory]
    [InlineData("docker/Worker.Dockerfile", "cpu")]
    [InlineData("docker/Worker.cuda.Dockerfile", "cuda-linux")]
    public void A_workers_image_takes_its_libtorch_wherever_it_restores_or_builds(string path, string flavor)
    {
        var runs = Dockerfile.At(path).Stages.SelectMany(stage => stage.All("RUN")).Where(run => run.Text.StartsWith("dotnet ", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, runs.Count);
        Assert.All(runs, run => Assert.Contains($"-p:TorchFlavor={flavor}", run.Text));
        Assert.Contains($"'$(TorchFlavor)' == '{flavor}'", Repository.Read("eng/Libtorch.targets"));
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void An_image_starts_the_program_that_it_has_published(string path)
    {
        var file = Dockerfile.At(path);
        var project = Publish().Match(string.Join('\n', file.Stages.SelectMany(stage => stage.All("RUN")).Select(run => run.Text)));
        var program = ProgramOf.Image(file.Final.Labels["org.opencontainers.image.title"])!;
        Assert.Equal($"src/{program.Project}", project.Groups["project"].Value);
        Assert.True(File.Exists(Repository.PathOf($"{project.Groups["project"].Value}/{Path.GetFileNameWithoutExtension(program.Assembly)}.csproj")));
        var copied = file.Final.All("COPY").Single(copy => copy.Words[0] == project.Groups["output"].Value);
        Assert.Equal(["dotnet", $"{copied.Words[^1]}/{program.Assembly}"], file.Final.One("ENTRYPOINT").Words);
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void An_images_health_check_is_a_command_of_its_program(string path)
    {
        var final = Dockerfile.At(path).Final;
        var check = final.One("HEALTHCHECK");
        var entry = final.One("ENTRYPOINT").Words;
        var words = new Instruction("CMD", check.Options, check.Text["CMD ".Length..]).Words;
        Assert.Equal(entry, words[..entry.Length]);
        Assert.Equal(["health"], words[entry.Length..]);
        // Each starts a process: seldom, but while the node starts.
        Assert.Equal(("30s", "2s"), (check.Options["interval"], check.Options["start-interval"]));
        Assert.Equal([], ProgramOf.Of(Path.GetFileName(entry[1])).Problems(words[entry.Length..], OwnVariables(final, "MINIBATCH_HTTP_PORT")));
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Every_variable_of_an_image_is_an_option_of_its_program(string path)
    {
        var final = Dockerfile.At(path).Final;
        Assert.Equal([], ProgramOf.Of(Path.GetFileName(final.One("ENTRYPOINT").Words[1])).Problems([], final.Environment));
    }

    /// <summary>
    /// The device plugin says which GPUs a pod has. A pod that asks for none would have all that the image names; and, of an image with
    /// CUDA_VERSION and nothing required, all that there are (NVIDIA/nvidia-container-toolkit, internal/config/image).
    /// </summary>
    [Theory]
    [MemberData(nameof(Dockerfiles))]
    public void An_image_names_no_GPUs(string path) =>
        Assert.Empty(Dockerfile.At(path).Final.Environment.Keys.Intersect(["NVIDIA_VISIBLE_DEVICES", "CUDA_VERSION"]));

    [Theory]
    [MemberData(nameof(Dockerfiles))]
    public void An_image_is_run_by_the_user_that_the_manifests_name(string path) =>
        Assert.Equal(["1654:1654"], Dockerfile.At(path).Final.All("USER").Select(user => user.Text));

    [Theory]
    [MemberData(nameof(Dockerfiles))]
    public void An_image_says_what_it_is_and_how_it_is_built(string path)
    {
        var file = Dockerfile.At(path);
        var labels = file.Final.Labels;
        Assert.Equal(ProgramVersion.Current, labels["org.opencontainers.image.version"]);
        Assert.Contains($"docker build -f {path} -t {labels["org.opencontainers.image.title"]}:{ProgramVersion.Current} .", file.Text);
    }

    [Fact]
    public void The_image_of_the_datasets_fetches_each_by_itself_and_holds_it_to_a_hash()
    {
        var file = Dockerfile.At("docker/Data.Dockerfile");
        foreach (var dataset in DatasetCatalog.All)
        {
            var stage = file.Stages.Single(stage => stage.Name == dataset.Name);
            Assert.Equal($"/datasets/{dataset.Name}", stage.One("WORKDIR").Text);   // as a worker finds it: in a folder of its name
            Assert.Empty(stage.All("COPY"));   // of what changes here nothing is fetched anew
            var mirror = DatasetSources.Of(dataset)[0].Name;
            Assert.Equal(
                dataset.Files.Select(named => (mirror, named.Name + ".gz")).Order(),
                stage.All("ADD").Select(add => new Uri(add.Words[0])).Select(url => (url.Host, url.Segments[^1])).Order());
            Assert.All(stage.All("ADD"), add => Assert.Matches("^sha256:[0-9a-f]{64}$", add.Options["checksum"]));
        }
        // One is enough unless more are asked for: what a mirror that is away has, nobody else waits for.
        var chosen = file.Stages.Single(stage => stage.Name == "chosen");
        Assert.Equal(DatasetCatalog.Mnist.Name, chosen.Base);
        Assert.Equal(["chosen", "mnist"], file.With(chosen).Select(stage => stage.Name));
    }

    /// <summary>A project's folder and those that it refers to, and so on.</summary>
    private static IEnumerable<string> WithReferences(string project) => References().Matches(File.ReadAllText(ProjectFile(project)))
        .SelectMany(match => WithReferences(Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.PathOf(project), match.Groups["folder"].Value)))))
        .Append(project).Distinct();

    private static string ProjectFile(string project) => Directory.GetFiles(Repository.PathOf(project), "*.csproj").Single();

    private static Dictionary<string, string> OwnVariables(Stage stage, params string[] names) =>
        stage.Environment.Where(variable => names.Contains(variable.Key)).ToDictionary();

    [GeneratedRegex(@"-p:(?<name>\w+)=")]
    private static partial Regex Properties();

    [GeneratedRegex(@"<ProjectReference Include=""(?<folder>[^""]*)/[^""/]*""")]
    private static partial Regex References();

    [GeneratedRegex(@"dotnet publish (?<project>src/\w+) .*-o (?<output>/\w+)")]
    private static partial Regex Publish();
}
