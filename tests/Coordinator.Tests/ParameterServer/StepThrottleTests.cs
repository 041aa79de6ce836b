using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.ParameterServer;

/// <summary>Slow motion: when steps are opened changes nothing of what they compute.</summary>
public sealed class StepThrottleTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public void Full_speed_opens_at_once_and_a_rate_so_many_times_a_second()
    {
        var throttle = new StepThrottle();
        Assert.True(throttle.MayOpen(At(0)));

        throttle.Set(5);
        Assert.True(throttle.MayOpen(At(10)));
        throttle.Opened(At(10));
        Assert.False(throttle.MayOpen(At(10.19)));
        Assert.Equal(At(10.2), throttle.NextAt);
        Assert.True(throttle.MayOpen(At(10.2)));

        throttle.Set(null);
        Assert.True(throttle.MayOpen(At(10.01)));
    }

    [Fact]
    public void Paused_opens_only_as_many_as_somebody_asks_for()
    {
        var throttle = new StepThrottle();
        throttle.Set(0);
        Assert.False(throttle.MayOpen(Hour));
        Assert.Null(throttle.NextAt);

        throttle.StepOnce();
        throttle.StepOnce();
        throttle.Opened(Hour);
        Assert.True(throttle.MayOpen(Hour));
        throttle.Opened(Hour);
        Assert.False(throttle.MayOpen(2 * Hour));
    }

    [Fact]
    public void One_step_pauses_what_runs()
    {
        var throttle = new StepThrottle();
        throttle.StepOnce();
        Assert.Equal(0, throttle.StepsPerSecond);
        throttle.Opened(At(1));
        Assert.False(throttle.MayOpen(Hour));
    }

    [Fact]
    public void While_the_disk_is_behind_nothing_is_opened_at_any_pace()
    {
        foreach (var pace in new double?[] { null, 5, 0 })
        {
            var throttle = new StepThrottle { AwaitsDisk = true };
            throttle.Set(pace);
            if (pace == 0) throttle.StepOnce();
            Assert.False(throttle.MayOpen(Hour));
            Assert.Null(throttle.NextAt);
            throttle.AwaitsDisk = false;
            Assert.True(throttle.MayOpen(Hour));
        }
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(double.Epsilon)]
    public void However_slow_the_pace_a_step_is_due_within_a_day(double pace)
    {
        var throttle = new StepThrottle();
        throttle.Set(pace);
        throttle.Opened(At(1));
        Assert.Equal(At(1) + TimeSpan.FromDays(1), throttle.NextAt);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-1)]
    [InlineData(double.PositiveInfinity)]
    public void What_is_no_pace_is_refused(double pace) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new StepThrottle().Set(pace));

    [Theory]
    [InlineData("sync")]
    [InlineData("bounded:1")]
    [InlineData("async")]
    public void A_run_that_is_stepped_by_hand_makes_every_step_once_and_nobody_is_taken_for_stuck(string mode)
    {
        Assert.True(UpdateMode.TryParse(mode, out var parsed));
        var spec = Specs.Small() with { Mode = parsed };
        var undisturbed = new ImaginaryCluster(spec, 1, "a", "b", "c").Run();
        var cluster = new ImaginaryCluster(spec, 1, "a", "b", "c");
        cluster.Throttle.Set(0);
        var steps = 0;
        cluster.WhenStuck = stuck =>
        {
            if (stuck.HeldUntil is null && !stuck.View.IsHeld) return;
            // An hour without a step, and then one.
            Assert.True(stuck.View.IsHeld);
            stuck.Pass(Hour);
            Assert.Equal(steps, stuck.Ledger.Count);
            stuck.Throttle.StepOnce();
            steps++;
            stuck.Pass(TimeSpan.Zero);
        };

        cluster.Run();

        Assert.Equal(undisturbed.Ledger.Count, steps);
        Assert.Equal(steps, cluster.Ledger.Count);
        Assert.DoesNotContain(cluster.Reports, report => report is ExchangeReport.Stuck or ExchangeReport.BackedUp or ExchangeReport.Broken);
        if (!parsed.IsSynchronous) return;
        Assert.Equal(undisturbed.ParametersSha256, cluster.ParametersSha256);
        Assert.Equal(undisturbed.Ledger.Select(step => step.VersionCrc), cluster.Ledger.Select(step => step.VersionCrc));
    }

    [Fact]
    public void Pauses_do_not_count_as_training_time()
    {
        var cluster = new ImaginaryCluster(Specs.Small(epochs: 1), 1, "a", "b");
        cluster.Throttle.Set(0);
        cluster.WhenStuck = stuck =>
        {
            if (!stuck.View.IsHeld) return;
            stuck.Pass(Hour);
            stuck.Throttle.StepOnce();
            stuck.Pass(TimeSpan.Zero);
        };

        cluster.Run();

        var trained = Assert.Single(cluster.Reports.OfType<ExchangeReport.EpochTrained>());
        Assert.InRange(trained.Elapsed, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_rate_says_when_the_next_step_is_due()
    {
        var cluster = new ImaginaryCluster(Specs.Small(epochs: 1), 1, "a", "b");
        cluster.Throttle.Set(1);
        var waits = 0;
        cluster.WhenStuck = stuck =>
        {
            if (!stuck.View.IsHeld) return;
            waits++;
            Assert.NotNull(stuck.HeldUntil);
            stuck.Pass(TimeSpan.FromSeconds(0.5));
            if (stuck.View.IsHeld) stuck.Pass(TimeSpan.FromSeconds(0.5));
            Assert.False(stuck.View.IsHeld);
        };

        cluster.Run();

        Assert.Equal(cluster.Ledger.Count - 1, waits);   // all but the first
    }

    [Fact]
    public void A_worker_that_is_lost_in_a_pause_has_no_part_in_the_next_step()
    {
        var spec = Specs.Small();
        var cluster = new ImaginaryCluster(spec, 1, "a", "b");
        cluster.Throttle.Set(0);
        var lost = false;
        cluster.WhenStuck = stuck =>
        {
            if (!stuck.View.IsHeld) return;
            if (!lost && stuck.Ledger.Count == 3)
            {
                stuck.Kill("a");
                lost = true;
            }
            stuck.Throttle.StepOnce();
            stuck.Pass(TimeSpan.Zero);
        };

        cluster.Run();

        Assert.True(lost);
        Assert.All(cluster.Ledger.Skip(3).SelectMany(step => step.Slots), slot => Assert.Equal("b", slot.Worker.Name));
        Assert.Equal(new ImaginaryCluster(spec, 1, "a").Run().ParametersSha256, cluster.ParametersSha256);
    }

    [Fact]
    public void View_has_the_open_slots_with_who_has_them_and_what_is_in()
    {
        var cluster = new ImaginaryCluster(Specs.Small(), 1, "a", "b");
        var seen = 0;
        cluster.BeforeAnswer = running =>
        {
            if (running.Ledger.Count != 2 || running.View.Slots.Count(slot => slot.IsIn) != 1) return;
            seen++;
            var view = running.View;
            Assert.Equal((2, "step 3"), (view.Version, view.Work));
            Assert.Equal([("a", 3L), ("a", 3L), ("b", 3L), ("b", 3L)], view.Slots.Select(slot => (slot.Worker!, slot.Step)));
            Assert.Equal([("a", 2L, true), ("b", 2L, true)], view.Workers.Select(worker => (worker.Name, worker.Version!.Value, worker.TakesPart)));
        };

        cluster.Run();

        Assert.True(seen > 0);
    }

    [Theory]
    [InlineData("sync")]
    [InlineData("async")]
    public void Samples_of_somebody_who_watches_change_nothing_and_come_from_a_version_that_the_worker_holds(string mode)
    {
        Assert.True(UpdateMode.TryParse(mode, out var parsed));
        var spec = Specs.Small() with { Mode = parsed };
        var undisturbed = new ImaginaryCluster(spec, 1, "a", "b").Run();
        var cluster = new ImaginaryCluster(spec, 1, "a", "b");
        var asked = 0L;
        cluster.BeforeAnswer = running =>
        {
            if (!running.AskForward(++asked)) asked--;
        };

        cluster.Run();

        Assert.True(asked > 20);
        Assert.Equal(asked, cluster.Forwards.Count);
        if (!parsed.IsSynchronous) return;
        Assert.Equal(undisturbed.ParametersSha256, cluster.ParametersSha256);
        Assert.All(cluster.Forwards, forward => Assert.InRange(forward.Order.Version, 0, undisturbed.Version));
    }
}
