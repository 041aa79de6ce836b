using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Numerics.Schedules;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.ParameterServer;

public class ExchangeCoreTests
{
    private static readonly string[] Names = ["a", "b", "c", "d", "e", "f"];

    private static ImaginaryCluster Undisturbed(RunSpec spec) => new ImaginaryCluster(spec, seed: 0, "a").Run();

    public static TheoryData<OptimizerKind> Optimizers => [.. Enum.GetValues<OptimizerKind>()];

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Any_number_of_workers_and_any_order_of_answers_give_the_same_bits(OptimizerKind optimizer)
    {
        var spec = Specs.Small(optimizer: optimizer);
        var expected = Undisturbed(spec).ParametersSha256;
        for (var workers = 1; workers <= Names.Length; workers++)
        {
            for (var seed = 0; seed < 5; seed++)
                Assert.Equal(expected, new ImaginaryCluster(spec, seed, Names[..workers]).Run().ParametersSha256);
        }
    }

    [Fact]
    public void Step_says_when_each_gradient_was_in_and_how_long_applying_took()
    {
        var ledger = new ImaginaryCluster(Specs.Small(), seed: 3, "a", "b").Run().Ledger;
        var millisecond = TimeSpan.FromMilliseconds(1);   // that each answer takes
        Assert.All(ledger, step =>
        {
            Assert.Equal([1, 2, 3, 4], step.Slots.Select(slot => slot.Arrived / millisecond).Order());
            Assert.Equal((4 * millisecond) + ImaginaryCluster.ApplyTime, step.Elapsed);
        });
        Assert.True(ledger.Count(step => step.Slots[3].Arrived < step.Slots[0].Arrived) > 0);
    }

    [Fact]
    public void Other_slots_or_another_seed_give_other_bits()
    {
        var expected = Undisturbed(Specs.Small()).ParametersSha256;
        Assert.NotEqual(expected, Undisturbed(Specs.Small(slots: 3)).ParametersSha256);
        Assert.NotEqual(expected, Undisturbed(Specs.Small() with { Seed = 8 }).ParametersSha256);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Workers_that_die_and_come_at_random_change_no_bit_and_no_sample(int seed)
    {
        var spec = Specs.Small(epochs: 4);
        var expected = Undisturbed(spec);
        var random = new Random(seed);
        var alive = new HashSet<string> { "a", "b", "c" };
        var deaths = 0;
        var cluster = new ImaginaryCluster(spec, seed, [.. alive]) { Copies = 0.2 };
        cluster.BeforeAnswer = c =>
        {
            var name = Names[random.Next(Names.Length)];
            if (random.Next(10) > 0) return;
            if (alive.Add(name))
            {
                c.Join(name);
            }
            else if (alive.Count > 1)
            {
                alive.Remove(name);
                c.Kill(name);
                deaths++;
            }
        };
        cluster.Run();

        Assert.True(deaths > 0);
        Assert.True(cluster.Counters.SlotsReassigned > 0);
        Assert.True(cluster.Counters.DuplicatesDropped > 0);
        Assert.Equal(expected.ParametersSha256, cluster.ParametersSha256);
        Assert.Equal(Samples(expected), Samples(cluster));
    }

    [Fact]
    public void Each_step_is_recorded_once_and_in_order_with_the_planned_samples()
    {
        var spec = Specs.Small();
        var cluster = new ImaginaryCluster(spec, seed: 3, "a", "b") { Copies = 0.5 }.Run();

        Assert.Equal(Enumerable.Range(1, spec.StepsPerEpoch * spec.Epochs).Select(step => (long)step), cluster.Ledger.Select(step => step.Step));
        Assert.All(cluster.Ledger, step => Assert.Equal(spec.GlobalBatch, step.Slots.Sum(slot => slot.Samples)));
        Assert.Equal(spec.Epochs, cluster.Reports.OfType<ExchangeReport.EpochTrained>().Count());
        Assert.All(cluster.Reports.OfType<ExchangeReport.EpochTrained>(), epoch => Assert.Equal(spec.SamplesPerEpoch, epoch.Samples));
    }

    [Fact]
    public void A_suspected_worker_that_answers_after_all_is_a_duplicate_or_the_first_and_changes_nothing()
    {
        var spec = Specs.Small();
        var suspected = false;
        var cluster = new ImaginaryCluster(spec, seed: 1, "a", "b");
        cluster.BeforeAnswer = c =>
        {
            if (suspected || c.Version < 3) return;
            suspected = true;
            c.Suspect("b");
        };
        cluster.Run();

        Assert.True(suspected);
        Assert.True(cluster.Counters.DuplicatesDropped > 0);
        Assert.Equal(Undisturbed(spec).ParametersSha256, cluster.ParametersSha256);
    }

    [Fact]
    public void Evaluation_sums_do_not_depend_on_who_evaluates()
    {
        var expected = Undisturbed(Specs.Small()).Reports.OfType<ExchangeReport.Evaluated>();
        Assert.Equal(expected, new ImaginaryCluster(Specs.Small(), 5, "a", "b", "c").Run().Reports.OfType<ExchangeReport.Evaluated>());
    }

    [Fact]
    public void A_loss_that_is_not_finite_ends_the_run_with_the_slots_name_and_applies_nothing()
    {
        var cluster = new ImaginaryCluster(Specs.Small(optimizer: OptimizerKind.Sgd, learningRate: 1e30), seed: 0, "a").Run();

        var broken = Assert.Single(cluster.Reports.OfType<ExchangeReport.Broken>());
        Assert.Contains("slot", broken.Reason);
        Assert.Contains("not finite", broken.Reason);
        Assert.Equal(cluster.Ledger.Count, cluster.Version);
    }

    [Theory]
    [InlineData(ClipKind.Norm)]
    [InlineData(ClipKind.Value)]
    public void Gradients_over_the_limit_are_clipped_and_recorded_with_the_norm_that_they_had(ClipKind by)
    {
        var free = Undisturbed(Specs.Small());
        var limit = 1.001 * free.Ledger.Select(step => step.Update.GradientNorm).Order().ElementAt(free.Ledger.Count / 2);
        var clipped = Undisturbed(Specs.Small() with { Clip = new ClipSettings(by, by == ClipKind.Norm ? limit : limit / 10) });

        Assert.Equal(free.Ledger[0].Update.GradientNorm, clipped.Ledger[0].Update.GradientNorm);
        Assert.NotEqual(free.ParametersSha256, clipped.ParametersSha256);
        Assert.DoesNotContain(free.Ledger, step => step.Update.Clipped);
        Assert.Contains(clipped.Ledger, step => step.Update.Clipped);
        Assert.Equal((0, clipped.Ledger.Count(step => step.Update.Clipped)), (free.Counters.UpdatesClipped, clipped.Counters.UpdatesClipped));
        if (by == ClipKind.Norm) Assert.All(clipped.Ledger, step => Assert.Equal(step.Update.GradientNorm > limit, step.Update.Clipped));
    }

    [Fact]
    public void Steps_have_the_rates_of_the_schedule()
    {
        var spec = Specs.Small() with { Schedule = new ScheduleSettings(ScheduleKind.Cosine, WarmupSteps: 3, MinimumRate: 0) };
        var rates = Undisturbed(spec).Ledger.Select(step => step.Update.LearningRate).ToArray();

        Assert.Equal(Enumerable.Range(1, 16).Select(step => spec.CreateSchedule().RateAt(step)), rates);
        Assert.Equal(rates.Max(), rates[2]);
    }

    [Theory]
    [InlineData(99, 0, 3)]    // a step that was never opened
    [InlineData(1, 4, 3)]     // no such slot
    [InlineData(1, -1, 3)]
    public void A_gradient_that_nobody_asked_for_costs_the_sender_its_connection(long step, int slot, int samples)
    {
        var cluster = new ImaginaryCluster(Specs.Small(), seed: 0, "a");
        cluster.OfferRaw("a", new SlotGradient(Specs.First, step, slot, step - 1, samples, 0, 0, 0, 0));
        cluster.Run();
        Assert.Equal(1, cluster.DroppedConnections);
    }

    [Fact]
    public void A_gradient_for_an_earlier_incarnation_is_dropped()
    {
        var spec = Specs.Small();
        var cluster = new ImaginaryCluster(spec, seed: 0, "a");
        cluster.BeforeAnswer = c => c.OfferRaw("a", new SlotGradient(new Incarnation(0), c.Version + 1, 0, c.Version, 3, 9e9, 0, 0, 0));
        Assert.Equal(Undisturbed(spec).ParametersSha256, cluster.Run().ParametersSha256);
    }

    private static IEnumerable<uint> Samples(ImaginaryCluster cluster) =>
        cluster.Ledger.SelectMany(step => step.Slots).Select(slot => slot.SampleCrc);
}
