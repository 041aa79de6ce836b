using MiniBatch.Launcher.LocalRun;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Tests.LocalRun;

public sealed class LocalClusterTests
{
    private readonly LocalCluster _cluster = new()
    {
        Programs = new BuiltPrograms("dotnet", "Launcher.dll", "Coordinator.dll", "Worker.dll"),
        Run = new RunId("run-1"),
        Directory = new RunDirectory("/runs/with space"),
        RunArguments = ["mnist-cnn", "--epochs", "3"],
        CoordinatorArguments = ["--wait-for-workers", "10s"],
        DataDirectory = "/data",
        Devices = [DeviceRequest.Cpu, new DeviceRequest(DeviceKind.Cuda, 1)],
        CpuCapability = CpuCapability.Avx2,
        Secret = "s3cret",
        Verbose = false,
    };

    [Fact]
    public void Coordinator_gets_the_run_flags_as_given_and_a_place_to_meet()
    {
        Assert.Equal(
            [
                "Coordinator.dll", "mnist-cnn", "--epochs", "3", "--run-id", "run-1", "--run-dir", "/runs/with space", "--host",
                "127.0.0.1", "--port", "0", "--expect-workers", "2", "--wait-for-workers", "10s", "--supervised",
            ],
            _cluster.Coordinator(expectedWorkers: 2).ArgumentList);
    }

    [Fact]
    public void Coordinator_of_a_directory_that_holds_a_run_goes_on_with_it()
    {
        var directory = new RunDirectory(Directory.CreateTempSubdirectory("minibatch-held-").FullName);
        File.WriteAllText(directory.Spec, "{}");

        var info = (_cluster with { Directory = directory }).Coordinator(expectedWorkers: 1);

        Directory.Delete(directory.Root, recursive: true);
        Assert.Equal(
            [
                "Coordinator.dll", "--resume", directory.Root, "--host", "127.0.0.1", "--port", "0", "--expect-workers", "1",
                "--wait-for-workers", "10s", "--supervised",
            ],
            info.ArgumentList);
    }

    [Fact]
    public void Worker_finds_the_coordinator_by_its_file()
    {
        Assert.Equal(
            [
                "Worker.dll", "--join-file", "/runs/with space/coordinator.json", "--name", "worker-2", "--data", "/data", "--device",
                "cuda:1", "--cpu-capability", "avx2", "--log-dir", "/runs/with space/logs", "--supervised", "--quiet",
            ],
            _cluster.Worker(1).ArgumentList);
    }

    [Fact]
    public void Secret_travels_by_environment_and_is_no_argument()
    {
        var info = _cluster.Worker(0);

        Assert.Equal("s3cret", info.Environment["MINIBATCH_SECRET"]);
        Assert.DoesNotContain("s3cret", info.ArgumentList);
    }

    [Fact]
    public void Settings_meant_for_nodes_started_by_hand_do_not_reach_a_child()
    {
        Environment.SetEnvironmentVariable("MINIBATCH_PORT", "4053");
        try
        {
            Assert.False(_cluster.Worker(0).Environment.ContainsKey("MINIBATCH_PORT"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("MINIBATCH_PORT", null);
        }
    }

    [Fact]
    public void Standard_input_is_a_pipe_so_that_no_child_outlives_the_launcher()
    {
        Assert.True(_cluster.Coordinator(1).RedirectStandardInput);
        Assert.True(_cluster.Worker(0).RedirectStandardInput);
    }

    [Fact]
    public void Program_that_is_not_built_is_one_line_that_says_what_to_do()
    {
        var error = Assert.Throws<UserErrorException>(() => BuiltPrograms.Find("/nowhere/"));

        Assert.Equal("/nowhere/MiniBatch.Launcher.dll is not built; run ./cluster setup", error.Message);
    }
}
