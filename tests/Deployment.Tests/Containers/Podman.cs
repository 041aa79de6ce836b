using MiniBatch.Deployment.Tests.Images;

namespace MiniBatch.Deployment.Tests.Containers;

/// <summary>
/// podman, with runc. Images are built on a base of this machine's making, Debian by debootstrap with the .NET that runs here:
/// Microsoft's can't be had everywhere.
/// </summary>
internal sealed class Podman : IDisposable
{
    private const string Base = "localhost/minibatch-test/aspnet";

    private readonly TemporaryFolder _folder = new();
    private readonly string _runtime;

    /// <summary>Skips the test where there is no podman, no base can be made, or no container starts.</summary>
    public Podman()
    {
        _runtime = "runc";
        var (exitCode, _, error) = Tool.Run("/", "podman", "info");
        Skip.If(exitCode != 0, $"podman does not run here: {error}");
        MakeBase();
        if (Start("true").ExitCode == 0) return;
        _runtime = RuntimeWithoutLimits();
        (exitCode, _, error) = Start("true");
        Skip.If(exitCode != 0, $"no container starts here: {error}");
    }

    /// <summary>Runs a command of podman's.</summary>
    public (int ExitCode, string Output, string Error) Run(params string[] arguments) => Tool.Run("/", "podman", ["--runtime", _runtime, .. arguments]);

    /// <summary>The command that runs one, to be started by somebody else.</summary>
    public string[] Command(IEnumerable<string> arguments) => ["podman", "--runtime", _runtime, .. arguments];

    /// <summary>Builds a Dockerfile's image: its first stage without an engine, its last with podman on the local base.</summary>
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

    public void Dispose() => _folder.Dispose();

    private (int ExitCode, string Output, string Error) Start(string command) => Run("run", "--rm", "--network", "none", Base, command);

    private void MakeBase()
    {
        if (Run("image", "exists", Base).ExitCode == 0) return;
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
        (exitCode, _, error) = Tool.Run("/", "sh", "-c", $"tar -C {root} -c . | podman import - {Base}");
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
