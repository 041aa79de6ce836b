using System.Text;
using System.Text.Json;
using MiniBatch.Launcher.Bench;
using MiniBatch.Launcher.Bench.Systems;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Tests.Bench;

public sealed class BenchSystemTests : IDisposable
{
    private static readonly BuiltPrograms Programs = new("dotnet", "Launcher.dll", "Coordinator.dll", "Worker.dll");
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("minibatch-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Cluster_is_started_as_a_user_starts_it()
    {
        var info = new MiniBatchCluster(Programs, Workers: 2).Process(Jobs.Job(), "/tmp/run");

        Assert.Equal(
            ["Launcher.dll", "train", .. Jobs.Job().RunArguments, "--workers", "2", "--device", "cpu", "--data", "/data", "--run-dir", "/tmp/run", "--report", "off"],
            info.ArgumentList);
    }

    [Fact]
    public void Plain_loop_gets_the_same_run_as_the_cluster()
    {
        var info = new PlainLoop(Programs).Process(Jobs.Job(), "/tmp/run");

        Assert.Equal(
            ["Launcher.dll", "bench-plain", .. Jobs.Job().RunArguments, "--device", "cpu", "--data", "/data", "--report", "/tmp/run/report.json"],
            info.ArgumentList);
    }

    [Fact]
    public void On_gpus_workers_take_turns_and_a_single_process_takes_the_first()
    {
        var job = Jobs.Job(device: DeviceRequest.AnyGpu);

        Assert.Contains("--device cuda --data", string.Join(' ', new MiniBatchCluster(Programs, Workers: 2).Process(job, "/tmp/run").ArgumentList));
        Assert.Contains("--device cuda:0 --data", string.Join(' ', new PlainLoop(Programs).Process(job, "/tmp/run").ArgumentList));
        Assert.Equal("cuda:3", (job with { Device = new DeviceRequest(DeviceKind.Cuda, 3) }).OneDevice.ToString());
    }

    [Fact]
    public void Python_gets_the_same_files_model_and_optimizer_and_the_workers_allocator()
    {
        foreach (var file in DatasetCatalog.Mnist.Files) File.WriteAllBytes(Path.Combine(_directory.FullName, file.Name + ".gz"), []);
        var info = new PythonTorch("python3", "ddp.py", Processes: 2).Process(Jobs.Job(dataDirectory: _directory.FullName), "/tmp/run");
        var arguments = string.Join(' ', info.ArgumentList);

        Assert.StartsWith("ddp.py --model cnn --optimizer adam --lr 0.001 --beta1 0.9 --beta2 0.999 --epsilon 1E-08", arguments);
        Assert.Contains($"--images {_directory.FullName}/train-images-idx3-ubyte.gz --labels {_directory.FullName}/train-labels-idx1-ubyte.gz", arguments);
        Assert.EndsWith("--samples 30 --batch 10 --epochs 3 --processes 2 --device cpu --report /tmp/run/report.json", arguments);
        Assert.Equal("1", info.Environment["OMP_NUM_THREADS"]);
        Assert.Equal(
            ("0", "2147483647", "268435456"),
            (info.Environment["MALLOC_MMAP_MAX_"], info.Environment["MALLOC_TRIM_THRESHOLD_"], info.Environment["MALLOC_TOP_PAD_"]));
    }

    [Fact]
    public void Setting_in_the_environment_reaches_no_system()
    {
        Environment.SetEnvironmentVariable("MINIBATCH_LR", "0.5");
        try
        {
            Assert.False(new PlainLoop(Programs).Process(Jobs.Job(), "/tmp/run").Environment.ContainsKey("MINIBATCH_LR"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("MINIBATCH_LR", null);
        }
    }

    [Fact]
    public void Report_of_python_is_read()
    {
        Write("""{"engine": "PyTorch 1.13.1, Python 3.11.2", "parameterCount": 7850, "lastLoss": 0.31, "epochs": [{"samples": 30, "seconds": 0.5}, {"samples": 30, "seconds": 2.5e-1}], "ended": "2026-11-29T12:00:00.250000+00:00"}""");

        var report = new PythonTorch("python3", "ddp.py", Processes: 1).Read(Jobs.Job(), _directory.FullName);

        Assert.Equal("PyTorch 1.13.1, Python 3.11.2", report.Engine);
        Assert.Equal(7850, report.ParameterCount);
        Assert.Equal([new BenchEpoch(30, 0.5), new BenchEpoch(30, 0.25)], report.Epochs);
        Assert.Equal(new DateTimeOffset(2026, 11, 29, 12, 0, 0, 250, TimeSpan.Zero), report.Ended);
    }

    [Theory]
    [InlineData("""{"engine": "PyTorch", "parameterCount": 7850, "epochs": [], "ended": "2026-11-29T12:00:00+00:00"}""")]
    [InlineData("""{"engine": "PyTorch", "parameterCount": 7850, "lastLoss": NaN, "epochs": [], "ended": "2026-11-29T12:00:00+00:00"}""")]
    [InlineData("null")]
    public void Report_that_lacks_something_or_has_diverged_is_refused(string json)
    {
        Write(json);

        Assert.Throws<JsonException>(() => new PythonTorch("python3", "ddp.py", Processes: 1).Read(Jobs.Job(), _directory.FullName));
    }

    [Fact]
    public void Script_lies_beside_the_launcher_and_knows_every_model()
    {
        var script = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Bench", "ddp.py"));

        Assert.All(BenchJob.Models, model => Assert.Contains($"\"{model}\": {model}", script));
    }

    [Fact]
    public void First_interpreter_with_torch_is_taken()
    {
        var tried = new List<string>();

        var found = PythonInterpreter.Find(["own", "system", "third"], python =>
        {
            tried.Add(python);
            return python == "system";
        });

        Assert.Equal("system", found);
        Assert.Equal(["own", "system"], tried);
    }

    [Fact]
    public void Without_torch_anywhere_there_is_no_interpreter() =>
        Assert.Null(PythonInterpreter.Find(["own", "system"], _ => false));

    private void Write(string json) => File.WriteAllBytes(Path.Combine(_directory.FullName, "report.json"), Encoding.UTF8.GetBytes(json));
}
