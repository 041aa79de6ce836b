using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Numerics.Schedules;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests;

public class RestoreTests
{
    public static IEnumerable<object[]> Updates =>
        from optimizer in Enum.GetValues<OptimizerKind>()
        from schedule in Enum.GetValues<ScheduleKind>()
        select new object[] { optimizer, schedule };

    [Theory]
    [MemberData(nameof(Updates))]
    public void A_core_that_goes_on_from_any_version_makes_the_versions_of_one_that_never_stopped(OptimizerKind optimizer, ScheduleKind schedule)
    {
        var seed = (int)optimizer;
        var spec = Specs.Small(epochs: 3, optimizer: optimizer);
        // The warm-up ends in the middle of the second epoch.
        spec = spec with { Schedule = ScheduleSettings.Default(schedule, spec.Epochs) with { WarmupSteps = 12 }, Clip = new ClipSettings(ClipKind.Norm, 3) };
        var undisturbed = new ImaginaryCluster(spec, seed, "a", "b") { BeforeAnswer = cluster => { if (cluster.Version > 0) cluster.SaveNow(); } }.Run();
        var middles = undisturbed.Saves.Where(save => save.Position.StepsInEpoch is > 0 and < 8).ToList();
        Assert.True(middles.Count > 10);

        foreach (var save in undisturbed.Saves.DistinctBy(save => save.Model.Version))
        {
            var resumed = new ImaginaryCluster(spec, seed + 100, save, "c", "d", "e").Run();
            Assert.Equal(undisturbed.ParametersSha256, resumed.ParametersSha256);
            // What it commits is what the other committed from there on: same samples, loss, norm, version.
            Assert.Equal(
                undisturbed.Ledger.Skip((int)save.Model.Version).Select(Content),
                resumed.Ledger.Select(Content));
            Assert.Equal(
                undisturbed.Reports.OfType<ExchangeReport.EpochTrained>().Last().MeanLoss,
                resumed.Reports.OfType<ExchangeReport.EpochTrained>().LastOrDefault()?.MeanLoss ?? undisturbed.Reports.OfType<ExchangeReport.EpochTrained>().Last().MeanLoss);
        }
    }

    [Fact]
    public void Version_0_and_each_epochs_end_are_written_down()
    {
        var cluster = new ImaginaryCluster(Specs.Small(epochs: 2), seed: 1, "a").Run();
        Assert.Equal([0L, 8, 16], cluster.Saves.Select(save => save.Model.Version));
    }

    [Fact]
    public void Versions_are_written_down_every_so_many_steps()
    {
        var options = new ExchangeOptions(Patience.For(Specs.Small())) { CheckpointSteps = 5 };
        Assert.Equal([0L, 5, 8, 10, 15, 16], new ImaginaryCluster(Specs.Small(), seed: 1, options, "a").Run().Saves.Select(save => save.Model.Version));
        var slots = new ImaginaryCluster(Specs.Small() with { Mode = UpdateMode.Asynchronous }, seed: 1, options, "a").Run().Saves;
        Assert.Equal([0L, 20, 32, 40, 60, 64], slots.Select(save => save.Model.Version));
    }

    [Fact]
    public void A_snapshot_of_another_optimizer_is_refused()
    {
        var save = new ImaginaryCluster(Specs.Small(epochs: 1), seed: 1, "a").Run().Saves[^1];
        Assert.Throws<ArgumentException>(() => new ModelState(Specs.Small(optimizer: OptimizerKind.Sgd), save.Model));
    }

    [Fact]
    public void The_ledger_has_the_states_hash_every_so_many_steps_and_it_is_that_of_the_version()
    {
        var cluster = new ImaginaryCluster(Specs.Small(epochs: 7), seed: 1, "a");
        cluster.BeforeAnswer = c => { if (c.Version == Training.StateHashUpdates) c.SaveNow(); };
        cluster.Run();
        var line = Assert.Single(cluster.Ledger, step => step.StateSha256 is not null);
        Assert.Equal(Training.StateHashUpdates, line.Step);
        Assert.Equal(cluster.Saves.First(save => save.Model.Version == line.Step).Model.StateSha256(), line.StateSha256);
    }

    private static (long, double, StepUpdate, uint) Content(CommittedStep step) => (step.Step, step.MeanLoss, step.Update, step.VersionCrc);
}
