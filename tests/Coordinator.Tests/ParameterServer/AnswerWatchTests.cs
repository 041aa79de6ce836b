using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.ParameterServer;

public class AnswerWatchTests
{
    private static readonly WorkerId[] Both = [Specs.Worker("a"), Specs.Worker("b")];

    private readonly StragglerWatch _steps = new();
    private readonly AnswerWatch _watch = new(Seconds(60));
    private readonly HashSet<WorkerId> _holders = [.. Both];

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private string[] Look(double seconds, params WorkerId[] workers) =>
        [.. _watch.Look(workers.Length > 0 ? workers : Both, _holders.Contains, _steps.Pace(), Seconds(seconds)).Select(stuck => stuck.Worker.Name)];

    [Fact]
    public void Worker_that_answers_nothing_is_stuck_after_the_limit_from_the_first_step_on()
    {
        Assert.Empty(Look(10));
        _watch.Settle(Both[0]);
        Assert.Empty(Look(69.9));
        Assert.Equal(["b"], Look(70.1));
    }

    [Fact]
    public void Stuck_worker_is_told_once_and_owes_anew()
    {
        Look(0);
        Assert.Equal(["a", "b"], Look(61));
        Assert.Empty(Look(62));
        Assert.Equal(["a", "b"], Look(123));
    }

    [Fact]
    public void Step_that_others_completed_pays_no_debt()
    {
        Look(0);
        _holders.Clear();   // a backup was faster
        Assert.Empty(Look(30));
        _holders.UnionWith(Both);
        _watch.Settle(Both[0]);
        Assert.Equal(["b"], Look(61));
    }

    [Fact]
    public void Worker_with_nothing_to_do_is_not_stuck()
    {
        _holders.Remove(Both[1]);
        Look(0);
        Assert.Equal(["a"], Look(61));
    }

    [Fact]
    public void Time_in_which_a_worker_did_not_take_part_does_not_count()
    {
        Look(0);
        Look(50, Both[0]);
        Assert.Equal(["a"], Look(61));
    }

    [Fact]
    public void Slow_steps_raise_the_limit_to_fifty_of_them()
    {
        for (var i = 0; i < 20; i++) _steps.Add(Seconds(2));
        Look(0);
        Assert.Empty(Look(99));
        Assert.Equal(["a", "b"], Look(101));
    }

    [Fact]
    public void Of_few_steps_one_that_waited_for_somebody_raises_no_limit()
    {
        for (var i = 0; i < StragglerWatch.StepsMin - 1; i++) _steps.Add(Seconds(20));
        Look(0);
        Assert.Equal(["a", "b"], Look(61));
    }

    [Theory]
    [InlineData(100, 4, 60)]
    [InlineData(60_000, 4, 600)]
    public void Limit_of_a_run_grows_with_its_slots(int batch, int slots, double seconds) =>
        Assert.Equal(Seconds(seconds), WorkerTimeouts.For(Specs.Small(slots) with { GlobalBatch = batch }).Answer);

    [Fact]
    public void Slow_workers_that_answer_are_never_stuck()
    {
        // An epoch of two minutes, in steps of 1.2 s.
        var cluster = new ImaginaryCluster(Specs.Small(epochs: 1) with { TrainCount = 1300 }, seed: 1, "a", "b") { BeforeAnswer = c => c.Pass(Seconds(0.3)) };
        Assert.Empty(cluster.Run().Reports.OfType<ExchangeReport.Stuck>());
    }

    [Fact]
    public void Coordinator_that_was_stopped_for_an_hour_finds_nobody_stuck_or_silent()
    {
        var spec = Specs.Small();
        var cluster = new ImaginaryCluster(spec, seed: 1, "a", "b", "c", "d", "e");
        var hours = 0;
        cluster.BeforeAnswer = c =>
        {
            if (c.Ledger.Count % 3 != 0 || hours > c.Ledger.Count) return;
            hours = c.Ledger.Count + 1;
            // All hold a slot, or have just answered; what they say meanwhile waits for the coordinator.
            c.StandStill(TimeSpan.FromHours(1));
            c.Pass(TimeSpan.Zero);
        };

        cluster.Run();

        Assert.True(hours > spec.StepsPerEpoch);
        Assert.DoesNotContain(cluster.Reports, report => report is ExchangeReport.Stuck or ExchangeReport.Silent);
        Assert.Equal(new ImaginaryCluster(spec, seed: 0, "b").Run().ParametersSha256, cluster.ParametersSha256);
    }

    [Theory]
    [InlineData("version 0")]
    [InlineData("step 1")]
    [InlineData("step 11")]
    [InlineData("the evaluation of version 8")]
    public void Worker_that_gets_stuck_anywhere_is_found_and_the_bits_stay(string work)
    {
        var spec = Specs.Small();
        var cluster = new ImaginaryCluster(spec, seed: 1, WorkerTimeouts.For(spec) with { BackUp = false }, "a", "b");
        cluster.BeforeAnswer = c =>
        {
            if (c.Work == work) c.Freeze("a");
        };
        cluster.WhenStuck = c =>
        {
            if (c.Work != work) return;
            for (var waited = 0; waited < 100 && !c.Reports.OfType<ExchangeReport.Stuck>().Any(); waited++) c.Pass(Seconds(1));
            c.Kill("a");
        };
        cluster.Run();

        var found = Assert.Single(cluster.Reports.OfType<ExchangeReport.Stuck>());
        Assert.Equal(work, found.Work);
        Assert.InRange(found.Owed, Seconds(60), Seconds(62));
        Assert.Equal(new ImaginaryCluster(spec, seed: 0, "b").Run().ParametersSha256, cluster.ParametersSha256);
    }
}
