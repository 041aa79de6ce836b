using System.Runtime.InteropServices;
using MiniBatch.Supervision;
using static MiniBatch.Supervision.SupervisorDecision;
using static MiniBatch.Supervision.SupervisorEvent;

namespace MiniBatch.Launcher.Tests.Supervision;

/// <summary>What the buttons of the live page have the supervisor do.</summary>
public sealed class SupervisorFaultTests
{
    private static readonly ExitStatus Killed = new(137);

    private readonly SupervisorCore _core = new(["worker-1", "worker-2"], SupervisorOptions.Default);

    public SupervisorFaultTests() => _core.Start(TimeSpan.Zero);

    [Fact]
    public void A_worker_that_is_killed_on_demand_comes_back_however_often()
    {
        for (var i = 0; i < 3 * SupervisorOptions.Default.RestartsMax; i++)
        {
            Assert.Equal(1, Assert.IsType<KillWorker>(Assert.Single(At(i, Ask(ClusterFault.KillWorker, 1)))).Worker);
            var told = Assert.IsType<Tell>(Assert.Single(At(i + 0.1, new WorkerExited(1, Killed, ""))));
            Assert.Equal("worker-2 was killed by SIGKILL, as somebody asked; starting it again", told.Reason);
            Assert.Equal(1, Assert.IsType<StartWorker>(Assert.Single(At(i + 0.5, new TimePassed()))).Worker);
        }
        // The next time nobody asked: that counts.
        Assert.Contains("restart 1 of at most 5", Assert.IsType<Tell>(At(100, new WorkerExited(1, Killed, ""))[0]).Reason);
    }

    [Fact]
    public void A_stopped_worker_goes_on_when_its_time_is_over()
    {
        var decisions = At(10, Ask(ClusterFault.StopWorker, 0));
        Assert.Contains(decisions, decision => decision is StopWorker { Worker: 0 });
        Assert.Contains(decisions, decision => decision is Tell { Reason: "worker-1 is stopped for 8 s (SIGSTOP), as somebody asked" });
        Assert.Equal("stopped", _core.State.Workers[0].State);

        Assert.Empty(At(17.9, new TimePassed()));
        Assert.Equal(TimeSpan.FromSeconds(18), _core.NextDeadline);
        Assert.Contains(At(18, new TimePassed()), decision => decision is ContinueWorker { Worker: 0 });
        Assert.Equal("runs", _core.State.Workers[0].State);
        Assert.Null(_core.NextDeadline);
    }

    [Fact]
    public void A_slowed_worker_runs_a_tenth_of_the_time_and_then_again_all_of_it()
    {
        var stopped = TimeSpan.Zero;
        TimeSpan? since = null;
        var now = TimeSpan.FromSeconds(10);
        var decisions = At(10, Ask(ClusterFault.SlowWorker, 1));
        for (var i = 0; i < 1000; i++)
        {
            foreach (var decision in decisions)
            {
                if (decision is StopWorker { Worker: 1 }) since = now;
                if (decision is ContinueWorker { Worker: 1 } && since is { } from) (stopped, since) = (stopped + (now - from), null);
            }
            if (_core.NextDeadline is not { } next) break;
            now = next;
            decisions = _core.Handle(new TimePassed(), now);
        }

        Assert.Null(since);
        Assert.InRange(stopped.TotalSeconds, 17, 19);   // of 20
        Assert.Equal("runs", _core.State.Workers[1].State);
    }

    [Fact]
    public void One_more_worker_is_a_worker_like_the_others()
    {
        var decisions = At(10, Ask(ClusterFault.AddWorker));
        Assert.Equal(2, decisions.OfType<StartWorker>().Single().Worker);
        Assert.Equal(["worker-1", "worker-2", "worker-3"], _core.State.Workers.Select(worker => worker.Name));
        Assert.Equal(2, Assert.IsType<StartWorker>(At(11, new WorkerExited(2, Killed, ""))[^1]).Worker);
    }

    [Fact]
    public void No_more_workers_are_started_than_there_may_be()
    {
        for (var i = 2; i < SupervisorOptions.Default.WorkersMax; i++) At(10, Ask(ClusterFault.AddWorker));
        Assert.Equal("there are 64 workers, and no more are started", Assert.IsType<Tell>(Assert.Single(At(11, Ask(ClusterFault.AddWorker)))).Reason);
    }

    [Fact]
    public void A_coordinator_that_is_killed_on_demand_comes_back_however_often()
    {
        for (var i = 0; i < 3 * SupervisorOptions.Default.RestartsMax; i++)
        {
            Assert.IsType<KillCoordinator>(Assert.Single(At(i, Ask(ClusterFault.KillCoordinator))));
            Assert.Contains(At(i + 0.1, new CoordinatorExited(Killed)), decision => decision is ForgetAddress);
            Assert.IsType<Tell>(Assert.Single(At(i + 0.15, Ask(ClusterFault.KillCoordinator))));   // it is on its way
            Assert.IsType<StartCoordinator>(Assert.Single(At(i + 0.5, new TimePassed())));
        }
    }

    [Fact]
    public void A_worker_that_is_stopped_when_the_run_ends_is_let_go_on_so_that_it_can_end()
    {
        At(10, Ask(ClusterFault.StopWorker, 0));
        Assert.Contains(At(11, new CoordinatorExited(new ExitStatus(0))), decision => decision is ContinueWorker { Worker: 0 });
    }

    [Fact]
    public void Ctrl_C_lets_a_stopped_worker_go_on_as_well()
    {
        At(10, Ask(ClusterFault.StopWorker, 1));
        Assert.Contains(At(11, new StopAsked(PosixSignal.SIGINT)), decision => decision is ContinueWorker { Worker: 1 });
    }

    [Fact]
    public void Nothing_is_done_to_who_is_not_there()
    {
        Assert.Empty(At(10, Ask(ClusterFault.KillWorker, 7)));
        At(9, new WorkerExited(0, Killed, ""));
        At(10, new WorkerExited(0, Killed, ""));   // a second time: after a back-off
        Assert.IsType<Tell>(Assert.Single(At(10.1, Ask(ClusterFault.StopWorker, 0))));
    }

    [Fact]
    public void After_the_end_a_button_does_nothing()
    {
        At(10, new StopAsked(PosixSignal.SIGTERM));
        Assert.Empty(At(10.1, Ask(ClusterFault.KillWorker, 0)));
        Assert.Empty(At(10.1, Ask(ClusterFault.AddWorker)));
    }

    private static FaultAsked Ask(ClusterFault fault, int worker = 0) => new(fault, worker);

    private IReadOnlyList<SupervisorDecision> At(double seconds, SupervisorEvent e) => _core.Handle(e, TimeSpan.FromSeconds(seconds));
}
