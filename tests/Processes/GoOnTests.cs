using System.Security.Cryptography;
using MiniBatch.Processes.Harness;
using MiniBatch.Shared.Runs;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Runs that start where another ended, or from weights: by real processes, killed on the way.</summary>
[Collection(OneAtATime.Name)]
public sealed class GoOnTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private static readonly Job Job = Job.LongMlp with { Flags = $"{Job.LongMlp.Flags} --optimizer adam" };
    private static readonly Job FirstEpoch = Job with { Flags = Job.Flags.Replace("--epochs 2", "--epochs 1", StringComparison.Ordinal) };

    private readonly TestCluster _ended = new(data, output);
    private readonly TestCluster _cluster = new(data, output);

    public void Dispose()
    {
        _cluster.Dispose();
        _ended.Dispose();
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Complete_run_goes_on_in_a_new_one_to_the_model_of_a_run_that_was_longer_and_stays_as_it_is()
    {
        _ended.StartLauncher(FirstEpoch, workers: 2);
        _ended.WaitForSuccess();
        var before = Contents(_ended.Directory);

        Start("train", "--resume", _ended.Directory.Root, "--epochs", "2");
        // Before its first checkpoint: what is left then is where it started.
        _cluster.WaitForSteps(10);
        Signals.Send(ClusterProcesses.One(_cluster.Secret, "MiniBatch.Coordinator.dll", "--supervised"), Signal.Kill);
        var run = _cluster.WaitForSuccess();

        var undisturbed = data.Undisturbed(Job, workers: 1, output);
        Assert.Equal(undisturbed.Hashes, run.Hashes);
        Assert.Equal(undisturbed.Steps.Skip(150).Select(step => step.Computed), run.Steps.Select(step => step.Computed));
        Assert.Equal((300, 1, true), (run.Summary.Steps, run.Summary.Faults.CoordinatorRestarts, run.Summary.Faults.StepsRedone >= 10));
        var ended = new FinishedRun(_ended.Directory);
        Assert.Equal(new RunOrigin { Run = ended.Spec.Run.Value, Version = 150, Epochs = 1, StateSha256 = ended.Summary.StateSha256 }, run.Spec.Origin);
        Assert.Equal(before, Contents(_ended.Directory));
        ExpectVerified($"version 150 of run {ended.Spec.Run.Value}", "150 of 150, 1 of 1 epochs complete");
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Run_from_weights_is_the_same_for_any_number_of_workers()
    {
        var trained = data.Undisturbed(Job.Mlp, workers: 1, output);
        var job = Job.Mlp with { Flags = $"{Job.Mlp.Flags} --init-from {trained.Directory.Model}" };
        Start(["train", .. job.Arguments, "--workers", "3"]);
        var run = _cluster.WaitForSuccess();

        Assert.Equal(data.Undisturbed(job, workers: 1, output).Hashes, run.Hashes);
        Assert.NotEqual(trained.Hashes, run.Hashes);
        // It was trained already: the first step's loss is that of the last ones, not of a model that guesses.
        Assert.True(run.Steps[0].Loss < trained.Steps[20].Loss);
        Assert.Equal((trained.Spec.Run.Value, 40), (run.Spec.Origin!.Run, run.Spec.Origin.Version));
        ExpectVerified("weights ", "40 of 40, 2 of 2 epochs complete");
    }

    private void Start(params string[] arguments) =>
        _cluster.Start("launcher", BuiltPrograms.Launcher, [.. arguments, "--run-dir", _cluster.Directory.Root, "--data", data.Root, "--report", "off"]);

    private void ExpectVerified(params string[] says)
    {
        var verify = _cluster.Start("verify", BuiltPrograms.Launcher, ["verify", _cluster.Directory.Root, "--data", data.Root]);
        _cluster.Expect(verify, 0);
        Assert.All(says, text => Assert.Contains(text, verify.Output, StringComparison.Ordinal));
    }

    private static IReadOnlyList<(string, string)> Contents(RunDirectory directory) =>
    [
        .. Directory.GetFiles(directory.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => (path, Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))))),
    ];
}
