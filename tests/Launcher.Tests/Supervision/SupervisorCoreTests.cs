using System.Runtime.InteropServices;
using MiniBatch.Supervision;
using static MiniBatch.Supervision.SupervisorDecision;
using static MiniBatch.Supervision.SupervisorEvent;

namespace MiniBatch.Launcher.Tests.Supervision;

public sealed class SupervisorCoreTests
{
    private static readonly ExitStatus Killed = new(137);
    private static readonly ExitStatus Done = new(0);

    private readonly SupervisorCore _core = new(["worker-1", "worker-2"], SupervisorOptions.Default);

    [Fact]
    public void Start_starts_the_coordinator_and_every_worker()
    {
        var decisions = _core.Start(TimeSpan.Zero);

        Assert.Collection(decisions,
            first => Assert.Equal(2, Assert.IsType<StartCoordinator>(first).Workers),
            second => Assert.Equal(0, Assert.IsType<StartWorker>(second).Worker),
            third => Assert.Equal(1, Assert.IsType<StartWorker>(third).Worker));
    }

    [Fact]
    public void Worker_that_dies_when_the_run_is_complete_is_a_line_in_the_log_and_not_started_again()
    {
        _core.Start(TimeSpan.Zero);

        var note = Assert.IsType<Note>(Assert.Single(At(10, new WorkerExited(1, new ExitStatus(134), "double free or corruption", RunIsComplete: true))));

        Assert.Equal("worker-2 was killed by SIGABRT, when the run was complete", note.Reason);
        Assert.Null(_core.NextDeadline);
    }

    [Fact]
    public void Worker_that_dies_after_the_coordinators_end_is_a_line_in_the_log_as_well()
    {
        _core.Start(TimeSpan.Zero);
        At(10, new CoordinatorExited(Done));
        At(10.1, new WorkerExited(0, Done, ""));

        var decisions = At(10.2, new WorkerExited(1, new ExitStatus(134), "double free or corruption"));

        Assert.Equal("worker-2 was killed by SIGABRT, when all was ending", Assert.IsType<Note>(decisions[0]).Reason);
        Assert.Equal(0, FinishIn(decisions).ExitCode);
    }

    [Fact]
    public void Dead_worker_is_started_again_at_once_and_without_a_step_between_after_a_back_off()
    {
        _core.Start(TimeSpan.Zero);

        Assert.Equal(1, Assert.IsType<StartWorker>(At(9, new WorkerExited(1, Killed, ""))[^1]).Worker);
        Assert.IsType<Tell>(Assert.Single(At(10, new WorkerExited(1, Killed, ""))));
        Assert.Equal(TimeSpan.FromSeconds(10.2), _core.NextDeadline);
        Assert.Empty(At(10.1, new TimePassed()));

        Assert.Equal(1, Assert.IsType<StartWorker>(Assert.Single(At(10.2, new TimePassed()))).Worker);
        Assert.Null(_core.NextDeadline);
    }

    [Fact]
    public void End_of_the_run_is_the_coordinators_exit_code_once_every_worker_is_gone()
    {
        _core.Start(TimeSpan.Zero);

        Assert.Empty(At(10, new CoordinatorExited(Done)));
        Assert.Empty(At(10.1, new WorkerExited(0, Done, "")));

        Assert.Equal(0, FinishIn(At(10.2, new WorkerExited(1, Done, ""))).ExitCode);
    }

    [Fact]
    public void Workers_that_left_before_the_coordinator_are_nobodys_business()
    {
        _core.Start(TimeSpan.Zero);

        Assert.IsType<Note>(Assert.Single(At(10, new WorkerExited(0, Done, ""))));
        Assert.IsType<Note>(Assert.Single(At(10, new WorkerExited(1, Done, ""))));

        Assert.Equal(0, FinishIn(At(11, new CoordinatorExited(Done))).ExitCode);
    }

    [Fact]
    public void Workers_that_stay_after_the_run_are_terminated_and_then_killed()
    {
        _core.Start(TimeSpan.Zero);
        At(10, new WorkerExited(0, Done, ""));
        At(10, new CoordinatorExited(new ExitStatus(1)));

        Assert.Empty(At(12.9, new TimePassed()));
        Assert.IsType<TerminateWorkers>(Assert.Single(At(13, new TimePassed())));
        Assert.Empty(At(14.9, new TimePassed()));
        Assert.IsType<KillAll>(Assert.Single(At(15, new TimePassed())));

        Assert.Equal(1, FinishIn(At(15.1, new WorkerExited(1, Killed, ""))).ExitCode);
    }

    [Fact]
    public void Worker_that_waits_for_its_restart_is_not_started_after_the_run()
    {
        _core.Start(TimeSpan.Zero);
        At(10, new WorkerExited(0, Killed, ""));
        At(10.1, new CoordinatorExited(Done));

        Assert.DoesNotContain(At(10.3, new TimePassed()), decision => decision is StartWorker);
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGTERM, 143)]
    [InlineData(PosixSignal.SIGHUP, 129)]
    public void Stop_terminates_the_coordinator_first_then_the_workers_and_exits_with_the_signal(PosixSignal signal, int exitCode)
    {
        _core.Start(TimeSpan.Zero);

        Assert.Collection(At(10, new StopAsked(signal)),
            first => Assert.IsType<Tell>(first),
            second => Assert.IsType<TerminateCoordinator>(second));
        Assert.IsType<TerminateWorkers>(Assert.Single(At(10.5, new CoordinatorExited(new ExitStatus(143)))));
        At(10.6, new WorkerExited(0, Done, ""));

        Assert.Equal(exitCode, FinishIn(At(10.7, new WorkerExited(1, Done, ""))).ExitCode);
    }

    [Fact]
    public void Coordinator_that_somebody_else_stops_takes_the_workers_with_it()
    {
        _core.Start(TimeSpan.Zero);

        Assert.IsType<TerminateWorkers>(Assert.Single(At(10, new CoordinatorExited(new ExitStatus(143)))));
    }

    [Fact]
    public void Stop_kills_what_has_not_ended_after_five_seconds()
    {
        _core.Start(TimeSpan.Zero);
        At(10, new StopAsked(PosixSignal.SIGTERM));

        Assert.IsType<TerminateWorkers>(Assert.Single(At(12, new TimePassed())));
        Assert.IsType<KillAll>(Assert.Single(At(15, new TimePassed())));
    }

    [Fact]
    public void Second_stop_kills_at_once()
    {
        _core.Start(TimeSpan.Zero);
        At(10, new StopAsked(PosixSignal.SIGINT));

        Assert.IsType<KillAll>(Assert.Single(At(10.5, new StopAsked(PosixSignal.SIGINT))));
    }

    [Theory]
    [InlineData(PosixSignal.SIGTERM, PosixSignal.SIGTERM)]   // timeout(1): to the process, then to its group
    [InlineData(PosixSignal.SIGINT, PosixSignal.SIGTERM)]
    public void One_request_that_comes_twice_is_no_second_one(PosixSignal first, PosixSignal again)
    {
        _core.Start(TimeSpan.Zero);
        At(10, new StopAsked(first));

        Assert.Empty(At(10.01, new StopAsked(again)));
        Assert.Equal(TimeSpan.FromSeconds(12), _core.NextDeadline);
    }

    [Fact]
    public void Process_that_outlives_its_kill_does_not_hold_the_supervisor()
    {
        _core.Start(TimeSpan.Zero);
        At(9, new StopAsked(PosixSignal.SIGINT));
        At(10, new StopAsked(PosixSignal.SIGINT));

        Assert.Equal(TimeSpan.FromSeconds(11), _core.NextDeadline);
        Assert.Equal(130, FinishIn(At(15, new TimePassed())).ExitCode);
    }

    [Fact]
    public void Last_worker_given_up_stops_the_coordinator_and_ends_with_1()
    {
        _core.Start(TimeSpan.Zero);
        var usage = new ExitStatus(2);

        Assert.IsType<Tell>(Assert.Single(At(1, new WorkerExited(0, usage, "bad flag"))));
        var decisions = At(1, new WorkerExited(1, usage, "bad flag"));

        Assert.Contains("bad flag", decisions[0].Reason);
        Assert.IsType<TerminateCoordinator>(decisions[^1]);
        Assert.Equal(1, FinishIn(At(2, new CoordinatorExited(new ExitStatus(143)))).ExitCode);
    }

    [Fact]
    public void One_worker_given_up_leaves_the_run_to_the_other()
    {
        _core.Start(TimeSpan.Zero);

        var decisions = At(1, new WorkerExited(0, new ExitStatus(2), ""));

        Assert.DoesNotContain(decisions, decision => decision is TerminateCoordinator);
    }

    private IReadOnlyList<SupervisorDecision> At(double seconds, SupervisorEvent e) => _core.Handle(e, TimeSpan.FromSeconds(seconds));

    private static Finish FinishIn(IReadOnlyList<SupervisorDecision> decisions) => Assert.IsType<Finish>(decisions[^1]);
}
