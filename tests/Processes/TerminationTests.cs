using System.Globalization;
using System.Text.Json.Nodes;
using MiniBatch.Coordinator.Tests.KubeflowTrainer;
using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>What a node leaves to who asks Kubernetes about it: its termination message, its exit code, a TrainJob's status.</summary>
[Collection(OneAtATime.Name)]
public sealed class TerminationTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private readonly TestCluster _cluster = new(data, output);

    private string Log => Path.Combine(_cluster.Home, "termination-log");

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void A_coordinator_leaves_outcome_reason_accuracy_and_hashes()
    {
        _cluster.StartCoordinator(Job.Softmax(), 1, "--termination-log", Log);
        _cluster.StartWorker("worker-1", "--termination-log", Log + "-worker");
        var run = _cluster.WaitForSuccess().Summary;
        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"completed after 80 steps: {run.Reason}; test accuracy {run.TestAccuracy:0.0000}; parameters {run.ParametersSha256}, state {run.StateSha256}"),
            File.ReadAllText(Log));
        Assert.StartsWith("the run is over: ", File.ReadAllText(Log + "-worker"));
    }

    [Fact]
    public void A_coordinator_that_is_moved_says_how_far_it_came_and_a_worker_that_is_evicted_is_not_done()
    {
        var coordinator = _cluster.StartCoordinator(Job.Long(), 1, "--termination-log", Log);
        var worker = _cluster.StartWorker("worker-1", "--termination-log", Log + "-worker");
        _cluster.WaitForSteps(10);
        worker.Send(Signal.Terminate);
        _cluster.Expect(worker, 143);
        Assert.Equal("stopped by SIGTERM before the run was over", File.ReadAllText(Log + "-worker"));
        coordinator.Send(Signal.Terminate);
        _cluster.Expect(coordinator, 143);
        Assert.Matches(@"^stopped after \d+ steps: stopped by SIGTERM; parameters [0-9a-f]{64}, state [0-9a-f]{64}$", File.ReadAllText(Log));
    }

    [Theory]
    [InlineData("--lr nought", 2, "--lr nought: give a number")]
    [InlineData("--secret-file /no/such/file", 2, "--secret-file /no/such/file: there is no such file")]
    public void A_coordinator_that_does_not_start_says_why(string flags, int exitCode, string line)
    {
        var coordinator = _cluster.StartCoordinator(Job.Softmax(), 1, ["--termination-log", Log, .. flags.Split(' ')]);
        _cluster.Expect(coordinator, exitCode);
        Assert.StartsWith(line, File.ReadAllText(Log));
        OneLine.Of(coordinator, line);
    }

    [SkippableTheory]
    [InlineData("ro", "can't make the run directory", "Read-only file system")]
    [InlineData("size=4k", "", "No space left on device")]
    public void A_volume_that_is_read_only_or_full_is_one_line(string mounted, string line, string cause)
    {
        var volume = Directory.CreateDirectory(Path.Combine(_cluster.Home, "volume")).FullName;
        _cluster.StartBy = ["unshare", "--mount", "sh", "-c", $"mount -t tmpfs -o {mounted} tmpfs {volume} && exec \"$@\"", "sh"];
        var coordinator = _cluster.Start(
            "coordinator", BuiltPrograms.Coordinator, [.. Job.Softmax().Arguments, "--run-dir", Path.Combine(volume, "run"), "--port", "0", "--termination-log", Log]);
        var exitCode = coordinator.WaitForExit(TestCluster.Limit);
        Skip.If(coordinator.Error.Contains("unshare", StringComparison.Ordinal) || coordinator.Error.Contains("mount", StringComparison.Ordinal), "only root may mount");
        Assert.Equal(1, exitCode);
        Assert.StartsWith(line, File.ReadAllText(Log));
        Assert.Contains(cause, File.ReadAllText(Log));
        OneLine.Of(coordinator, cause);
    }

    [Fact]
    public void A_worker_whose_processor_lacks_what_the_run_computes_with_says_so()
    {
        _cluster.StartCoordinator(Job.Softmax(), 1);
        // As on an older processor.
        _cluster.Variables["DOTNET_EnableAVX2"] = "0";
        var worker = _cluster.StartWorker("worker-1", "--termination-log", Log);
        _cluster.Expect(worker, 1);
        const string Line = "the run is held to Avx2 and this processor has no more than Default; start the run with --cpu-capability default";
        Assert.Equal(Line, File.ReadAllText(Log));
        OneLine.Of(worker, Line);
    }

    [Fact]
    public void Kubeflow_Trainer_is_told_how_far_the_run_is_to_its_end()
    {
        using var server = new StatusServer();
        foreach (var (name, value) in server.Variables) _cluster.Variables[name] = value;
        _cluster.Start(Job.Softmax(), 1);
        var run = _cluster.WaitForSuccess();
        var last = server.Requests[^1].Body["trainerStatus"]!;
        Assert.Equal((100, 0), ((int)last["progressPercentage"]!, (int)last["estimatedRemainingSeconds"]!));
        Assert.Equal(run.Summary.TestAccuracy, double.Parse(Metric(last, "eval_accuracy"), CultureInfo.InvariantCulture));
        Assert.Equal("80", Metric(last, "step"));
    }

    [Fact]
    [Trait("Group", "Long")]
    public void An_endpoint_that_never_answers_changes_nothing_about_the_run()
    {
        using var server = new StatusServer { Answers = async aborted =>
        {
            await Task.Delay(Timeout.Infinite, aborted).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return 200;
        } };
        foreach (var (name, value) in server.Variables) _cluster.Variables[name] = value;
        var job = Job.Softmax();
        _cluster.Start(job, 1);
        var run = _cluster.WaitForSuccess();
        Assert.NotEmpty(server.Requests);
        Assert.Equal(data.Undisturbed(job, workers: 1, output).Hashes, run.Hashes);
    }

    private static string Metric(JsonNode status, string name) =>
        (string)status["metrics"]!.AsArray().Single(metric => (string)metric!["name"]! == name)!["value"]!;
}
