using System.Diagnostics;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Launcher.Supervision;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Supervision;

namespace MiniBatch.Launcher.Tests.Supervision;

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
        var exitCode = Run(coordinator: Told + "exit 1", worker: Tell("$$") + UntilTold);

        Assert.Equal(1, exitCode);
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
    public void Killed_coordinator_comes_back_and_its_worker_never_went()
    {
        var exitCode = Run(
            coordinator: "echo x >> \"$folder/coordinators\"\nif [ ! -e \"$folder/died\" ]; then touch \"$folder/died\"; kill -9 $$; fi\n" + Told,
            worker: "echo x >> \"$folder/workers\"\n" + Tell("here") + UntilTold);

        Assert.Equal(0, exitCode);
        Assert.Equal((2, 1), (Lines("coordinators"), Lines("workers")));
    }

    [Fact]
    public void Address_of_a_killed_coordinator_is_deleted_before_the_next_one_starts()
    {
        var address = new RunDirectory(_folder).CoordinatorAddress;

        var exitCode = Run(
            coordinator: $"if [ ! -e \"$folder/died\" ]; then touch \"$folder/died\" '{address}'; kill -9 $$; fi\ntest ! -e '{address}'",
            worker: UntilTold);

        Assert.Equal(0, exitCode);
    }

    [Fact]
    public void Coordinator_that_crashes_again_and_again_is_given_up_and_leaves_no_worker()
    {
        var exitCode = Run(
            coordinator: "echo x >> \"$folder/coordinators\"\nkill -9 $$",
            worker: "echo $$ > \"$folder/$name\"\n" + UntilTold);

        Assert.Equal(1, exitCode);
        Assert.Equal(1 + SupervisorOptions.Default.RestartsMax, Lines("coordinators"));
        Assert.Empty(Running());
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

    private int Lines(string file) => File.ReadAllLines(Path.Combine(_folder, file)).Length;

    /// <summary>Processes that were started from this test's folder and still run.</summary>
    private IEnumerable<int> Running() => Process.GetProcesses().Select(process => process.Id).Where(id =>
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Contains(_folder, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    });

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
        Programs = new BuiltPrograms(dotnet, "", Path.Combine(_folder, "coordinator.sh"), Path.Combine(_folder, "worker.sh")),
        Run = new RunId("run-1"),
        Directory = new RunDirectory(_folder),
        RunArguments = [],
        CoordinatorArguments = [],
        DataDirectory = "/data",
        Devices = [DeviceRequest.Cpu],
        CpuCapability = CpuCapability.Avx2,
        Secret = "",
        Verbose = false,
    };
}
