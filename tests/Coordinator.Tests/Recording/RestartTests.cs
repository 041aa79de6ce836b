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
        return new RunRecorder(
            Spec, _directory, incarnation, new CheckpointStore(_directory, Spec.Run, incarnation).LoadNewest(_ => { }));
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
    public async Task Damaged_tally_is_refused_and_named()
    {
        await RunUntil(step: 1, also: recorder => recorder.Count(new MembershipCounts(1, 1, false)));
        File.WriteAllText(_directory.Tally, "{ \"faultsSeen\": 1 }");
        Assert.Contains($"{_directory.Tally} is damaged", Assert.Throws<UserErrorException>(Restart).Message);
    }
}
