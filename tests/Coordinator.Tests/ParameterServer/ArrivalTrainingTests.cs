using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.ParameterServer;

public class ArrivalTrainingTests
{
    private const int Steps = 8;
    private const int Slots = 4;
    private static readonly string[] Names = ["a", "b", "c", "d", "e", "f"];

    public static TheoryData<string> Modes => ["async", "bounded:0", "bounded:2"];

    private static RunSpec Spec(string mode, int epochs = 2) =>
        Specs.Small(epochs: epochs, optimizer: OptimizerKind.Sgd) with { Mode = UpdateMode.TryParse(mode, out var parsed) ? parsed : throw new ArgumentException(mode) };

    [Theory]
    [MemberData(nameof(Modes))]
    public void Every_slot_of_the_plan_is_one_update_whoever_dies_comes_back_or_answers_twice(string mode)
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var spec = Spec(mode, epochs: 3);
            var random = new Random(seed);
            var alive = new HashSet<string> { "a", "b", "c" };
            var cluster = new ImaginaryCluster(spec, seed, [.. alive]) { Copies = 0.2 };
            cluster.BeforeAnswer = c =>
            {
                var name = Names[random.Next(Names.Length)];
                if (random.Next(10) > 0) return;
                if (alive.Add(name)) c.Join(name);
                else if (alive.Count > 1 && alive.Remove(name)) c.Kill(name);
            };
            cluster.Run();

            AssertAccounted(spec, cluster.Ledger);
            Assert.True(cluster.Counters.SlotsReassigned > 0);
            Assert.True(cluster.Counters.DuplicatesDropped > 0);
            Assert.Equal(0, cluster.DroppedConnections);
            Assert.Equal(3, cluster.Reports.OfType<ExchangeReport.Evaluated>().Count());
            Assert.All(cluster.Reports.OfType<ExchangeReport.EpochTrained>(), epoch => Assert.Equal(96, epoch.Samples));
        }
    }

    [Fact]
    public void Update_says_when_its_gradient_was_in_and_how_long_applying_took() =>
        Assert.All(new ImaginaryCluster(Spec("async"), seed: 1, "a").Run().Ledger, update =>
        {
            Assert.Equal(TimeSpan.FromMilliseconds(1), Assert.Single(update.Slots).Arrived);
            Assert.Equal(update.Slots[0].Arrived + ImaginaryCluster.ApplyTime, update.Elapsed);
        });

    [Theory]
    [InlineData("bounded:0", 0)]
    [InlineData("bounded:1", 1)]
    [InlineData("bounded:3", 3)]
    public void No_slot_is_computed_from_a_version_that_lacks_what_the_bound_asks_for(string mode, int bound)
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var cluster = new ImaginaryCluster(Spec(mode), seed, Names) { Copies = 0.1 }.Run();
            var madeBy = cluster.Ledger.ToDictionary(update => (ArrivalOf(update).Step, ArrivalOf(update).Slot), update => update.Step);
            foreach (var update in cluster.Ledger)
            {
                var arrival = ArrivalOf(update);
                for (var step = 1L; step <= arrival.Step - 1 - bound; step++)
                    Assert.All(Enumerable.Range(0, Slots), slot => Assert.True(madeBy[(step, slot)] <= arrival.FromVersion));
            }
            // The bound is used, too: with six workers for four slots, somebody is ahead.
            if (bound > 0) Assert.Contains(cluster.Ledger, update => ArrivalOf(update).FromVersion < (ArrivalOf(update).Step - 1) * Slots);
        }
    }

    [Fact]
    public void With_one_worker_a_slot_and_no_step_ahead_updates_add_up_to_those_of_synchronous_training()
    {
        var synchronous = new ImaginaryCluster(Specs.Small(optimizer: OptimizerKind.Sgd), seed: 1, "a").Run();
        var arrival = new ImaginaryCluster(Spec("bounded:0"), seed: 2, "a", "b", "c", "d").Run();

        var expected = synchronous.Saves[^1].Model.Values;
        var values = arrival.Saves[^1].Model.Values;
        Assert.Equal(Steps * Slots * 2, arrival.Version);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], values[i], 1e-4);
        Assert.Equal([16L, 16, 16, 16], arrival.Counters.Staleness!);   // the first of a step sees none, the last three others
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_worker_that_never_answers_again_blocks_nothing(string mode)
    {
        var frozen = false;
        var spec = Spec(mode, epochs: 4);
        var cluster = new ImaginaryCluster(spec, seed: 4, "a", "b", "c");
        cluster.BeforeAnswer = c =>
        {
            if (c.Version < 40) return;   // by then there is a distribution to be late by
            frozen = true;
            c.Freeze("a");
        };
        cluster.WhenStuck = c => c.Pass(TimeSpan.FromSeconds(1));
        cluster.Run();

        Assert.True(frozen);
        Assert.InRange(cluster.Counters.SlotsBackedUp, 1, 4);
        AssertAccounted(spec, cluster.Ledger);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_core_that_goes_on_from_any_version_applies_what_was_missing_and_nothing_twice(string mode)
    {
        var spec = Spec(mode);
        var whole = new ImaginaryCluster(spec, seed: 5, "a", "b", "c") { BeforeAnswer = c => { if (c.Version > 0) c.SaveNow(); } }.Run();
        Assert.Contains(whole.Saves, save => save.Position.Ahead is { Length: > 0 });

        foreach (var save in whole.Saves.DistinctBy(save => save.Model.Version))
        {
            var resumed = new ImaginaryCluster(spec, seed: 6, save, "d", "e").Run();
            AssertAccounted(spec, [.. whole.Ledger.Take((int)save.Model.Version), .. resumed.Ledger]);
            Assert.Equal(spec.Epochs * Steps * Slots, resumed.Counters.Staleness?.Sum() ?? 0);
        }
    }

    [Theory]
    [InlineData(1, 0, 7, 3)]    // from a version that there is not yet
    [InlineData(1, 0, -1, 3)]
    [InlineData(99, 0, 0, 3)]   // of no step of this epoch
    [InlineData(1, 9, 0, 3)]
    [InlineData(1, 0, 0, 5)]    // of other samples
    [InlineData(4, 0, 0, 3)]    // staler than the bound allows
    public void A_gradient_that_no_sound_worker_would_send_closes_its_connection(long step, int slot, long version, int samples)
    {
        var offered = false;
        var cluster = new ImaginaryCluster(Spec("bounded:1"), seed: 1, "a", "b");
        cluster.BeforeAnswer = c =>
        {
            if (offered || c.Reports.OfType<ExchangeReport.ModelReady>().Any() == false) return;
            offered = true;
            c.OfferRaw("a", new SlotGradient(Specs.First, step, slot, version, samples, 0, 0, 0, 0));
        };
        cluster.Run();
        Assert.Equal(1, cluster.DroppedConnections);
    }

    [Fact]
    public void A_slot_that_is_not_finite_is_left_out_and_said_so_and_the_others_are_applied()
    {
        var spec = Spec("async") with { OnNonFinite = NonFinitePolicy.Skip };
        var cluster = new ImaginaryCluster(spec, seed: 1, "a", "b") { IsBroken = (step, slot) => (step, slot) == (3, 1) }.Run();

        var skipped = Assert.Single(cluster.Ledger, update => update.Skipped is not null);
        Assert.Contains("step 3, slot 1", skipped.Skipped);
        Assert.Equal(1, cluster.Counters.UpdatesSkipped);
        AssertAccounted(spec, cluster.Ledger);
        Assert.Equal(96 - 3, cluster.Reports.OfType<ExchangeReport.EpochTrained>().First().Samples);
        Assert.Equal(cluster.Ledger[(int)skipped.Step - 2].VersionCrc, skipped.VersionCrc);
    }

    [Fact]
    public void A_slot_that_is_not_finite_stops_the_run_where_nothing_else_was_asked_for()
    {
        var cluster = new ImaginaryCluster(Spec("async"), seed: 1, "a", "b") { IsBroken = (step, slot) => (step, slot) == (3, 1) }.Run();
        Assert.Contains("step 3, slot 1", Assert.Single(cluster.Reports.OfType<ExchangeReport.Broken>()).Reason);
    }

    private static SlotArrival ArrivalOf(CommittedStep update) => update.Slots.Single().Arrival!.Value;

    /// <summary>Versions follow one another, and each slot of each step of the plan was applied once.</summary>
    private static void AssertAccounted(RunSpec spec, IReadOnlyList<CommittedStep> ledger)
    {
        Assert.Equal(Enumerable.Range(1, spec.Epochs * Steps * Slots).Select(version => (long)version), ledger.Select(update => update.Step));
        Assert.Equal(
            from step in Enumerable.Range(1, spec.Epochs * Steps) from slot in Enumerable.Range(0, Slots) select ((long)step, slot),
            ledger.Select(ArrivalOf).Select(arrival => (arrival.Step, arrival.Slot)).Order());
        Assert.All(ledger, update => Assert.InRange(ArrivalOf(update).FromVersion, 0, update.Step - 1));
    }
}
