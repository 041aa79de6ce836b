using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Numerics.Schedules;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.Tests.ParameterServer;

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
        spec = spec with { Schedule = ScheduleSettings.Default(schedule, spec.Epochs) with { WarmupSteps = schedule == ScheduleKind.OneCycle ? 0 : 12 }, Clip = new ClipSettings(ClipKind.Norm, 3) };
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
        var options = new ExchangeOptions(WorkerTimeouts.For(Specs.Small())) { CheckpointSteps = 5 };
        Assert.Equal([0L, 5, 8, 10, 15, 16], new ImaginaryCluster(Specs.Small(), seed: 1, options, "a").Run().Saves.Select(save => save.Model.Version));
        var slots = new ImaginaryCluster(Specs.Small() with { Mode = UpdateMode.Asynchronous }, seed: 1, options, "a").Run().Saves;
        Assert.Equal([0L, 20, 32, 40, 60, 64], slots.Select(save => save.Model.Version));
    }

    [Fact]
    public void Weights_take_the_place_of_the_seeds_version_0_whoever_computes()
    {
        var weights = Weights(37);
        var spec = Specs.Small() with { Origin = weights.Origin };
        var options = new ExchangeOptions(WorkerTimeouts.For(spec)) { Weights = weights };
        var alone = new ImaginaryCluster(spec, seed: 1, options, "a").Run();
        Assert.Equal(weights.Content.Tensors[0].Floats.ToArray(), alone.Saves[0].Model.Values);
        Assert.All(alone.Saves[0].Model.OptimizerState, state => Assert.All(state.Values, value => Assert.Equal(0, value)));
        Assert.NotEqual(new ImaginaryCluster(Specs.Small(), seed: 1, "a").Run().ParametersSha256, alone.ParametersSha256);
        for (var seed = 0; seed < 5; seed++)
            Assert.Equal(alone.ParametersSha256, new ImaginaryCluster(spec, seed, options, "a", "b", "c") { Copies = 0.2 }.Run().ParametersSha256);
        // Also where nothing but version 0 is left of a coordinator.
        Assert.Equal(alone.ParametersSha256, new ImaginaryCluster(spec, seed: 2, alone.Saves[0], "b").Run().ParametersSha256);
    }

    [Fact]
    public void Weights_of_another_model_end_the_run_by_name()
    {
        var weights = Weights(36);
        var cluster = new ImaginaryCluster(Specs.Small(), seed: 1, new ExchangeOptions(WorkerTimeouts.For(Specs.Small())) { Weights = weights }, "a").Run();
        Assert.Equal(
            $"{weights.Path} has w as [36], and the model of mnist-softmax as [37]: it is another model's", cluster.Reports.OfType<ExchangeReport.Broken>().Single().Reason);
        Assert.Empty(cluster.Saves);
    }

    [Fact]
    public void A_run_that_goes_on_after_its_end_makes_the_versions_of_one_that_was_longer_from_the_start()
    {
        var end = new ImaginaryCluster(Specs.Small(epochs: 2), seed: 1, "a", "b").Run().Saves[^1];
        var longer = new ImaginaryCluster(Specs.Small(epochs: 4), seed: 2, "a").Run();
        Assert.Equal(longer.ParametersSha256, new ImaginaryCluster(Specs.Small(epochs: 4), seed: 3, end, "c").Run().ParametersSha256);
    }

    private static StartingPoint Weights(int count)
    {
        List<NamedTensor> tensors = [NamedTensor.OfFloats("w", [count], [.. Enumerable.Range(0, count).Select(i => MathF.Cos(i))])];
        return new StartingPoint(
            new RunOrigin { WeightsSha256 = ParameterHash.Sha256OfTensors(tensors) }, new SafetensorsContent(tensors, new Dictionary<string, string>()), "some.safetensors");
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
