namespace MiniBatch.Deployment.Tests.Setup;

/// <summary>
/// ./cluster in a folder that looks like a clone just made, on a machine that is ours to describe: of the programs that the script
/// calls, uname, ldd and dotnet say what a test has them say, and there are no others than those named here.
/// </summary>
internal sealed class Checkout : IDisposable
{
    /// <summary>What a program that is started exits with, after it has written what it was given.</summary>
    public const int ExitCodeOfPrograms = 3;

    public static readonly string[] Programs = ["Coordinator", "Launcher", "Worker"];

    private static readonly string[] Tools =
    [
        "basename", "bash", "cat", "cksum", "cut", "dirname", "env", "find", "flock", "grep", "head", "mkdir", "mv", "paste", "readlink", "rm",
        "sed", "sort", "tail", "touch",
    ];

    /// <summary>With a space, as people have folders.</summary>
    private const string Clone = "mini batch";

    private readonly TemporaryFolder _machine = new();

    public Checkout()
    {
        Directory.CreateDirectory(PathOf(""));
        File.Copy(Repository.PathOf("cluster"), PathOf("cluster"));
        foreach (var file in (string[])["Cluster.sln", "Directory.Build.props", "eng/Libtorch.targets", "tests/Worker.Tests/WorkerTests.cs", .. Programs.Select(SourceOf)])
            _machine.Write($"{Clone}/{file}", "");
        foreach (var tool in Tools) Link(tool);
        Says("uname", "Linux x86_64");
        Says("ldd", "ldd (Debian GLIBC 2.36-9+deb12u13) 2.36");
        DotnetSays("10.0.401");
        BuildSucceeds();
        // Every call is noted. What it says to two of them is in scripts of their own.
        Script("bin/dotnet", $"""
            echo "$*" >>'{_machine.PathOf("calls")}'
            echo "$HOME" >'{_machine.PathOf("home-of-dotnet")}'
            case $1 in
                --version | build) . '{_machine.Path}'/"$1" ;;
                *) printf '<%s> ' "$@"; exit {ExitCodeOfPrograms} ;;
            esac
            """);
        Directory.CreateDirectory(Home);
    }

    public string Home => _machine.PathOf("home");

    /// <summary>The home folder that dotnet was last called with.</summary>
    public string HomeOfDotnet => File.ReadAllText(_machine.PathOf("home-of-dotnet")).TrimEnd();

    public string Stamp => PathOf("artifacts/everything.stamp");

    public string Libtorch => PathOf("src/Launcher/bin/Release/net10.0/libtorch_cpu.so");

    /// <summary>How often a build was started.</summary>
    public int Builds => BuildTargets.Length;

    /// <summary>What was built, in turn.</summary>
    public string[] BuildTargets => File.Exists(_machine.PathOf("calls"))
        ? [.. File.ReadLines(_machine.PathOf("calls")).Select(call => call.Split(' ')).Where(words => words[0] == "build").Select(words => words[1])]
        : [];

    public string PathOf(string file) => Path.Combine(_machine.PathOf(Clone), file);

    public string ProgramOf(string name) => PathOf($"src/Launcher/bin/Release/net10.0/MiniBatch.{name}.dll");

    public static string SourceOf(string name) => $"src/{name}/Program.cs";

    /// <summary>What a program says, whatever it is asked: to standard error where it fails.</summary>
    public void Says(string program, string words, int exitCode = 0) => Script($"bin/{program}", Saying(words, exitCode, exitCode == 0 ? 1 : 2));

    public void HasNo(string program) => File.Delete(_machine.PathOf($"bin/{program}"));

    /// <summary>What dotnet --version says.</summary>
    public void DotnetSays(string words, int exitCode = 0) => Script("--version", Saying(words, exitCode, exitCode == 0 ? 1 : 2));

    /// <summary>What dotnet build says, to standard output.</summary>
    public void BuildFails(string words, int exitCode = 1) => Script("build", Saying(words, exitCode, stream: 1));

    public void BuildSucceeds() => Script("build", Built);

    /// <summary>A build that has begun goes on when another call has found the lock taken.</summary>
    public void BuildSucceedsOnceAnotherCallWaits()
    {
        var pipe = _machine.PathOf("waiting");
        Assert.Equal(0, Tool.Run("/", "mkfifo", pipe).ExitCode);
        File.Move(_machine.PathOf("bin/flock"), _machine.PathOf("bin/real-flock"));
        Script("bin/flock", $"real-flock \"$@\" || {{ echo waiting >'{pipe}'; exit 1; }}");
        Script("build", $"read -r -t 30 <>'{pipe}'\n{Built}");
    }

    public Said Run(params string[] arguments) => RunBy("./cluster", arguments);

    /// <summary>Runs the script by another path.</summary>
    public Said RunBy(string script, params string[] arguments) => Run(script, Home, [], arguments);

    public Said RunWith(string variable, params string[] arguments) => Run("./cluster", Home, [variable], arguments);

    public Said RunAt(string home, params string[] arguments) => Run("./cluster", home, [], arguments);

    /// <summary>Runs it where so few files can be open at a time.</summary>
    public Said RunWithOpenFiles(int limit, params string[] arguments)
    {
        Script("limited", $"ulimit -n {limit}\nexec ./cluster \"$@\"");
        return RunBy(_machine.PathOf("limited"), arguments);
    }

    public void Dispose() => _machine.Dispose();

    private static string Built { get; } = $$"""
        mkdir -p src/Launcher/bin/Release/net10.0
        for program in {{string.Join(' ', Programs)}}; do
            echo built >"src/Launcher/bin/Release/net10.0/MiniBatch.$program.dll"
        done
        rm -f src/Launcher/bin/Release/net10.0/libtorch_cpu.so
        echo linked >src/Launcher/bin/Release/net10.0/libtorch_cpu.so
        """;

    // Nothing of this process's surroundings is seen by the script.
    private Said Run(string script, string home, string[] variables, string[] arguments)
    {
        var (exitCode, output, error) = Tool.Run(
            PathOf(""), "env", ["-i", $"PATH={_machine.PathOf("bin")}", $"HOME={home}", .. variables, script, .. arguments]);
        return new Said(exitCode, output, error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Saying(string words, int exitCode, int stream) => $"""
        cat >&{stream} <<'WORDS'
        {words}
        WORDS
        exit {exitCode}
        """;

    private void Script(string name, string text)
    {
        var path = _machine.Write(name, $"#!/usr/bin/env bash\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void Link(string tool)
    {
        var folders = Environment.GetEnvironmentVariable("PATH")!.Split(':');
        var found = folders.Select(folder => Path.Combine(folder, tool)).First(File.Exists);
        Directory.CreateDirectory(_machine.PathOf("bin"));
        File.CreateSymbolicLink(_machine.PathOf($"bin/{tool}"), found);
    }
}

/// <summary>What ./cluster did.</summary>
/// <param name="Errors">The lines that it wrote to standard error.</param>
internal sealed record Said(int ExitCode, string Output, string[] Errors);
