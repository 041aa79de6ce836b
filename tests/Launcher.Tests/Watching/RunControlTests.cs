using MiniBatch.Launcher.LocalRun;
using MiniBatch.Launcher.Watching;
using MiniBatch.LivePage;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;
using MiniBatch.Supervision;

namespace MiniBatch.Launcher.Tests.Watching;

/// <summary>The page's buttons.</summary>
public sealed class RunControlTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minibatch-control-");
    private readonly RunDirectory _run;
    private readonly RunDirectory _undisturbed;
    private bool _isConnected = true;

    public RunControlTests()
    {
        _run = new RunDirectory(_folder.CreateSubdirectory("run").FullName);
        _undisturbed = new RunDirectory(_folder.CreateSubdirectory("undisturbed").FullName);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_worker_is_cut_off_by_a_coordinator_and_without_one_a_line_says_so()
    {
        using var control = Control();
        control.Changed(new ClusterState([new ProcessState("worker-1", "runs")], CoordinatorRuns: true, IsOver: false));

        _isConnected = false;
        Assert.Equal(PageEndpoints.NoCoordinator, control.Break(ClusterFault.CutOffWorker, "worker-1"));
        Assert.NotEqual(PageEndpoints.NoCoordinator, control.Break(ClusterFault.KillWorker, "worker-1"));
        _isConnected = true;
        Assert.NotEqual(PageEndpoints.NoCoordinator, control.Break(ClusterFault.CutOffWorker, "worker-1"));
    }

    [Fact]
    public void A_run_that_does_not_repeat_is_not_trained_again()
    {
        RunDirectory.WriteJson(_run.Summary, Summary("a", isDeterministic: false));
        var control = Control();
        control.RunIsOver();
        Assert.Null(control.Compare());
        control.Dispose();   // waits for it

        Assert.Equal(
            new Comparison(
                "there is nothing to compare: workers of different arithmetic took part, or a GPU that computes other bits each time, "
                + "so no two of these runs are the same to the bit",
                IsTraining: false),
            control.State.Comparison);
        Assert.Equal(2, _folder.GetDirectories().Length);
    }

    [Theory]
    [InlineData("a", true, true, true)]
    [InlineData("a", false, true, true)]
    [InlineData("b", true, true, false)]
    [InlineData("b", false, true, null)]
    [InlineData("b", true, false, null)]
    public void Other_parameters_say_something_of_runs_that_repeat(string other, bool isDeterministic, bool isOtherDeterministic, bool? isSame)
    {
        RunDirectory.WriteJson(_undisturbed.Summary, Summary(other, isOtherDeterministic));

        var comparison = RunControl.Compare(Summary("a", isDeterministic), _undisturbed);

        Assert.Equal(isSame, comparison.IsSame);
        Assert.Equal(new string(other[0], 64), comparison.ParametersSha256);
        Assert.Contains(_undisturbed.Root, comparison.Text, StringComparison.Ordinal);
        Assert.Equal(isSame is null, comparison.Text.Contains("which says nothing: ", StringComparison.Ordinal));
    }

    private RunControl Control() => new(
        new LocalCluster
        {
            Programs = new BuiltPrograms("dotnet", "/nowhere/Launcher.dll", "/nowhere/Coordinator.dll", "/nowhere/Worker.dll"),
            Run = new RunId("run-1"),
            Directory = _run,
            RunArguments = ["mnist-softmax"],
            CoordinatorArguments = [],
            DataDirectory = null,
            Devices = [DeviceRequest.Cpu],
            CpuCapability = CpuCapability.Avx2,
            Secret = "s3cret",
            Verbose = false,
        },
        noComparison: null, () => _isConnected);

    private static RunSummary Summary(string hash, bool isDeterministic) => new()
    {
        Run = "run-1",
        Workload = "mnist-softmax",
        Engine = new EngineSummary("Akka.NET", "TorchSharp"),
        Device = "cpu",
        CpuCapability = CpuCapability.Avx2,
        Deterministic = isDeterministic,
        Optimizer = "sgd",
        LearningRate = 0.01,
        GlobalBatch = 12,
        Slots = 4,
        Workers = 1,
        Seed = 7,
        Mode = UpdateMode.Synchronous,
        Steps = 8,
        Updates = 8,
        UpdatesSkipped = 0,
        UpdatesClipped = 0,
        Seconds = 1,
        SamplesPerSecond = 96,
        Epochs = [],
        TestAccuracy = null,
        ParameterCount = 7850,
        ParametersSha256 = new string(hash[0], 64),
        StateSha256 = new string(hash[0], 64),
        Faults = new FaultSummary(Seen: 0, CoordinatorRestarts: 0, SlotsReassigned: 0, SlotsBackedUp: 0, DuplicatesDropped: 0, StepsRedone: 0),
        Outcome = "completed",
        Reason = "all epochs are trained",
    };
}
