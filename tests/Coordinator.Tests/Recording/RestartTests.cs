using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.Recording;

/// <summary>What a run's records keep over coordinators that die: steps to compare, faults to report.</summary>
public sealed class RestartTests : IDisposable
{
    private static readonly RunSpec Spec = Specs.Small();
    private static readonly IReadOnlyList<CommittedStep> Steps = new ImaginaryCluster(Spec, seed: 1, "a", "b").Run().Ledger;
    private static readonly ModelSnapshot Model = new(new ModelLayout([], [], []), 16, [], [], default);
    private static readonly RunEnd Completed = new("completed", "all 2 epochs are trained");

    private readonly RunDirectory _directory = new(Directory.CreateTempSubdirectory("minibatch-test-").FullName);
    private int _incarnation;

    public RestartTests() => _directory.Create();

    public void Dispose() => Directory.Delete(_directory.Root, recursive: true);

    /// <summary>The next coordinator's, which goes on from the newest checkpoint.</summary>
    private RunRecorder Restart()
    {
        var incarnation = new Incarnation(++_incarnation);
        return new RunRecorder(Spec, _directory, incarnation, RunStart.Load(Spec, _directory, incarnation, resume: true, point: null).Resumed);
    }

    /// <summary>A coordinator that commits steps and dies.</summary>
    private async Task<int> RunUntil(int step, int from = 1, Action<RunRecorder>? also = null)
    {
        await using var recorder = Restart();
        var toRedo = recorder.StepsToRedo;
        foreach (var committed in Steps.Take(step).Skip(from - 1)) recorder.Add(committed);
        also?.Invoke(recorder);
        return toRedo;
    }

    /// <summary>A coordinator that commits steps and is asked to stop.</summary>
    private async Task StopAt(int step)
    {
        var recorder = Restart();
        foreach (var committed in Steps.Take(step)) recorder.Add(committed);
        SaveAt(recorder, step);
        await recorder.Finish(Model with { Version = step }, new RunEnd("stopped", "stopped by SIGTERM"));
    }

    private static void SaveAt(RunRecorder recorder, long version) =>
        recorder.Save(Model with { Version = version }, new RunPosition(1, (int)version, 12 * version, 0, TimeSpan.Zero));

    [Fact]
    public async Task Second_crash_before_all_steps_are_redone_loses_none_of_them()
    {
        Assert.Equal(0, await RunUntil(step: 12));
        Assert.Equal(12, await RunUntil(step: 5));
        Assert.Equal(12, await RunUntil(step: 3));

        var recorder = Restart();
        Assert.Equal(12, recorder.StepsToRedo);
        foreach (var step in Steps.Take(11)) recorder.Add(step);
        recorder.Add(Steps[11] with { MeanLoss = Steps[11].MeanLoss + 1 });
        Assert.Contains("step 12 was computed again after a restart and differs from before: loss", (await recorder.Finish(Model, Completed)).Reason);
    }

    [Fact]
    public async Task Discarded_lines_are_kept_until_all_are_redone_and_no_longer()
    {
        await RunUntil(step: 12);
        await RunUntil(step: 11, also: recorder => SaveAt(recorder, 11));
        Assert.True(File.Exists(_directory.Discarded));

        Assert.Equal(1, await RunUntil(step: 12, from: 12));   // from the checkpoint of step 11
        Assert.False(File.Exists(_directory.Discarded));
        Assert.Equal(1, await RunUntil(step: 16, from: 12, also: recorder => SaveAt(recorder, 16)));
        Assert.Equal(0, await RunUntil(step: 16, from: 17));
    }

    [Fact]
    public async Task Damaged_file_of_discarded_lines_is_refused_and_named()
    {
        await RunUntil(step: 12);
        await RunUntil(step: 5);
        var lines = File.ReadAllLines(_directory.Discarded);
        File.WriteAllLines(_directory.Discarded, [.. lines[..6], .. lines[7..]]);
        var refused = Assert.Throws<UserErrorException>(Restart);
        Assert.Contains($"{_directory.Discarded} is damaged at line 7", refused.Message);
    }

    [Fact]
    public async Task Summary_counts_over_all_coordinators()
    {
        var cpu = new ComputeDevice("cpu", "EPYC", 1L << 30, 1);
        await RunUntil(step: 12, also: recorder =>
        {
            recorder.AddWorker(Specs.Worker("a"), cpu);
            recorder.Count(new MembershipCounts(FaultsSeen: 1, MostWorkers: 3, MixedArithmetic: true));
            recorder.Count(new MembershipCounts(FaultsSeen: 2, MostWorkers: 3, MixedArithmetic: true));
        });
        await RunUntil(step: 5, also: recorder => recorder.AddWorker(Specs.Worker("b"), cpu));

        var recorder = Restart();
        recorder.Count(new MembershipCounts(FaultsSeen: 4, MostWorkers: 2, MixedArithmetic: false));
        foreach (var step in Steps) recorder.Add(step);
        var summary = await recorder.Finish(Model, Completed);

        Assert.Equal((2 + 4 + 2, 2, 5 + 12), (summary.Faults.Seen, summary.Faults.CoordinatorRestarts, summary.Faults.StepsRedone));
        Assert.Equal((3, false), (summary.Workers, summary.Deterministic));
        Assert.Equal(["a", "b"], summary.WorkerDevices.Select(worker => worker.Worker));
    }

    [Fact]
    public async Task Coordinator_that_was_replaced_writes_no_tally_and_removes_no_line()
    {
        await RunUntil(step: 12);
        await RunUntil(step: 5, also: recorder => recorder.Count(new MembershipCounts(1, 1, false)));
        var tally = File.ReadAllText(_directory.Tally);
        var woken = Restart();
        File.WriteAllText(_directory.Incarnation, $"{_incarnation + 1}");

        foreach (var step in Steps.Take(12)) woken.Add(step);
        woken.Count(new MembershipCounts(7, 1, false));
        Assert.Contains("a later coordinator (incarnation 4) has taken over", await woken.Failed.WaitAsync(TimeSpan.FromSeconds(30)));

        await woken.DisposeAsync();
        Assert.Equal(tally, File.ReadAllText(_directory.Tally));
        Assert.True(File.Exists(_directory.Discarded));
    }

    [Fact]
    public async Task Run_that_goes_on_has_no_summary_and_no_model_of_before()
    {
        await StopAt(12);
        Assert.True(File.Exists(_directory.Summary) && File.Exists(_directory.Model));

        await using var recorder = Restart();
        Assert.False(File.Exists(_directory.Summary), "summary.json says what is no longer so");
        Assert.False(File.Exists(_directory.Model), "model.safetensors is of the version at which the run was stopped");
    }

    [Fact]
    public async Task Coordinator_that_is_refused_leaves_what_the_run_came_to()
    {
        await StopAt(12);
        var ledger = File.ReadAllBytes(_directory.Ledger);
        File.WriteAllBytes(_directory.Ledger, ledger[..^1]);
        Assert.Contains("lines are missing", Assert.Throws<UserErrorException>(Restart).Message);
        File.WriteAllBytes(_directory.Ledger, ledger);
        File.WriteAllText(_directory.Tally, "{ \"faultsSeen\": 1 }");
        Assert.Contains($"{_directory.Tally} is damaged", Assert.Throws<UserErrorException>(Restart).Message);

        Assert.Equal("stopped", _directory.ReadSummary()!.Outcome);
        Assert.True(File.Exists(_directory.Model));
    }

    [Fact]
    public async Task Run_whose_spec_was_changed_is_not_gone_on_with()
    {
        await RunUntil(step: 12, also: recorder => SaveAt(recorder, 12));
        var changed = Spec with { Optimizer = Spec.Optimizer with { Beta1 = 0.5 } };

        var refused = Assert.Throws<UserErrorException>(() => RunStart.Load(changed, _directory, new Incarnation(2), resume: true, point: null));

        Assert.StartsWith($"{_directory.Spec} has changed since ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_many_checkpoints_are_kept_at_a_restart_as_were_asked_for()
    {
        var store = new CheckpointStore(_directory, Spec, Specs.First) { Kept = 5 };
        for (var version = 0; version < 5; version++)
            store.Save(new Checkpoint(Model with { Version = version }, RunPosition.Start, LedgerMark.Start, [], Specs.Arithmetic));

        await using (new RunRecorder(Spec, _directory, new Incarnation(2), store.LoadNewest(_ => { }), checkpointsKept: 5))
            Assert.Equal(5, Directory.GetFiles(_directory.Checkpoints).Length);
    }

    [Fact]
    public async Task Damaged_tally_is_refused_and_named()
    {
        await RunUntil(step: 1, also: recorder => recorder.Count(new MembershipCounts(1, 1, false)));
        File.WriteAllText(_directory.Tally, "{ \"faultsSeen\": 1 }");
        Assert.Contains($"{_directory.Tally} is damaged", Assert.Throws<UserErrorException>(Restart).Message);
    }
}
