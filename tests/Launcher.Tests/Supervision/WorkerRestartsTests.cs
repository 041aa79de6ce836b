using MiniBatch.Supervision;

namespace MiniBatch.Launcher.Tests.Supervision;

public sealed class WorkerRestartsTests
{
    private static readonly ExitStatus Killed = new(137);
    private static readonly ExitStatus Failed = new(1);
    private static readonly TimeSpan LongAgo = TimeSpan.FromMinutes(10);

    private readonly WorkerRestarts _restarts = new("worker-1", SupervisorOptions.Default);

    [Fact]
    public void Killed_worker_is_restarted_and_told_with_its_back_off()
    {
        Assert.Equal(
            new RestartVerdict(
                TimeSpan.Zero, GivenUp: false,
                "worker-1 was killed by SIGKILL; starting it again at once (restart 1 of at most 5 without a step between)"),
            Ended(Killed, LongAgo));
    }

    [Fact]
    public void Sixth_death_without_a_step_between_is_the_last()
    {
        for (var i = 0; i < 5; i++) Assert.False(Ended(Killed, LongAgo + TimeSpan.FromSeconds(i)).GivenUp);

        var sixth = Ended(Killed, LongAgo + TimeSpan.FromSeconds(59));

        Assert.True(sixth.GivenUp);
        Assert.Null(sixth.BackOff);
        Assert.Equal("worker-1 was killed by SIGKILL, after 5 restarts without a step between; it is not started again", sixth.Reason);
    }

    [Fact]
    public void A_worker_that_computes_a_step_between_its_deaths_is_never_given_up()
    {
        for (var death = 1; death <= 100; death++)
            Assert.Equal(TimeSpan.Zero, Ended(Killed, LongAgo + TimeSpan.FromSeconds(death), step: death).BackOff);
    }

    [Fact]
    public void Quick_failures_with_a_step_between_are_not_in_a_row()
    {
        for (var step = 1; step <= 10; step++) Assert.False(QuickFailure(step).GivenUp);
    }

    [Fact]
    public void Where_who_was_terminated_is_to_come_back_it_uses_up_restarts_as_any_other()
    {
        var restarts = new WorkerRestarts("worker-1", SupervisorOptions.Default with { RestartsTerminated = true });
        var ends = Enumerable.Range(0, 6).Select(_ => restarts.Ended(new ExitStatus(128 + 15), "", LongAgo, LongAgo + TimeSpan.FromSeconds(1), step: 0)).ToList();

        Assert.Equal("worker-1 was killed by SIGTERM; starting it again at once (restart 1 of at most 5 without a step between)", ends[0].Reason);
        Assert.All(ends[..5], end => Assert.NotNull(end.BackOff));
        Assert.True(ends[5].GivenUp);
    }

    [Fact]
    public void Usage_error_is_given_up_at_once()
    {
        var verdict = _restarts.Ended(new ExitStatus(2), "--device gpu: give one of auto, cpu", TimeSpan.Zero, TimeSpan.FromMinutes(1), step: 0);

        Assert.True(verdict.GivenUp);
        Assert.Contains("--device gpu", verdict.Reason);
    }

    [Fact]
    public void Third_quick_failure_in_a_row_is_the_last_and_is_told_with_its_cause()
    {
        Assert.False(QuickFailure().GivenUp);
        Assert.False(QuickFailure().GivenUp);

        var third = QuickFailure();

        Assert.True(third.GivenUp);
        Assert.Equal("worker-1 ended with exit code 1 (no libtorch), for the third time right after its start; it is not started again", third.Reason);
    }

    [Fact]
    public void Quick_failures_only_count_in_a_row()
    {
        QuickFailure();
        QuickFailure();
        Ended(Killed, LongAgo);

        Assert.False(QuickFailure().GivenUp);
    }

    [Fact]
    public void Failure_after_work_is_no_quick_failure()
    {
        var verdicts = Enumerable.Range(0, 4).Select(i => _restarts.Ended(Failed, "", TimeSpan.Zero, TimeSpan.FromMinutes(2 * (i + 1)), step: 0));

        Assert.All(verdicts, verdict => Assert.NotNull(verdict.BackOff));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(128 + 15)]
    public void Worker_that_leaves_in_order_is_neither_restarted_nor_given_up(int code)
    {
        var verdict = Ended(new ExitStatus(code), LongAgo);

        Assert.Equal(new RestartVerdict(null, GivenUp: false, "worker-1 has left"), verdict);
    }

    private RestartVerdict Ended(ExitStatus status, TimeSpan now, long step = 0) =>
        _restarts.Ended(status, "", now - TimeSpan.FromSeconds(1), now, step);

    private RestartVerdict QuickFailure(long step = 0) => _restarts.Ended(Failed, "no libtorch", LongAgo, LongAgo + TimeSpan.FromSeconds(1), step);
}
