using System.Runtime.InteropServices;
using MiniBatch.Supervision;
using static MiniBatch.Supervision.SupervisorDecision;
using static MiniBatch.Supervision.SupervisorEvent;

namespace MiniBatch.Launcher.Tests.Supervision;

/// <summary>What <see cref="SupervisorCore"/> makes of a coordinator that ended.</summary>
public sealed class CoordinatorRestartTests
{
    private static readonly ExitStatus Killed = new(137);

    private readonly SupervisorCore _core = new(["worker-1", "worker-2"], SupervisorOptions.Default);

    public CoordinatorRestartTests() => _core.Start(TimeSpan.Zero);

    [Theory]
    [InlineData(137, "the coordinator was killed by SIGKILL")]
    [InlineData(134, "the coordinator was killed by SIGABRT")]
    [InlineData(3, "the coordinator ended with exit code 3")]
    public void Crashed_coordinator_is_told_and_started_again_at_once(int code, string what)
    {
        Assert.Collection(At(10, new CoordinatorExited(new ExitStatus(code))),
            first => Assert.IsType<ForgetAddress>(first),
            second => Assert.Equal(
                $"{what}; starting it again at once (restart 1 of at most 5 without a step between), to go on from the last checkpoint",
                Assert.IsType<Tell>(second).Reason),
            third => Assert.Equal(2, Assert.IsType<StartCoordinator>(third).Workers));
        Assert.Null(_core.NextDeadline);
    }

    [Fact]
    public void Coordinator_that_crashes_again_without_a_step_between_is_started_after_a_back_off()
    {
        At(10, new CoordinatorExited(Killed));

        Assert.EndsWith(
            "starting it again in 0.2 s (restart 2 of at most 5 without a step between), to go on from the last checkpoint",
            Assert.IsType<Tell>(At(11, new CoordinatorExited(Killed))[^1]).Reason, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(11.2), _core.NextDeadline);
        Assert.Empty(At(11.1, new TimePassed()));
        Assert.IsType<StartCoordinator>(Assert.Single(At(11.2, new TimePassed())));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Failed_run_is_not_started_again(int code)
    {
        Assert.Empty(At(10, new CoordinatorExited(new ExitStatus(code))));
        Assert.IsType<TerminateWorkers>(Assert.Single(At(13, new TimePassed())));

        Assert.Equal(code, EndOfBothWorkers(13).ExitCode);
    }

    [Fact]
    public void Worker_that_dies_without_a_coordinator_is_restarted_like_any_other()
    {
        Assert.IsType<StartCoordinator>(At(10, new CoordinatorExited(Killed))[^1]);

        Assert.Equal(0, Assert.IsType<StartWorker>(At(10.1, new WorkerExited(0, Killed, ""))[^1]).Worker);
    }

    [Fact]
    public void Worker_that_was_given_up_is_not_expected_by_the_next_coordinator()
    {
        At(9, new WorkerExited(0, new ExitStatus(2), "bad flag"));

        Assert.Equal(1, Assert.IsType<StartCoordinator>(At(10, new CoordinatorExited(Killed))[^1]).Workers);
    }

    [Fact]
    public void Sixth_crash_without_a_step_between_ends_the_workers_at_once_and_the_run_with_1()
    {
        for (var crash = 0; crash < 5; crash++) CrashAndRestart(10 * crash);

        Assert.Collection(At(50, new CoordinatorExited(Killed)),
            first => Assert.IsType<ForgetAddress>(first),
            second => Assert.Equal(
                "the coordinator was killed by SIGKILL, after 5 restarts without a step between; it is not started again; go on later with --resume",
                Assert.IsType<Tell>(second).Reason),
            third => Assert.IsType<TerminateWorkers>(third));

        Assert.Equal(1, EndOfBothWorkers(50.1).ExitCode);
    }

    [Fact]
    public void Crashes_with_a_step_between_them_are_survived_for_ever()
    {
        for (var crash = 1; crash <= 100; crash++) CrashAndRestart(6 * crash, step: crash);
    }

    [Fact]
    public void Steps_that_are_computed_again_are_none_between()
    {
        for (var crash = 0; crash < 5; crash++) CrashAndRestart(10 * crash, step: 1000);

        Assert.IsType<TerminateWorkers>(At(50, new CoordinatorExited(Killed, Step: 1000))[^1]);
    }

    [Fact]
    public void Terminated_coordinator_is_started_again_where_that_is_asked_for()
    {
        var core = new SupervisorCore(["worker-1"], SupervisorOptions.Default with { RestartsTerminated = true });
        core.Start(TimeSpan.Zero);

        Assert.Collection(core.Handle(new CoordinatorExited(new ExitStatus(143)), TimeSpan.FromSeconds(1)),
            first => Assert.IsType<ForgetAddress>(first),
            second => Assert.StartsWith("the coordinator was killed by SIGTERM; starting it again", Assert.IsType<Tell>(second).Reason),
            third => Assert.IsType<StartCoordinator>(third));
    }

    [Fact]
    public void Crash_every_quarter_of_an_hour_is_survived_for_ever()
    {
        for (var crash = 1; crash <= 20; crash++) CrashAndRestart(900 * crash);
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGTERM, 143)]
    public void Stop_during_the_back_off_ends_the_workers_at_once_and_starts_nothing(PosixSignal signal, int exitCode)
    {
        At(9, new CoordinatorExited(Killed));
        At(10, new CoordinatorExited(Killed));

        Assert.Collection(At(10.1, new StopAsked(signal)),
            first => Assert.IsType<Tell>(first),
            second => Assert.IsType<TerminateWorkers>(second));
        Assert.Empty(At(11, new TimePassed()));

        Assert.Equal(exitCode, EndOfBothWorkers(11).ExitCode);
    }

    [Fact]
    public void Last_worker_given_up_during_the_back_off_ends_the_run_with_1()
    {
        At(9, new CoordinatorExited(Killed));
        At(10, new CoordinatorExited(Killed));
        At(10.05, new WorkerExited(0, new ExitStatus(2), ""));

        Assert.Equal(1, Assert.IsType<Finish>(At(10.1, new WorkerExited(1, new ExitStatus(2), ""))[^1]).ExitCode);
    }

    [Fact]
    public void Coordinator_that_is_killed_while_the_run_is_stopped_stays_dead()
    {
        At(10, new StopAsked(PosixSignal.SIGTERM));

        Assert.Collection(At(10.1, new CoordinatorExited(Killed)),
            first => Assert.IsType<ForgetAddress>(first),
            second => Assert.IsType<TerminateWorkers>(second));

        Assert.Equal(143, EndOfBothWorkers(10.2).ExitCode);
    }

    [Fact]
    public void Coordinator_that_crashes_after_the_run_was_written_down_has_done_its_work()
    {
        var decisions = At(10, new CoordinatorExited(Killed, RunIsComplete: true));

        Assert.Contains(decisions, decision => decision is Tell tell && tell.Reason.Contains("complete", StringComparison.Ordinal));
        Assert.IsType<TerminateWorkers>(decisions[^1]);
        Assert.Equal(0, EndOfBothWorkers(10.1).ExitCode);
    }

    private void CrashAndRestart(double seconds, long step = 0)
    {
        IEnumerable<SupervisorDecision> decisions = [.. At(seconds, new CoordinatorExited(Killed, Step: step)), .. At(seconds + 5, new TimePassed())];
        Assert.Single(decisions.OfType<StartCoordinator>());
    }

    private Finish EndOfBothWorkers(double seconds)
    {
        At(seconds, new WorkerExited(0, new ExitStatus(0), ""));
        return Assert.IsType<Finish>(At(seconds, new WorkerExited(1, new ExitStatus(0), ""))[^1]);
    }

    private IReadOnlyList<SupervisorDecision> At(double seconds, SupervisorEvent e) => _core.Handle(e, TimeSpan.FromSeconds(seconds));
}
