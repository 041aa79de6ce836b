using MiniBatch.Monitoring.Health;

namespace MiniBatch.Monitoring.Tests;

public sealed class NodeHealthTests
{
    private readonly SetTime _time = new();
    private readonly NodeHealth _health;

    public NodeHealthTests() => _health = new NodeHealth("worker", "w", _time);

    [Fact]
    public void Probe_asks_after_its_own_checks()
    {
        _health.AddCondition("node", Probes.Startup, "starting").Holds("started");
        _health.AddCondition("data", Probes.Ready, "not loaded");
        _health.AddCondition("cluster", Probes.Ready | Probes.Startup, "alone").Holds("up");
        Assert.Equal(("ok", 2), (_health.Look(Probes.Startup).Status, _health.Look(Probes.Startup).Checks.Count));
        var ready = _health.Look(Probes.Ready);
        Assert.False(ready.IsOk);
        Assert.Equal([new("data", false, "not loaded"), new("cluster", true, "up")], ready.Checks);
    }

    [Fact]
    public void Condition_may_come_and_go()
    {
        var data = _health.AddCondition("data", Probes.Ready, "not loaded");
        data.Holds("loaded");
        Assert.True(_health.Look(Probes.Ready).IsOk);
        data.Lacks("the connection broke");
        Assert.Equal("the connection broke", Assert.Single(_health.Look(Probes.Ready).Checks).Reason);
        Assert.False(_health.Look(Probes.Ready).IsOk);
    }

    [Fact]
    public void Loop_is_alive_until_its_last_beat_is_too_long_ago()
    {
        var loop = _health.AddLoop("actor", TimeSpan.FromSeconds(10));
        Assert.Equal(new("actor", true, "not started yet"), Live());
        loop.Beat();
        _time.Pass(10);
        Assert.Equal(new("actor", true, "turns"), Live());
        _time.Pass(2);
        Assert.Equal(new("actor", false, "has not turned for 12 s"), Live());
        loop.Beat();
        Assert.True(Live().Ok);
    }

    [Fact]
    public void Loop_that_rests_is_alive_however_long_until_it_beats_again()
    {
        var loop = _health.AddLoop("compute", TimeSpan.FromSeconds(10));
        loop.Beat();
        loop.Rest("waits for orders");
        _time.Pass(1000);
        Assert.Equal(new("compute", true, "waits for orders"), Live());
        loop.Beat();
        _time.Pass(11);
        Assert.False(Live().Ok);
    }

    [Fact]
    public void When_the_run_is_over_all_is_well_for_that_reason()
    {
        _health.AddCondition("cluster", Probes.Ready, "left");
        _health.AddLoop("actor", TimeSpan.FromSeconds(10)).Beat();
        _time.Pass(11);
        _health.RunIsOver("the run is over");
        Assert.Equal(new("actor", true, "the run is over"), Live());
        Assert.Equal(new("cluster", true, "the run is over"), Assert.Single(_health.Look(Probes.Ready).Checks));
    }

    [Fact]
    public void Node_that_was_asked_to_stop_is_not_ready_any_more_and_live_even_if_its_run_is_over()
    {
        _health.AddCondition("cluster", Probes.Ready, "alone").Holds("up");
        _health.AddLoop("actor", TimeSpan.FromSeconds(10)).Beat();
        _health.Stops("stopped by SIGTERM");
        Assert.Equal(new("cluster", false, "stopped by SIGTERM"), Assert.Single(_health.Look(Probes.Ready).Checks));
        Assert.Equal(new("actor", true, "turns"), Live());
        _health.RunIsOver("the run is over");
        Assert.Equal(new("cluster", false, "stopped by SIGTERM"), Assert.Single(_health.Look(Probes.Ready).Checks));
        Assert.True(Live().Ok);
    }

    private HealthReport.Check Live() => Assert.Single(_health.Look(Probes.Live).Checks);

    private sealed class SetTime : TimeProvider
    {
        private long _seconds = 1000;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds;

        public void Pass(int seconds) => _seconds += seconds;
    }
}
