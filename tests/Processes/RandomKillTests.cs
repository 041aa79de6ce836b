using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>Fifty kills at moments that nobody chose: while a process starts, joins, loads, trains, redoes or writes.</summary>
[Collection(OneAtATime.Name)]
[Trait("Group", "Long")]
public sealed class RandomKillTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private const int Kills = 10;

    /// <summary>About what a node takes to start and to join, so that a kill meets it before as often as after.</summary>
    private static readonly TimeSpan CalmMax = TimeSpan.FromSeconds(4);

    private static readonly Job Job = new("mnist-cnn", "--epochs 10 --limit-train 6000 --limit-test 1000 --batch 40 --seed 21");

    private readonly TestCluster _cluster = new(data, output) { ExitLimit = TimeSpan.FromMinutes(5) };

    public void Dispose() => _cluster.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Ten_kills_at_random_moments_leave_the_model_as_it_was(int seed)
    {
        var random = new Random(seed);
        var killed = new List<NodeProcess>();
        var coordinator = _cluster.StartCoordinator(Job, expectWorkers: 1);
        _cluster.WaitForAddress();   // before that there is no run to go on with
        var workers = new[] { StartWorker("worker-1"), StartWorker("worker-2") };

        while (killed.Count < Kills)
        {
            // However slow the machine is, one kill falls into the training.
            if (killed.Count == Kills / 2) WaitForMoreSteps();
            Thread.Sleep(CalmMax * random.NextDouble());   // the moment is the test's input
            Assert.False(coordinator.HasExited, $"the run was over after {killed.Count} kills");
            var victim = random.Next(3);
            killed.Add(victim == 0 ? coordinator : workers[victim - 1]);
            killed[^1].Send(Signal.Kill);
            killed[^1].WaitForExit(TestCluster.Limit);
            if (victim > 0) workers[victim - 1] = StartWorker($"worker-{victim}");
            else
            {
                File.Delete(_cluster.Directory.CoordinatorAddress);
                coordinator = _cluster.StartResuming();
            }
        }
        var run = _cluster.WaitForSuccess([.. killed]);

        var coordinatorsKilled = killed.Count(process => process.Name == coordinator.Name);
        Assert.InRange(coordinatorsKilled, 1, Kills - 1);
        Assert.InRange(run.Summary.Faults.CoordinatorRestarts, 1, coordinatorsKilled);   // one that was killed at its very start counts nothing
        Assert.True(run.Summary.Faults.StepsRedone + run.Summary.Faults.SlotsReassigned > 0, "no work was redone");
        Assert.Equal(data.Undisturbed(Job, workers: 1, output).Hashes, run.Hashes);
    }

    private void WaitForMoreSteps()
    {
        var before = Steps();
        _cluster.WaitUntil("more steps", () => Steps() > before + 5);

        int Steps() => File.Exists(_cluster.Directory.Ledger) ? File.ReadLines(_cluster.Directory.Ledger).Count() : 0;
    }

    private NodeProcess StartWorker(string name) => _cluster.StartWorker(name, "--join-timeout", "2min");
}
