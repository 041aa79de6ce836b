using MiniBatch.Deployment.Tests.Images;
using MiniBatch.Deployment.Tests.Pods;

namespace MiniBatch.Deployment.Tests.Containers;

/// <summary>
/// podman with runc, or docker where there is no podman. Images are built on a base of this machine's making, Debian by debootstrap with
/// the .NET that runs here: Microsoft's can't be had everywhere.
/// </summary>
/// <remarks>
/// A container of podman's joins a network namespace of the test's, which needs none of the engine's networks; docker joins none that it has
/// not made, and has a network with names made for the test.
/// </remarks>
internal sealed class ContainerEngine : IDisposable
{
    private const string Base = "localhost/minibatch-test/aspnet";
    private const string CoordinatorAddress = "10.0.0.1";

    private static readonly string Program = !Tool.IsInstalled("podman") && Tool.IsInstalled("docker") ? "docker" : "podman";

    private readonly TemporaryFolder _folder = new();
    private readonly string _network = $"minibatch-test-{Guid.NewGuid():N}";
    private readonly PodNetwork? _namespaces;
    private readonly string[] _options = [];
    private int _containers;

    /// <summary>Skips the test where there is no engine, no base can be made, no container starts, or no network can be laid.</summary>
    public ContainerEngine()
    {
        var (exitCode, _, error) = Tool.Run("/", Program, "info");
        Skip.If(exitCode != 0, $"{Program} does not run here: {error}");
        if (Program == "podman") _options = ["--runtime", "runc"];
        MakeBase();
        (exitCode, _, error) = Start("true");
        if (exitCode != 0 && Program == "podman")
        {
            _options = ["--runtime", RuntimeWithoutLimits()];
            (exitCode, _, error) = Start("true");
        }
        Skip.If(exitCode != 0, $"no container starts here: {error}");
        if (Program == "podman") _namespaces = PodNetwork.Lay();
        else (exitCode, _, error) = Run("network", "create", "--internal", _network);
        Skip.If(exitCode != 0, $"no network can be made here: {error}");
    }

    /// <summary>Runs a command of the engine's.</summary>
    public (int ExitCode, string Output, string Error) Run(params string[] arguments) => Tool.Run("/", Program, [.. _options, .. arguments]);

    /// <summary>The command that runs one, to be started by somebody else.</summary>
    public string[] Command(IEnumerable<string> arguments) => [Program, .. _options, .. arguments];

    /// <summary>What a container is told to be on the test's network, where the coordinator, which is the first, has its service's name.</summary>
    public string[] OnNetwork(string service)
    {
        if (_namespaces is null) return ["--network", _network, "--network-alias", service];
        _containers++;
        var pod = _namespaces.Add($"box{_containers}", $"10.0.0.{_containers}", "");
        return ["--network", $"ns:/var/run/netns/{pod.Place}", "--add-host", $"coordinator:{CoordinatorAddress}"];
    }

    /// <summary>A file of a volume of the engine's.</summary>
    public string Read(string volume, string path)
    {
        var (exitCode, output, error) = Run("run", "--rm", "--network", "none", "--volume", $"{volume}:/volume:ro", Base, "cat", $"/volume/{path}");
        Assert.True(exitCode == 0, error);
        return output;
    }

    /// <summary>Builds a Dockerfile's image: its first stage without an engine, its last with the engine on the local base.</summary>
    /// <returns>Its size in bytes, base and all.</returns>
    public long Build(string dockerfile, string tag)
    {
        using var build = new ImageBuild();
        build.Build(dockerfile);
        Directory.CreateDirectory(build.PathOf("/runs"));
        File.WriteAllText(build.PathOf("/Dockerfile"), FinalStage(Repository.Read(dockerfile)));
        var (exitCode, output, error) = Run("build", "--tag", tag, build.Root);
        Assert.True(exitCode == 0, output + error);
        return long.Parse(Run("image", "inspect", "--format", "{{.Size}}", tag).Output);
    }

    /// <summary>A Dockerfile's last stage, on the local base, with what the stage before has made beside it.</summary>
    public static string FinalStage(string dockerfile)
    {
        var lines = dockerfile[dockerfile.LastIndexOf("\nFROM ", StringComparison.Ordinal)..].TrimStart().Split('\n');
        lines[0] = $"FROM {Base}";
        return string.Join('\n', lines)
            .Replace("COPY --from=build --chown=1654:1654 /", "COPY --chown=1654:1654 ", StringComparison.Ordinal)
            .Replace("COPY --from=build /", "COPY ", StringComparison.Ordinal)
            // Podman before 5 does not know it.
            .Replace(" --start-interval=2s", "", StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _namespaces?.Dispose();
        if (_namespaces is null) Run("network", "rm", _network);
        _folder.Dispose();
    }

    private (int ExitCode, string Output, string Error) Start(string command) => Run("run", "--rm", "--network", "none", Base, command);

    private void MakeBase()
    {
        if (Run("image", "inspect", Base).ExitCode == 0) return;
        var root = _folder.PathOf("base");
        var (exitCode, _, error) = Tool.Run("/", "debootstrap", "--variant=minbase", "--include=libstdc++6", "trixie", root);
        Skip.If(exitCode != 0, $"debootstrap made no base: {error}");
        var dotnet = Path.GetDirectoryName(Tool.Run("/", "sh", "-c", "readlink -f \"$(command -v dotnet)\"").Output.Trim())!;
        foreach (var part in new[] { "dotnet", "host", "shared/Microsoft.NETCore.App", "shared/Microsoft.AspNetCore.App" })
        {
            var to = Path.Combine(root, "usr/share/dotnet", part);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            Assert.Equal(0, Tool.Run("/", "cp", "-a", Path.Combine(dotnet, part), to).ExitCode);
        }
        File.CreateSymbolicLink(Path.Combine(root, "usr/bin/dotnet"), "/usr/share/dotnet/dotnet");
        (exitCode, _, error) = Tool.Run("/", "sh", "-c", $"tar -C {root} -c . | {Program} import - {Base}");
        Assert.True(exitCode == 0, error);
    }

    /// <summary>runc raises limits, which not every sandbox allows: this one leaves them as they are.</summary>
    private string RuntimeWithoutLimits()
    {
        var path = _folder.Write("runc-without-limits", """
            #!/bin/sh
            bundle= previous=
            for word in "$@"; do
                case $previous in --bundle | -b) bundle=$word ;; esac
                previous=$word
            done
            [ -z "$bundle" ] || sed -i 's/"rlimits":\[[^]]*\]/"rlimits":[]/' "$bundle/config.json"
            exec runc "$@"

            """);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
