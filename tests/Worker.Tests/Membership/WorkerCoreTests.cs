using Akka.Actor;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Membership;

namespace MiniBatch.Worker.Tests.Membership;

public sealed class WorkerCoreTests
{
    private static readonly WorkerId Self = new("worker-1", 77);
    private static readonly Arithmetic TheArithmetic = new("initial", "probe");
    private static readonly Address Coordinator = new("akka.tcp", "minibatch", "coordinator", 4053);
    private static readonly Address NextCoordinator = new("akka.tcp", "minibatch", "coordinator", 4054);
    private static readonly WorkerAdmitted Admission = new(Self, new Incarnation(1), "{}", 5000, "");

    private readonly WorkerCore _core = new(Self, WorkerLimits.Default("coordinator:4053"), Seconds(0));

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static T Only<T>(IReadOnlyList<WorkerDecision> decisions) where T : WorkerDecision =>
        Assert.IsType<T>(Assert.Single(decisions));

    private WorkerCore Registering()
    {
        _core.CoordinatorUp(Coordinator, Seconds(1));
        return _core;
    }

    private WorkerCore Preparing()
    {
        Registering().Admitted(Admission);
        return _core;
    }

    private WorkerCore TakingPart()
    {
        Preparing().Connected("data", TheArithmetic);
        return _core;
    }

    [Fact]
    public void Searching_asks_nobody_and_registers_as_soon_as_a_coordinator_is_up()
    {
        Assert.Empty(_core.Tick(Seconds(0.5)));
        Assert.Equal(Coordinator, Only<WorkerDecision.Register>(_core.CoordinatorUp(Coordinator, Seconds(1))).Coordinator);
    }

    [Fact]
    public void Registering_asks_again_each_second_until_answered()
    {
        Registering();

        Assert.Empty(_core.Tick(Seconds(1.9)));
        Assert.Equal(Coordinator, Only<WorkerDecision.Register>(_core.Tick(Seconds(2))).Coordinator);
        Assert.Empty(_core.Tick(Seconds(2.9)));
        Only<WorkerDecision.Register>(_core.Tick(Seconds(3)));

        _core.Admitted(Admission);
        Assert.Empty(_core.Tick(Seconds(4)));
    }

    [Fact]
    public void Registering_goes_on_with_the_coordinator_that_was_seen_last()
    {
        Registering();
        Assert.Empty(_core.CoordinatorUp(NextCoordinator, Seconds(1.5)));
        Assert.Equal(NextCoordinator, Only<WorkerDecision.Register>(_core.Tick(Seconds(2))).Coordinator);
    }

    [Fact]
    public void Admission_is_prepared_for_once() 
    {
        Assert.Same(Admission, Only<WorkerDecision.Prepare>(Registering().Admitted(Admission)).Admitted);
        Assert.Empty(_core.Admitted(Admission));
    }

    [Fact]
    public void Admission_of_another_worker_or_unasked_for_is_ignored()
    {
        Assert.Empty(_core.Admitted(Admission));
        Assert.Empty(Registering().Admitted(Admission with { Worker = new WorkerId("worker-1", 78) }));
    }

    [Fact]
    public void Prepared_is_reported_to_the_coordinator_with_its_incarnation()
    {
        var report = Only<WorkerDecision.ReportPrepared>(Preparing().Connected("sha", TheArithmetic));

        Assert.Equal(Coordinator, report.Coordinator);
        Assert.Equal(new WorkerPrepared(Self, new Incarnation(1), "sha", TheArithmetic), report.Message);
        Assert.Empty(_core.Connected("sha", TheArithmetic));
    }

    [Fact]
    public void Refusal_ends_with_the_coordinators_reason()
    {
        var refused = new WorkerRefused(Self, Refusal.OtherVersion, "the worker is 1, the run 2");
        Assert.Empty(Registering().Refused(refused with { Worker = new WorkerId("worker-2", 1) }));

        var end = Only<WorkerDecision.End>(_core.Refused(refused));

        Assert.False(end.Succeeded);
        Assert.Equal("the worker is 1, the run 2", end.Reason);
        Assert.Empty(_core.Refused(refused));
    }

    [Fact]
    public void Lost_connection_while_taking_part_joins_anew()
    {
        var rejoin = Only<WorkerDecision.Rejoin>(TakingPart().ConnectionLost("cut", Seconds(100)));

        Assert.Equal("cut", rejoin.Reason);
        Assert.Empty(_core.Tick(Seconds(101)));   // this life is over
        Assert.Empty(_core.CoordinatorUp(NextCoordinator, Seconds(101)));
    }

    [Fact]
    public void Connection_that_could_not_be_made_registers_again_too()
    {
        Preparing().ConnectionLost("refused", Seconds(5));
        Only<WorkerDecision.Register>(_core.Tick(Seconds(6)));
        Only<WorkerDecision.Prepare>(_core.Admitted(Admission));
        Only<WorkerDecision.ReportPrepared>(_core.Connected("sha", TheArithmetic));
    }

    [Fact]
    public void Worker_that_is_never_let_in_has_no_new_limit_with_each_try()
    {
        Preparing().ConnectionLost("refused", Seconds(20));
        Assert.Empty(_core.Tick(Seconds(29.9)).OfType<WorkerDecision.End>());
        Only<WorkerDecision.End>(_core.Tick(Seconds(30)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Without_an_answer_the_limit_ends_it_and_the_line_names_the_target(bool coordinatorIsUp)
    {
        if (coordinatorIsUp) Registering();
        Assert.Empty(_core.Tick(Seconds(29.9)).OfType<WorkerDecision.End>());

        var end = Only<WorkerDecision.End>(_core.Tick(Seconds(30)));

        Assert.False(end.Succeeded);
        Assert.StartsWith("no coordinator at coordinator:4053 within 30 s; ", end.Reason);
        Assert.Contains("--join-timeout", end.Reason);
        Assert.Empty(_core.Tick(Seconds(31)));
    }

    [Fact]
    public void Coordinator_that_answers_on_neither_plane_is_given_up_after_its_limit()
    {
        TakingPart().Working();
        Assert.Empty(_core.Tick(Seconds(10), bytesReceived: 100));
        Assert.Empty(_core.CoordinatorUnreachable(Seconds(11)));
        Assert.Empty(_core.Tick(Seconds(12), bytesReceived: 200));   // only its heartbeats are late
        Assert.Empty(_core.Tick(Seconds(16.9), bytesReceived: 200));
        Only<WorkerDecision.Rejoin>(_core.Tick(Seconds(17), bytesReceived: 200));
    }

    [Fact]
    public void Coordinator_that_answers_again_is_kept()
    {
        TakingPart();
        _core.CoordinatorUnreachable(Seconds(11));
        _core.CoordinatorReachable();
        Assert.Empty(_core.Tick(Seconds(100), bytesReceived: 0).OfType<WorkerDecision.Rejoin>());
    }

    [Fact]
    public void Limit_does_not_run_while_taking_part() => Assert.Empty(TakingPart().Tick(Seconds(1000)));

    [Fact]
    public void Coordinator_removed_while_registering_is_searched_anew()
    {
        Assert.Empty(Registering().CoordinatorRemoved(Coordinator, Seconds(2)));
        Assert.Empty(_core.Tick(Seconds(5)));
        Assert.Equal(NextCoordinator, Only<WorkerDecision.Register>(_core.CoordinatorUp(NextCoordinator, Seconds(6))).Coordinator);
    }

    [Fact]
    public void Removal_of_an_earlier_coordinator_changes_nothing()
    {
        Registering().CoordinatorRemoved(NextCoordinator, Seconds(2));
        Assert.Equal(Coordinator, Only<WorkerDecision.Register>(_core.Tick(Seconds(3))).Coordinator);
    }

    /// <summary>Nobody removes a dead coordinator, and a new one at its address is another cluster.</summary>
    [Fact]
    public void Registering_with_a_coordinator_that_does_not_answer_joins_anew() =>
        Only<WorkerDecision.Rejoin>(Registering().CoordinatorUnreachable(Seconds(1)));

    [Fact]
    public void Coordinator_that_does_not_answer_is_of_no_account_while_the_data_connection_stands_or_is_made()
    {
        Assert.Empty(Preparing().CoordinatorUnreachable(Seconds(1)));
        _core.Connected("data", TheArithmetic);
        Assert.Empty(_core.CoordinatorUnreachable(Seconds(1)));
    }

    [Fact]
    public void Connection_that_could_not_be_made_to_a_coordinator_that_does_not_answer_has_the_worker_join_anew()
    {
        Preparing().CoordinatorUnreachable(Seconds(1));
        Only<WorkerDecision.Rejoin>(_core.ConnectionLost("refused", Seconds(3)));
    }

    [Fact]
    public void Time_that_preparing_takes_is_no_time_alone()
    {
        var core = Preparing();
        for (var second = 1; second <= 100; second++) Assert.Empty(core.Tick(Seconds(second)));
        Assert.Empty(core.ConnectionLost("a handshake that took too long", Seconds(100.1)));
        Only<WorkerDecision.Register>(core.Tick(Seconds(102)));
    }

    [Fact]
    public void Coordinator_that_answers_again_is_registered_with_again()
    {
        Preparing().CoordinatorUnreachable(Seconds(1));
        _core.CoordinatorReachable();
        Assert.Empty(_core.ConnectionLost("reset", Seconds(3)));
        Only<WorkerDecision.Register>(_core.Tick(Seconds(4)));
    }

    [Fact]
    public void Coordinator_removed_while_taking_part_counts_only_once_the_connection_is_lost()
    {
        Assert.Empty(TakingPart().CoordinatorRemoved(Coordinator, Seconds(2)));
        Assert.Empty(_core.Tick(Seconds(100)));
        Only<WorkerDecision.Rejoin>(_core.ConnectionLost("cut", Seconds(101)));
    }

    [Fact]
    public void Coordinator_removed_before_the_connection_could_be_made_is_searched_anew()
    {
        Preparing().CoordinatorRemoved(Coordinator, Seconds(2));
        Assert.Empty(_core.ConnectionLost("refused", Seconds(3)));
        Assert.Empty(_core.Tick(Seconds(10)));
        Only<WorkerDecision.Register>(_core.CoordinatorUp(NextCoordinator, Seconds(11)));
    }

    [Fact]
    public void Coordinator_removed_while_preparing_and_back_hears_that_the_worker_is_prepared()
    {
        Preparing().CoordinatorRemoved(Coordinator, Seconds(2));
        Assert.Empty(_core.Connected("sha", TheArithmetic));

        Assert.Equal(Coordinator, Only<WorkerDecision.ReportPrepared>(_core.CoordinatorUp(Coordinator, Seconds(3))).Coordinator);
        _core.Working();
        Assert.Empty(_core.CoordinatorUp(Coordinator, Seconds(4)));
    }

    [Fact]
    public void Failure_is_told_to_the_coordinator_and_ends()
    {
        var fail = Only<WorkerDecision.Fail>(TakingPart().CannotCompute("no data"));

        Assert.Equal((Coordinator, "no data"), (fail.Coordinator, fail.Reason));
        Assert.Empty(_core.CannotCompute("again"));
    }

    [Theory]
    [InlineData(RunEnding.Completed)]
    [InlineData(RunEnding.Failed)]
    public void End_of_the_run_ends_the_worker_and_nothing_after_it_counts(RunEnding ending)
    {
        var end = Only<WorkerDecision.End>(TakingPart().RunEnded(ending, "over"));

        Assert.Equal((ending == RunEnding.Completed, "over"), (end.Succeeded, end.Reason));
        Assert.Empty(_core.RunEnded(RunEnding.Stopped, "again"));
        Assert.Empty(_core.Leave("stopped by SIGTERM", Seconds(2)));
        Assert.Empty(_core.ConnectionLost("cut", Seconds(2)));
        Assert.Empty(_core.CoordinatorUp(NextCoordinator, Seconds(3)));
        Assert.Empty(_core.CoordinatorRemoved(Coordinator, Seconds(3)));
        Assert.Empty(_core.Admitted(Admission));
        Assert.Empty(_core.Connected("sha", TheArithmetic));
        Assert.Empty(_core.CannotCompute("late"));
        Assert.Empty(_core.Tick(Seconds(1000)));
    }

    [Fact]
    public void End_that_another_session_was_told_of_ends_nothing()
    {
        var core = TakingPart();
        Assert.Empty(core.Ended(new RunEnded(Self with { Session = Self.Session + 1 }, RunEnding.Completed, "captured, and said again")));
        Assert.Empty(core.Ended(new RunEnded(Self with { Name = "worker-2" }, RunEnding.Failed, "captured, and said again")));
        Assert.True(Only<WorkerDecision.End>(core.Ended(new RunEnded(Self, RunEnding.Completed, "over"))).Succeeded);
    }

    [Fact]
    public void Coordinator_that_was_stopped_is_followed_by_another_which_the_worker_looks_for()
    {
        var rejoin = Only<WorkerDecision.Rejoin>(TakingPart().RunEnded(RunEnding.Stopped, "stopped by SIGTERM"));

        Assert.Equal("the coordinator was stopped by SIGTERM", rejoin.Reason);
        Assert.Empty(_core.ConnectionLost("cut", Seconds(2)));
    }

    [Fact]
    public void Worker_that_is_asked_to_stop_hands_its_slots_back_and_ends_once_it_is_let_go()
    {
        var leave = Only<WorkerDecision.TakeLeave>(TakingPart().Leave("stopped by SIGTERM", Seconds(2)));

        Assert.Equal((Coordinator, new WorkerLeaving(Self, "stopped by SIGTERM")), (leave.Coordinator, leave.Message));
        Assert.Empty(_core.Leave("stopped by SIGTERM", Seconds(2)));
        Assert.Empty(_core.Tick(Seconds(2.5)));
        Assert.Empty(_core.CoordinatorRemoved(Coordinator, Seconds(2.5)));
        var end = Only<WorkerDecision.End>(_core.RunEnded(RunEnding.Failed, "you may go"));
        Assert.Equal((true, "the slots are handed back"), (end.Succeeded, end.Reason));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("refused")]
    [InlineData("failed")]
    public void Leaving_worker_does_not_care_how_its_connection_ends(string how)
    {
        TakingPart().Leave("stopped by SIGTERM", Seconds(2));
        Assert.True(_core.IsLeaving);

        Assert.True(Only<WorkerDecision.End>(how switch
        {
            "cut" => _core.ConnectionLost("cut", Seconds(3)),
            "refused" => _core.Refused(new WorkerRefused(Self, Refusal.Stuck, "stuck")),
            _ => _core.CannotCompute("the connection is gone"),
        }).Succeeded);
    }

    [Fact]
    public void Worker_that_nobody_lets_go_ends_all_the_same()
    {
        TakingPart().Leave("stopped by SIGTERM", Seconds(2));

        Assert.Contains("within 3 s", Only<WorkerDecision.End>(_core.Tick(Seconds(5))).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Worker_without_slots_ends_at_once_when_it_is_asked_to() =>
        Assert.True(Only<WorkerDecision.End>(Preparing().Leave("stopped by SIGTERM", Seconds(2))).Succeeded);

    [Fact]
    public void Reports_of_a_connection_that_is_not_there_any_more_are_ignored()
    {
        Preparing().ConnectionLost("refused", Seconds(2));
        Assert.Empty(_core.Connected("sha", TheArithmetic));
        Assert.Empty(_core.ConnectionLost("again", Seconds(2.9)));
        Only<WorkerDecision.Register>(_core.Tick(Seconds(3)));
    }

    [Fact]
    public void Prepared_is_repeated_until_the_first_order_comes()
    {
        var core = new WorkerCore(Self, WorkerLimits.Default("here"), TimeSpan.Zero);
        core.CoordinatorUp(Akka.Actor.Address.Parse("akka.tcp://minibatch@127.0.0.1:4053"), TimeSpan.Zero);
        core.Admitted(new WorkerAdmitted(Self, new Incarnation(1), "{}", 1, ""));
        core.Connected("sha", TheArithmetic);
        Assert.Empty(core.Tick(TimeSpan.FromSeconds(1)));
        Assert.Empty(core.Tick(TimeSpan.FromSeconds(1.5)));
        Assert.IsType<WorkerDecision.ReportPrepared>(Assert.Single(core.Tick(TimeSpan.FromSeconds(2.1))));
        core.Working();
        Assert.Empty(core.Tick(TimeSpan.FromSeconds(10)));
    }
}
