using System.Net;
using System.Net.Sockets;
using MiniBatch.Processes.Harness;
using MiniBatch.Shared.Datasets;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Workers that can't take part: nobody there, another secret, another dataset. The run goes on without them.</summary>
[Collection(OneAtATime.Name)]
public sealed class BadJoinTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private const int Failure = 1;

    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Worker_that_is_pointed_at_nothing_says_one_line_and_exits_1()
    {
        var worker = _cluster.Start(
            "worker", BuiltPrograms.Worker, ["--join", $"127.0.0.1:{UnusedPort()}", "--join-timeout", "2s"]);
        ExpectOneLine(worker, "no coordinator at 127.0.0.1:");
    }

    [Fact]
    public void Worker_that_is_pointed_at_a_file_nobody_writes_says_one_line_and_exits_1()
    {
        var worker = _cluster.StartWorker("worker-1", "--join-timeout", "1s");
        ExpectOneLine(worker, _cluster.Directory.CoordinatorAddress);
    }

    [Fact]
    public void Worker_that_is_pointed_at_a_name_that_is_none_says_one_line_and_exits_1()
    {
        var worker = _cluster.Start("worker", BuiltPrograms.Worker, ["--join", "no-such-host.invalid:4053", "--join-timeout", "2s"]);
        ExpectOneLine(worker, "no-such-host.invalid");
    }

    [Fact]
    public void Worker_with_another_secret_is_kept_out_and_the_run_completes()
    {
        _cluster.StartCoordinator(Job.Softmax());
        _cluster.WaitForAddress();   // the two seconds are for the joining
        var stranger = _cluster.StartWorkerWith("not the secret", "worker-1", "--join-timeout", "2s");
        ExpectOneLine(stranger, "the same secret");
        Assert.Contains("not sealed with this cluster's secret", _cluster.Coordinator.Output, StringComparison.Ordinal);

        _cluster.StartWorker("worker-2");
        var run = _cluster.WaitForSuccess(stranger);
        Assert.Equal(data.Undisturbed(Job.Softmax(), workers: 1, output).Hashes, run.Hashes);
    }

    [Fact]
    public void Workers_with_bad_datasets_say_one_line_and_exit_1_and_the_run_completes_without_them()
    {
        var job = Job.Softmax();
        _cluster.StartCoordinator(job);
        (string Damage, string Says)[] bad =
        [
            ("missing", "does not exist"), ("empty", "has no train-images-idx3-ubyte"), ("without one file", "has no t10k-labels-idx1-ubyte"),
            ("truncated", "t10k-labels-idx1-ubyte"), ("with a flipped byte", "t10k-labels-idx1-ubyte"),
        ];
        var broken = bad.Select(dataset => _cluster.StartWorker($"worker with mnist {dataset.Damage}", "--data", DamagedMnist(dataset.Damage))).ToArray();
        foreach (var (worker, dataset) in broken.Zip(bad)) ExpectOneLine(worker, dataset.Says);

        _cluster.StartWorker("worker-1");
        var run = _cluster.WaitForSuccess(broken);
        Assert.Equal(1, run.Summary.Workers);
        Assert.Equal(data.Undisturbed(job, workers: 1, output).Hashes, run.Hashes);
    }

    [Fact]
    public void Launcher_with_a_damaged_dataset_says_one_line_and_starts_nothing()
    {
        var launcher = _cluster.Start(
            "launcher", BuiltPrograms.Launcher,
            ["train", .. Job.Softmax().Arguments, "--data", DamagedMnist("with a flipped byte"), "--run-dir", _cluster.Directory.Root]);
        ExpectOneLine(launcher, "t10k-labels-idx1-ubyte");
        Assert.False(Directory.Exists(_cluster.Directory.Root));
    }

    /// <summary>A copy of MNIST with something wrong with its smallest file, or none of it.</summary>
    private string DamagedMnist(string damage)
    {
        var directory = Path.Combine(_cluster.Home, damage, "mnist");
        if (damage == "missing") return directory;
        Directory.CreateDirectory(directory);
        if (damage == "empty") return directory;
        foreach (var file in DatasetCatalog.Mnist.Files)
        {
            var source = DatasetFiles.PathIn(data.Mnist, file)!;
            File.CreateSymbolicLink(Path.Combine(directory, Path.GetFileName(source)), source);
        }
        var labels = DatasetFiles.PathIn(directory, DatasetCatalog.Mnist.TestLabels)!;
        var bytes = File.ReadAllBytes(labels);
        File.Delete(labels);   // the link, not what it names
        if (damage == "without one file") return directory;
        bytes[5000] ^= 1;
        File.WriteAllBytes(labels, damage == "truncated" ? bytes[..4000] : bytes);
        return directory;
    }

    private static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void ExpectOneLine(NodeProcess process, string says)
    {
        _cluster.Expect(process, Failure);
        OneLine.Of(process, says);
    }
}
