using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.ParameterServer;

public class StragglerTests
{
    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static StragglerWatch Watch(int steps, double milliseconds)
    {
        var watch = new StragglerWatch();
        for (var i = 0; i < steps; i++) watch.Add(Ms(milliseconds));
        return watch;
    }

    [Fact]
    public void Nothing_is_late_before_there_is_a_distribution() =>
        Assert.False(Watch(StragglerWatch.StepsMin - 1, 1).IsLate(Ms(10_000)));

    [Theory]
    [InlineData(100, 399, false)]
    [InlineData(100, 401, true)]
    [InlineData(1, 49, false)]   // four times the median, but noise
    [InlineData(1, 51, true)]
    public void Late_is_four_medians_and_more_than_noise(double median, double open, bool late) =>
        Assert.Equal(late, Watch(20, median).IsLate(Ms(open)));

    [Fact]
    public void A_few_slow_steps_do_not_move_the_bar_and_many_do()
    {
        var watch = Watch(64, 100);
        for (var i = 0; i < 20; i++) watch.Add(Ms(2000));
        Assert.True(watch.IsLate(Ms(401)));
        for (var i = 0; i < 64; i++) watch.Add(Ms(2000));
        Assert.False(watch.IsLate(Ms(401)));
    }

    [Fact]
    public void Idle_workers_get_one_open_item_each_and_once()
    {
        var board = new WorkBoard(4);
        var all = new Assignment(new Generation(1), [.. new[] { "a", "b", "c", "d", "e" }.Select(Specs.Worker)]);
        board.Deal(all);   // one each, e is a spare
        board.Complete(0);
        var given = board.BackUp(all);
        Assert.Equal([("a", 1, "b"), ("e", 2, "c")], given.Select(g => (g.Worker.Name, g.Item, g.Straggler.Name)));
        Assert.Empty(board.BackUp(all));   // nobody is idle any more
        board.Complete(1);
        Assert.Equal([("a", 3, "d")], board.BackUp(all).Where(g => g.Worker.Name == "a").Select(g => (g.Worker.Name, g.Item, g.Straggler.Name)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_frozen_workers_slots_are_computed_by_an_idle_one_and_the_bits_stay(bool thawed)
    {
        var spec = Specs.Small(epochs: 6);
        var frozen = false;
        var cluster = new ImaginaryCluster(spec, seed: 1, "a", "b");
        cluster.BeforeAnswer = c =>
        {
            if (frozen || c.Version < 20) return;
            frozen = true;
            if (!thawed) c.Freeze("b");
            c.Pass(TimeSpan.FromSeconds(1));
        };
        // "a" may not be idle yet when the time passes: it passes before each answer from here on.
        var before = cluster.BeforeAnswer;
        cluster.BeforeAnswer = c =>
        {
            before(c);
            if (frozen) c.Pass(TimeSpan.FromSeconds(1));
        };
        cluster.WhenStuck = c => c.Pass(TimeSpan.FromSeconds(1));
        cluster.Run();

        Assert.True(cluster.Counters.SlotsBackedUp > 0);
        Assert.Contains(cluster.Reports, report => report is ExchangeReport.BackedUp { Straggler.Name: "b", Backup.Name: "a" } or ExchangeReport.BackedUp { Straggler.Name: "a" });
        Assert.Equal(new ImaginaryCluster(spec, seed: 0, "a").Run().ParametersSha256, cluster.ParametersSha256);
    }

    [Fact]
    public void A_frozen_worker_makes_one_step_late_and_has_slots_again_once_it_has_answered()
    {
        var spec = Specs.Small(epochs: 8);
        var (frozenAt, thawedAt) = (0L, 0L);
        var cluster = new ImaginaryCluster(spec, seed: 1, "a", "b");
        cluster.WhenStuck = c =>
        {
            // "a" has answered all it was asked.
            if (frozenAt > 0 && thawedAt == 0) c.Pass(TimeSpan.FromSeconds(1));
        };
        cluster.BeforeAnswer = c =>
        {
            if (frozenAt == 0 && c.Version == 20)
            {
                frozenAt = 21;
                c.Freeze("b");
            }
            if (thawedAt > 0 || c.Version < 40) return;
            Assert.Equal([("a", false), ("b", true)], c.View.Workers.Select(worker => (worker.Name, worker.Lags)));
            thawedAt = c.Version;
            c.Thaw();
        };
        cluster.Run();

        var late = cluster.Reports.OfType<ExchangeReport.BackedUp>().ToList();
        Assert.All(late, report => Assert.Equal((frozenAt, "b"), (report.Step, report.Straggler.Name)));
        Assert.InRange(late.Count, 1, spec.Slots);
        Assert.All(cluster.Ledger.Where(step => step.Step > frozenAt && step.Step <= thawedAt), step => Assert.All(step.Slots, slot => Assert.Equal("a", slot.Worker.Name)));
        Assert.All(cluster.Ledger.Where(step => step.Step > thawedAt + 2), step => Assert.Contains(step.Slots, slot => slot.Worker.Name == "b"));
        Assert.Equal(new ImaginaryCluster(spec, seed: 0, "a").Run().ParametersSha256, cluster.ParametersSha256);
    }

    [Fact]
    public void A_worker_that_lags_is_found_stuck_though_it_holds_no_slot()
    {
        var spec = Specs.Small(epochs: 20);
        var timeouts = WorkerTimeouts.For(spec) with { Answer = TimeSpan.FromSeconds(2) };
        var isFrozen = false;
        var cluster = new ImaginaryCluster(spec, seed: 1, timeouts, "a", "b");
        cluster.WhenStuck = c =>
        {
            if (isFrozen) c.Pass(TimeSpan.FromMilliseconds(300));
        };
        cluster.BeforeAnswer = c =>
        {
            if (!isFrozen && c.Version == 20)
            {
                isFrozen = true;
                c.Freeze("b");
            }
            else if (isFrozen) c.Pass(TimeSpan.FromMilliseconds(100));
        };
        cluster.Run();

        Assert.Equal("b", Assert.IsType<ExchangeReport.Stuck>(cluster.Reports.First(report => report is ExchangeReport.Stuck)).Worker.Name);
    }

    [Fact]
    public void Where_only_a_worker_that_lags_is_left_it_is_dealt_all()
    {
        var spec = Specs.Small(epochs: 6);
        var cluster = new ImaginaryCluster(spec, seed: 1, "a", "b");
        var isFrozen = false;
        cluster.WhenStuck = c =>
        {
            if (isFrozen) c.Pass(TimeSpan.FromSeconds(1));
        };
        cluster.BeforeAnswer = c =>
        {
            if (!isFrozen && c.Version == 20)
            {
                isFrozen = true;
                c.Freeze("b");
            }
            if (c.Version == 25 && c.IsAlive("a")) c.Kill("a");
        };
        cluster.Run();

        Assert.Equal("b", cluster.Ledger[^1].Slots.Select(slot => slot.Worker.Name).Distinct().Single());
        Assert.Equal(new ImaginaryCluster(spec, seed: 0, "a").Run().ParametersSha256, cluster.ParametersSha256);
    }

    [Fact]
    public void A_worker_that_was_dealt_slots_while_it_was_gone_does_not_lag_when_it_is_back()
    {
        var spec = Specs.Small(epochs: 6);
        var cluster = new ImaginaryCluster(spec, seed: 1, "a", "b");
        var (cutAt, backAt) = (0L, 0L);
        cluster.BeforeAnswer = c =>
        {
            if (cutAt > 0 || c.Version < 20) return;
            cutAt = c.Version;
            c.Cut("b");
        };
        cluster.WhenStuck = c =>
        {
            if (cutAt == 0) return;
            c.Pass(TimeSpan.FromSeconds(1));
            if (backAt > 0 || c.Version < cutAt + 3) return;
            backAt = c.Version;
            c.Reconnect("b");
        };
        cluster.Run();

        Assert.True(backAt > 0 && cluster.Counters.SlotsBackedUp > 0);
        Assert.All(cluster.Ledger.Where(step => step.Step > backAt + 2), step => Assert.Contains(step.Slots, slot => slot.Worker.Name == "b"));
        Assert.Equal(new ImaginaryCluster(spec, seed: 0, "a").Run().ParametersSha256, cluster.ParametersSha256);
    }
}
