using System.Net;
using System.Net.Sockets;
using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Command lines, ports and run directories that make no sense: one line, the right exit code, nothing left.</summary>
[Collection(OneAtATime.Name)]
public sealed class BadFlagTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private const int Failure = 1;
    private const int Usage = 2;

    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Limit_of_open_files_that_is_too_low_is_one_line()
    {
        _cluster.StartBy = ["sh", "-c", "ulimit -n 64 && exec \"$@\"", "sh"];
        foreach (var program in new[] { BuiltPrograms.Launcher, BuiltPrograms.Coordinator, BuiltPrograms.Worker })
            ExpectOneLine(_cluster.Start("node", program, ["--version"]), Failure, "at most 64 files can be open at a time here, and 256 are needed");
    }

    [Theory]
    [InlineData("mnist-softmacks", "unknown workload 'mnist-softmacks'")]
    [InlineData("mnist-softmax --epochs -1", "--epochs -1")]
    [InlineData("mnist-softmax --epochs 0", "--epochs 0")]
    [InlineData("mnist-softmax --epochs", "--epochs")]
    [InlineData("mnist-softmax --lr abc", "--lr abc")]
    [InlineData("mnist-softmax --lr nan", "--lr nan")]
    [InlineData("mnist-softmax --batch 2 --slots 4", "--batch 2 is less than the 4 slots")]
    [InlineData("mnist-softmax --batch 600 --limit-train 500", "--batch 600 is more than the 500 training samples")]
    [InlineData("mnist-softmax --optimizer lion", "--optimizer lion")]
    [InlineData("mnist-softmax --no-such-flag", "--no-such-flag")]
    [InlineData("mnist-softmax --port 70000", "--port 70000")]
    [InlineData("mnist-softmax --log-level akka=loud", "--log-level akka=loud")]
    [InlineData("mnist-softmax --checkpoint-every 0", "--checkpoint-every 0: give a whole number, 1 or more")]
    [InlineData("mnist-softmax --keep-checkpoints 0", "--keep-checkpoints 0: give a whole number, 1 or more")]
    [InlineData("", "which workload to train")]
    public void Coordinator_with_a_bad_command_line_says_one_line_and_exits_2(string arguments, string says)
    {
        var coordinator = _cluster.Start(
            "coordinator", BuiltPrograms.Coordinator,
            [.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--run-dir", _cluster.Directory.Root]);
        ExpectOneLine(coordinator, Usage, says);
        Assert.False(Directory.Exists(_cluster.Directory.Root));
    }

    [Theory]
    [InlineData("", "--join HOST:PORT")]
    [InlineData("--join nowhere", "--join nowhere")]
    [InlineData("--join 127.0.0.1:0", "--join 127.0.0.1:0")]
    [InlineData("--join 127.0.0.1:4053 --join-timeout soon", "--join-timeout soon")]
    [InlineData("--join 127.0.0.1:4053 --device tpu", "--device tpu")]
    [InlineData("--join 127.0.0.1:4053 --log-level disk=debug", "'disk' is no source; there are node, ")]
    [InlineData("--join 127.0.0.1:4053 --device cuda:99", "--device cuda:99: ")]
    public void Worker_with_a_bad_command_line_says_one_line_and_exits_2(string arguments, string says) => ExpectOneLine(
        _cluster.Start("worker", BuiltPrograms.Worker, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)), Usage, says);

    [Theory]
    [InlineData("--port")]
    [InlineData("--data-port")]
    [InlineData("--http-port")]
    public void Coordinator_whose_port_is_in_use_says_one_line_and_exits_1(string flag)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var coordinator = flag == "--port"
            ? _cluster.Start(
                "coordinator", BuiltPrograms.Coordinator,
                [.. Job.Softmax().Arguments, "--run-dir", _cluster.Directory.Root, "--port", $"{port}"])
            : _cluster.StartCoordinator(Job.Softmax(), 1, flag, $"{port}");
        var line = ExpectOneLine(coordinator, Failure, $"127.0.0.1:{port}");
        Assert.Contains($"another {flag}", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Coordinator_whose_run_directory_holds_a_run_leaves_it_alone()
    {
        Directory.CreateDirectory(_cluster.Directory.Root);
        File.WriteAllText(_cluster.Directory.Spec, "precious");
        ExpectOneLine(_cluster.StartCoordinator(Job.Softmax()), Failure, "holds a run already");
        Assert.Equal([_cluster.Directory.Spec], Directory.GetFileSystemEntries(_cluster.Directory.Root));
        Assert.Equal("precious", File.ReadAllText(_cluster.Directory.Spec));
    }

    [Theory]
    [InlineData("coordinator")]
    [InlineData("launcher")]
    public void Run_directory_that_is_a_file_is_refused(string program)
    {
        File.WriteAllText(_cluster.Directory.Root, "a file");
        var process = program == "launcher"
            ? _cluster.StartLauncher(Job.Softmax(), 1)
            : _cluster.StartCoordinator(Job.Softmax());
        ExpectOneLine(process, Failure, _cluster.Directory.Root);
    }

    [Fact]
    public void Run_directory_below_a_directory_that_nobody_may_write_is_refused() =>
        // Even root can't make a directory in /proc.
        ExpectOneLine(
            _cluster.Start("coordinator", BuiltPrograms.Coordinator, [.. Job.Softmax().Arguments, "--port", "0", "--run-dir", "/proc/run"]),
            Failure, "/proc/run");

    [Fact]
    public void Verbose_shows_the_stack()
    {
        var coordinator = _cluster.Start(
            "coordinator", BuiltPrograms.Coordinator, ["mnist-softmacks", "--verbose", "--run-dir", _cluster.Directory.Root]);
        _cluster.Expect(coordinator, Usage);
        Assert.Contains("unknown workload", coordinator.Error, StringComparison.Ordinal);
        Assert.Contains("   at MiniBatch.", coordinator.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train mnist-softmax --workers 0", "--workers 0")]
    [InlineData("train mnist-softmax --workers many", "--workers many")]
    [InlineData("train mnist-softmacks", "unknown workload 'mnist-softmacks'")]
    [InlineData("train mnist-softmax --batch 2 --slots 4", "--batch 2 is less than the 4 slots")]
    [InlineData("train mnist-softmax --epochs -1", "--epochs -1")]
    [InlineData("trane mnist-softmax", "command")]
    public void Launcher_with_a_bad_command_line_says_one_line_and_exits_2(string arguments, string says) =>
        ExpectOneLine(_cluster.Start("launcher", BuiltPrograms.Launcher, arguments.Split(' ')), Usage, says);

    private string ExpectOneLine(NodeProcess process, int exitCode, string says)
    {
        _cluster.Expect(process, exitCode);
        _cluster.WaitForNobody();
        return OneLine.Of(process, says);
    }
}
