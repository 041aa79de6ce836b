using MiniBatch.Launcher.LocalRun;
using MiniBatch.Launcher.Supervision;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Tests;

/// <summary>The supervisor over real processes: shell scripts that stand in for coordinator and worker.</summary>
public sealed class SupervisorTests : IDisposable
{
    /// <summary>Runs until its standard input ends or a signal comes, as every supervised program does.</summary>
    private const string UntilTold = "exec cat";

    private readonly string _folder = Directory.CreateTempSubdirectory("minibatch supervisor ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_ends_with_the_coordinators_exit_code_and_leaves_no_worker()
    {
        var exitCode = Run(coordinator: Told + "exit 3", worker: Tell("$$") + UntilTold);

        Assert.Equal(3, exitCode);
        Assert.False(Directory.Exists($"/proc/{Heard("worker-1")}"));
    }

    [Fact]
    public void Worker_that_ignores_sigterm_is_killed()
    {
        var exitCode = Run(coordinator: Told, worker: "trap '' TERM\n" + Tell("$$") + "while :; do read -r line; done");

        Assert.Equal(0, exitCode);
        Assert.False(Directory.Exists($"/proc/{Heard("worker-1")}"));
    }

    [Fact]
    public void Killed_worker_comes_back()
    {
        var exitCode = Run(
            coordinator: Told,
            worker: "if [ ! -e \"$folder/died\" ]; then touch \"$folder/died\"; kill -9 $$; fi\n" + Tell("again") + UntilTold);

        Assert.Equal(0, exitCode);
        Assert.Equal("again", Heard("worker-1"));
    }

    [Fact]
    public void Worker_that_can_never_start_ends_the_run_with_1()
    {
        var exitCode = Run(coordinator: UntilTold, worker: "echo x >> \"$folder/starts\"; echo 'minibatch: no libtorch' >&2; exit 1");

        Assert.Equal(1, exitCode);
        Assert.Equal(SupervisorOptions.Default.QuickFailuresMax, File.ReadAllLines(Path.Combine(_folder, "starts")).Length);
    }

    [Fact]
    public void Killed_coordinator_ends_the_run_with_1()
    {
        Assert.Equal(1, Run(coordinator: Told + "kill -9 $$", worker: Tell("here") + UntilTold));
    }

    [Fact]
    public void Program_that_cannot_be_started_is_a_users_error()
    {
        var error = Assert.Throws<UserErrorException>(() => new Supervisor(Cluster("/no/such/dotnet"), Hasty).Run());

        Assert.StartsWith("coordinator can't be started: /no/such/dotnet", error.Message);
    }

    private static readonly SupervisorOptions Hasty = new()
    {
        FirstBackOff = TimeSpan.FromMilliseconds(1),
        WorkersEndLimit = TimeSpan.FromMilliseconds(1),
        TerminateLimit = TimeSpan.FromMilliseconds(100),
        CoordinatorFirst = TimeSpan.FromMilliseconds(1),
        StopLimit = TimeSpan.FromSeconds(1),
    };

    /// <summary>A script's line that writes a word where <see cref="Told"/> waits for it.</summary>
    private static string Tell(string word) => $"echo {word} > \"$folder/$name\"; echo {word} > \"$folder/pipe\"\n";

    /// <summary>A script's line that waits for any word.</summary>
    private const string Told = "read -r word < \"$folder/pipe\"\n";

    private string Heard(string worker) => File.ReadAllText(Path.Combine(_folder, worker)).Trim();

    private int Run(string coordinator, string worker)
    {
        Write("coordinator.sh", "mkfifo \"$folder/pipe\" 2>/dev/null\n" + coordinator);
        Write("worker.sh", "name=$4\nmkfifo \"$folder/pipe\" 2>/dev/null\n" + worker);
        return new Supervisor(Cluster("/bin/sh"), Hasty).Run();
    }

    private void Write(string name, string script) =>
        File.WriteAllText(Path.Combine(_folder, name), $"folder=$(dirname \"$0\")\n{script}\n");

    private LocalCluster Cluster(string dotnet) => new()
    {
        Programs = new BuiltPrograms(dotnet, Path.Combine(_folder, "coordinator.sh"), Path.Combine(_folder, "worker.sh")),
        Run = new RunId("run-1"),
        Directory = new RunDirectory(_folder),
        RunArguments = [],
        WorkerCount = 1,
        WaitForWorkers = null,
        DataDirectory = "/data",
        Device = "cpu",
        Secret = "",
        Verbose = false,
    };
}
