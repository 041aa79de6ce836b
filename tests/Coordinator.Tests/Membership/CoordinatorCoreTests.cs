using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.Membership;

public class CoordinatorCoreTests
{
    private static readonly RunSpec Spec = Specs.Small(epochs: 2);
    private readonly CoordinatorCore _core = new(Spec, new MembershipOptions(2, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)), TimeSpan.Zero);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private static RegisterWorker Registration(string name, string version = "1.0", CpuCapability capability = CpuCapability.Avx2) =>
        new(Specs.Worker(name), version, Specs.Cpu, capability, 1);

    private List<Decision> Join(string name, double at = 1) =>
    [
        .. _core.Register(Registration(name)),
        .. _core.Exchange(new ExchangeReport.Connected(Specs.Worker(name), Specs.First), At(at)),
        .. _core.Prepared(new WorkerPrepared(Specs.Worker(name), Specs.First, Spec.DatasetSha256, Specs.Arithmetic), At(at)),
    ];

    private IReadOnlyList<Decision> Hear(ExchangeReport report, double at = 2) => _core.Exchange(report, At(at));

    private void ReachTraining()
    {
        Join("a");
        Join("b");
        Hear(new ExchangeReport.ModelReady(Specs.Worker("a"), new ModelLayout([], [], []), Specs.Arithmetic.InitialSha256));
    }

    [Fact]
    public void Training_waits_for_the_expected_workers()
    {
        Assert.DoesNotContain(Join("a"), d => d is Decision.StartInitialising);
        Assert.Contains(Join("b"), d => d is Decision.StartInitialising);
    }

    [Fact]
    public void Training_starts_with_fewer_when_the_others_do_not_come()
    {
        Join("a");
        Assert.Empty(_core.Tick(At(29)));
        Assert.Contains(_core.Tick(At(31)), d => d is Decision.StartInitialising);
    }

    [Fact]
    public void A_worker_takes_part_only_when_it_is_connected_and_prepared()
    {
        _core.Register(Registration("a"));
        Assert.DoesNotContain(
            _core.Prepared(new WorkerPrepared(Specs.Worker("a"), Specs.First, Spec.DatasetSha256, Specs.Arithmetic), At(1)), d => d is Decision.Deal);
        var deal = Assert.IsType<Decision.Deal>(Hear(new ExchangeReport.Connected(Specs.Worker("a"), Specs.First))[0]);
        Assert.Equal([Specs.Worker("a")], deal.Assignment.Workers);
    }

    [Fact]
    public void Another_version_is_refused_with_both_named()
    {
        var refusal = Assert.IsType<Decision.Refuse>(Assert.Single(_core.Register(Registration("a", version: "0.9"))));
        Assert.Equal(Refusal.OtherVersion, refusal.Message.Refusal);
        Assert.Contains("0.9", refusal.Message.Reason);
        Assert.Contains("1.0", refusal.Message.Reason);
    }

    [Fact]
    public void Another_dataset_is_refused()
    {
        _core.Register(Registration("a"));
        var decisions = _core.Prepared(new WorkerPrepared(Specs.Worker("a"), Specs.First, new string('b', 64), Specs.Arithmetic), At(1));
        Assert.Equal(Refusal.OtherDataset, Assert.IsType<Decision.Refuse>(decisions[0]).Message.Refusal);
        Assert.IsType<Decision.Dismiss>(decisions[1]);
    }

    [Fact]
    public void The_first_workers_arithmetic_is_the_runs_and_another_is_refused()
    {
        Assert.Equal(Specs.Arithmetic, Assert.Single(Join("a").OfType<Decision.RecordArithmetic>()).Arithmetic);
        _core.Register(Registration("b"));
        Hear(new ExchangeReport.Connected(Specs.Worker("b"), Specs.First));
        var decisions = _core.Prepared(new WorkerPrepared(Specs.Worker("b"), Specs.First, Spec.DatasetSha256, Specs.Arithmetic with { ProbeSha256 = "other" }), At(1));
        Assert.Equal(Refusal.OtherArithmetic, Assert.IsType<Decision.Refuse>(decisions[0]).Message.Refusal);
        Assert.IsType<Decision.Dismiss>(decisions[1]);
        Assert.DoesNotContain(Specs.Worker("b"), _core.Assignment.Workers);
        Assert.False(_core.Counts.MixedArithmetic);
    }

    [Fact]
    public void Two_versions_0_from_one_seed_end_the_run_before_its_first_step()
    {
        Join("a");

        var end = Assert.IsType<Decision.EndRun>(Assert.Single(PrepareOtherInitialisation("b")));

        Assert.False(end.Succeeded);
        Assert.Equal("b: it initialises version 0 as other, the run as initial, from the same seed; nothing was trained", end.Reason);
    }

    [Fact]
    public void Worker_of_another_version_0_is_refused_once_the_run_trains()
    {
        ReachTraining();

        var decisions = PrepareOtherInitialisation("late");

        Assert.Equal(Refusal.OtherArithmetic, Assert.IsType<Decision.Refuse>(decisions[0]).Message.Refusal);
        Assert.False(_core.HasEnded);
    }

    [Fact]
    public void Version_0_that_is_published_must_be_the_one_that_was_announced()
    {
        var core = new CoordinatorCore(Spec, MembershipOptions.Default, TimeSpan.Zero);
        core.Register(Registration("a"));
        core.Exchange(new ExchangeReport.Connected(Specs.Worker("a"), Specs.First), At(1));
        core.Prepared(new WorkerPrepared(Specs.Worker("a"), Specs.First, Spec.DatasetSha256, Specs.Arithmetic), At(1));

        var decisions = core.Exchange(new ExchangeReport.ModelReady(Specs.Worker("a"), new ModelLayout([], [], []), "another"), At(1));

        Assert.Equal("a published another version 0 (another) than the seed gives (initial)", Assert.IsType<Decision.EndRun>(Assert.Single(decisions)).Reason);
    }

    private IReadOnlyList<Decision> PrepareOtherInitialisation(string name)
    {
        _core.Register(Registration(name));
        Hear(new ExchangeReport.Connected(Specs.Worker(name), Specs.First));
        return _core.Prepared(new WorkerPrepared(Specs.Worker(name), Specs.First, Spec.DatasetSha256, new Arithmetic("other", "other")), At(1));
    }

    [Fact]
    public void Run_of_a_worker_that_does_not_repeat_itself_says_so_and_keeps_those_out_that_do()
    {
        var first = Prepare("a", Arithmetic.Unrepeatable).OfType<Decision.RecordArithmetic>().Single();
        Assert.Equal((Arithmetic.Unrepeatable, NodeEvents.ArithmeticUnrepeatable), (first.Arithmetic.ProbeSha256, first.Event));
        Assert.Contains("the run is not deterministic", first.Reason);

        Assert.DoesNotContain(Prepare("b", Arithmetic.Unrepeatable), decision => decision is Decision.Refuse);
        Assert.Equal(Refusal.OtherArithmetic, Prepare("c", "probe").OfType<Decision.Refuse>().Single().Message.Refusal);
        Assert.Equal(["a", "b"], _core.Assignment.Workers.Select(worker => worker.Name));

        IReadOnlyList<Decision> Prepare(string name, string probe)
        {
            _core.Register(Registration(name));
            Hear(new ExchangeReport.Connected(Specs.Worker(name), Specs.First));
            return _core.Prepared(new WorkerPrepared(Specs.Worker(name), Specs.First, Spec.DatasetSha256, Specs.Arithmetic with { ProbeSha256 = probe }), At(1));
        }
    }

    [Fact]
    public void Another_arithmetic_is_admitted_where_the_options_allow_it_and_the_run_knows()
    {
        var core = new CoordinatorCore(Spec, MembershipOptions.Default with { MixedArithmetic = true }, TimeSpan.Zero);
        foreach (var (name, probe) in new[] { ("a", "probe"), ("b", "other") })
        {
            core.Register(Registration(name));
            core.Exchange(new ExchangeReport.Connected(Specs.Worker(name), Specs.First), At(1));
            core.Prepared(new WorkerPrepared(Specs.Worker(name), Specs.First, Spec.DatasetSha256, Specs.Arithmetic with { ProbeSha256 = probe }), At(1));
        }
        Assert.Contains(Specs.Worker("b"), core.Assignment.Workers);
        Assert.True(core.Counts.MixedArithmetic);
    }

    [Theory]
    [InlineData(0, 0, 0, ResumePoint.Work.Train, 1)]    // version 0
    [InlineData(1, 3, 0, ResumePoint.Work.Train, 1)]    // in the middle of an epoch
    [InlineData(1, 8, 0, ResumePoint.Work.Evaluate, 1)] // trained, not evaluated
    [InlineData(1, 8, 1, ResumePoint.Work.Train, 2)]    // between epochs
    [InlineData(2, 8, 2, ResumePoint.Work.End, 2)]      // nothing left but to write it down
    public void A_run_goes_on_with_what_the_checkpoint_lacks_and_with_the_first_worker(int epoch, int steps, int evaluated, ResumePoint.Work next, int nextEpoch)
    {
        var model = new ModelSnapshot(new ModelLayout([], [], []), 8 * epoch, [], [], default);
        var epochs = Enumerable.Range(1, evaluated).Select(e => new EpochSummary(e, 1, 1, 1, 1, 1)).ToList();
        var checkpoint = new Checkpoint(
            model, new RunPosition(epoch, steps, 12L * steps, 1, At(1)), LedgerMark.Start, epochs, Specs.Arithmetic);
        var resume = ResumePoint.After(checkpoint, Spec);
        Assert.Equal((next, nextEpoch, evaluated), (resume.Next, resume.Epoch, resume.EpochsDone));
        Assert.Equal(next == ResumePoint.Work.Evaluate, resume.Trained is not null);

        var core = new CoordinatorCore(Spec, MembershipOptions.Default with { ExpectedWorkers = 3 }, TimeSpan.Zero, resume);
        core.Register(Registration("a"));
        core.Exchange(new ExchangeReport.Connected(Specs.Worker("a"), Specs.First), At(1));
        var decisions = core.Prepared(new WorkerPrepared(Specs.Worker("a"), Specs.First, Spec.DatasetSha256, Specs.Arithmetic), At(1));
        Assert.True(next switch
        {
            ResumePoint.Work.Train => decisions[^1] is Decision.StartEpoch start && start.Epoch == nextEpoch,
            ResumePoint.Work.Evaluate => decisions[^1] is Decision.StartEvaluation,
            _ => decisions[^1] is Decision.EndRun { Succeeded: true },
        });
    }

    [Fact]
    public void A_processor_without_the_runs_instruction_set_is_refused()
    {
        var core = new CoordinatorCore(Spec with { CpuCapability = CpuCapability.Avx512 }, MembershipOptions.Default, TimeSpan.Zero);
        var refusal = Assert.IsType<Decision.Refuse>(Assert.Single(core.Register(Registration("a"))));
        Assert.Equal(Refusal.MissingCpuCapability, refusal.Message.Refusal);
    }

    [Fact]
    public void A_second_connected_worker_of_the_same_name_is_refused_but_a_dead_ones_name_is_free()
    {
        Join("a");
        var other = Registration("a") with { Worker = new WorkerId("a", 999) };
        Assert.Equal(Refusal.NameTaken, Assert.IsType<Decision.Refuse>(Assert.Single(_core.Register(other))).Message.Refusal);
        Hear(new ExchangeReport.Disconnected(Specs.Worker("a"), "killed"));
        Assert.IsType<Decision.Admit>(Assert.Single(_core.Register(other)));
    }

    [Fact]
    public void The_name_of_a_worker_whose_machine_vanished_is_free_and_its_connection_is_closed()
    {
        Join("a");
        Hear(new ExchangeReport.Silent(Specs.Worker("a"), TimeSpan.FromSeconds(2)));
        var other = Registration("a") with { Worker = new WorkerId("a", 999) };

        Assert.Collection(_core.Register(other),
            first => Assert.Equal(other.Worker, Assert.IsType<Decision.Admit>(first).Worker),
            second => Assert.Equal(Specs.Worker("a"), Assert.IsType<Decision.Dismiss>(second).Worker));
        Assert.Empty(Hear(new ExchangeReport.Disconnected(Specs.Worker("a"), "dismissed")));
        Assert.Empty(Hear(new ExchangeReport.Heard(Specs.Worker("a"))));
    }

    [Fact]
    public void Of_two_that_register_under_one_name_before_either_is_connected_the_later_takes_part_and_the_other_is_told_why()
    {
        _core.Register(Registration("a"));
        var other = Registration("a") with { Worker = new WorkerId("a", 999) };
        Assert.IsType<Decision.Admit>(Assert.Single(_core.Register(other)));

        var dismissed = Assert.IsType<Decision.Dismiss>(Assert.Single(Hear(new ExchangeReport.Connected(Specs.Worker("a"), Specs.First))));

        Assert.Equal(Specs.Worker("a"), dismissed.Worker);
        Assert.Contains("--name", dismissed.Reason, StringComparison.Ordinal);
        Assert.Empty(Hear(new ExchangeReport.Connected(other.Worker, Specs.First)));   // admitted: it only has to be prepared
    }

    [Fact]
    public void Every_change_of_membership_raises_the_generation()
    {
        ReachTraining();
        var before = _core.Assignment.Generation;
        var deal = Assert.IsType<Decision.Deal>(Assert.Single(Hear(new ExchangeReport.Disconnected(Specs.Worker("b"), "killed"))));
        Assert.Equal(before.Next(), deal.Assignment.Generation);
        Assert.Equal([Specs.Worker("a")], deal.Assignment.Workers);
        Assert.Contains("killed", deal.Reason);
        Assert.Equal(1, _core.Counts.FaultsSeen);
    }

    [Fact]
    public void A_silent_worker_loses_its_slots_and_gets_some_back_when_it_is_heard()
    {
        ReachTraining();
        var deal = Assert.IsType<Decision.Deal>(Assert.Single(Hear(new ExchangeReport.Silent(Specs.Worker("a"), At(2)))));
        Assert.Equal([Specs.Worker("b")], deal.Assignment.Workers);
        deal = Assert.IsType<Decision.Deal>(Assert.Single(Hear(new ExchangeReport.Heard(Specs.Worker("a")))));
        Assert.Equal([Specs.Worker("a"), Specs.Worker("b")], deal.Assignment.Workers);
    }

    [Fact]
    public void A_silent_worker_that_comes_back_over_another_connection_takes_part_again()
    {
        ReachTraining();
        Hear(new ExchangeReport.Silent(Specs.Worker("a"), At(2)));
        var deal = Join("a").OfType<Decision.Deal>().First();   // no word of the old connection's end
        Assert.Equal([Specs.Worker("a"), Specs.Worker("b")], deal.Assignment.Workers);
    }

    [Fact]
    public void A_worker_that_leaves_hands_its_slots_over_before_it_is_let_go_and_that_is_no_fault()
    {
        ReachTraining();

        var decisions = _core.Leaves(new WorkerLeaving(Specs.Worker("a"), "stopped by SIGTERM"), At(3));

        Assert.Equal([Specs.Worker("b")], Assert.IsType<Decision.Deal>(decisions[0]).Assignment.Workers);
        Assert.Equal(Specs.Worker("a"), Assert.IsType<Decision.Dismiss>(decisions[1]).Worker);
        Assert.Equal(2, decisions.Count);
        Assert.Empty(Hear(new ExchangeReport.Disconnected(Specs.Worker("a"), "may go")));
        Assert.Equal(0, _core.Counts.FaultsSeen);
        Assert.Contains(Join("a", at: 5), decision => decision is Decision.Deal);
    }

    [Fact]
    public void The_last_worker_may_leave_too_and_the_run_waits()
    {
        Join("a");
        Join("b");
        _core.Leaves(new WorkerLeaving(Specs.Worker("a"), "stopped by SIGTERM"), At(3));

        var deal = Assert.IsType<Decision.Deal>(_core.Leaves(new WorkerLeaving(Specs.Worker("b"), "stopped by SIGTERM"), At(4))[0]);

        Assert.Empty(deal.Assignment.Workers);
        Assert.Contains("b leaves: stopped by SIGTERM; no worker is left, waiting", deal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stuck_worker_loses_its_slots_and_is_told_to_end()
    {
        ReachTraining();
        var decisions = Hear(new ExchangeReport.Stuck(Specs.Worker("a"), "step 3", At(60)));
        var deal = Assert.IsType<Decision.Deal>(decisions[0]);
        Assert.Equal([Specs.Worker("b")], deal.Assignment.Workers);
        Assert.Contains("a beats, but has answered nothing for 60 s, now of step 3", deal.Reason);
        Assert.Equal((Specs.Worker("a"), Refusal.Stuck), (((Decision.Refuse)decisions[1]).Message.Worker, ((Decision.Refuse)decisions[1]).Message.Refusal));
        Assert.Equal(Specs.Worker("a"), Assert.IsType<Decision.Dismiss>(decisions[2]).Worker);
        Assert.Equal(1, _core.Counts.FaultsSeen);
        Assert.Empty(Hear(new ExchangeReport.Disconnected(Specs.Worker("a"), "dismissed")));
        Assert.Contains(Join("a"), d => d is Decision.Deal);   // the process that took its place
    }

    [Theory]
    [InlineData("step 3", true)]
    [InlineData("step 4", false)]
    public void Work_in_which_every_worker_gets_stuck_ends_the_run(string lastWork, bool ends)
    {
        ReachTraining();
        for (var i = 1; i < CoordinatorCore.StuckInARowMax; i++)
        {
            Assert.DoesNotContain(Hear(new ExchangeReport.Stuck(Specs.Worker("a"), "step 3", At(60))), d => d is Decision.EndRun);
            Join("a");
        }
        var decisions = Hear(new ExchangeReport.Stuck(Specs.Worker("a"), lastWork, At(60)));
        if (ends) Assert.Contains("--answer-limit", Assert.IsType<Decision.EndRun>(Assert.Single(decisions)).Reason);
        else Assert.DoesNotContain(decisions, d => d is Decision.EndRun);
    }

    [Fact]
    public void A_run_without_any_worker_waits_and_then_ends_with_the_reason()
    {
        ReachTraining();
        Hear(new ExchangeReport.Disconnected(Specs.Worker("a"), "killed"), 10);
        var deal = Assert.IsType<Decision.Deal>(Assert.Single(Hear(new ExchangeReport.Disconnected(Specs.Worker("b"), "killed"), 10)));
        Assert.Contains("no worker is left", deal.Reason);
        Assert.Empty(_core.Tick(At(309)));
        var end = Assert.IsType<Decision.EndRun>(Assert.Single(_core.Tick(At(311))));
        Assert.False(end.Succeeded);
        Assert.Contains("--wait-for-workers", end.Reason);
    }

    [Fact]
    public void Epoch_follows_evaluation_follows_epoch_until_the_last()
    {
        ReachTraining();
        for (var epoch = 1; epoch <= 2; epoch++)
        {
            Assert.IsType<Decision.StartEvaluation>(Assert.Single(Hear(new ExchangeReport.EpochTrained(epoch, 96, 1, At(1)))));
            var decisions = Hear(new ExchangeReport.Evaluated(8 * epoch, 1500, 1, 900));
            Assert.IsType<Decision.CompleteEpoch>(decisions[0]);
            if (epoch == 1) Assert.Equal(2, Assert.IsType<Decision.StartEpoch>(decisions[1]).Epoch);
            else Assert.True(Assert.IsType<Decision.EndRun>(decisions[1]).Succeeded);
        }
        Assert.True(_core.HasEnded);
    }

    [Fact]
    public void A_broken_exchange_ends_the_run_and_later_events_change_nothing()
    {
        ReachTraining();
        Assert.False(Assert.IsType<Decision.EndRun>(Assert.Single(Hear(new ExchangeReport.Broken("why")))).Succeeded);
        Assert.Empty(Hear(new ExchangeReport.Broken("again")));
        Assert.Empty(Hear(new ExchangeReport.Disconnected(Specs.Worker("a"), "late")));
        Assert.Empty(_core.Tick(At(9999)));
    }

    [Fact]
    public void A_connection_of_somebody_who_never_registered_is_dismissed() =>
        Assert.IsType<Decision.Dismiss>(Assert.Single(Hear(new ExchangeReport.Connected(Specs.Worker("x"), Specs.First))));
}
