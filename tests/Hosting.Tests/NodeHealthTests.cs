using MiniBatch.Hosting.Health;

namespace MiniBatch.Hosting.Tests;

public sealed class NodeHealthTests : IDisposable
{
    private readonly SetTime _time = new();
    private readonly NodeHealth _health;

    private ServedNode? _served;

    public NodeHealthTests() => _health = new NodeHealth("worker", "w", _time);

    public void Dispose() => _served?.Dispose();

    [Fact]
    public void Probe_asks_after_its_own_checks()
    {
        _health.AddCondition("node", Probe.Startup, "starting").Healthy("started");
        _health.AddCondition("data", Probe.Ready, "not loaded");
        _health.AddCondition("cluster", Probe.Ready, "alone").Healthy("up");
        Assert.Equal([("node", true, "started")], Ask(Probe.Startup));
        Assert.Equal([("data", false, "not loaded"), ("cluster", true, "up")], Ask(Probe.Ready));
        Assert.Empty(Ask(Probe.Live));
    }

    [Fact]
    public void Condition_may_come_and_go()
    {
        var data = _health.AddCondition("data", Probe.Ready, "not loaded");
        data.Healthy("loaded");
        Assert.True(One(Probe.Ready).IsOk);
        data.Unhealthy("the connection broke");
        Assert.Equal("the connection broke", One(Probe.Ready).Reason);
        Assert.False(One(Probe.Ready).IsOk);
    }

    [Fact]
    public void Loop_is_alive_until_its_last_beat_is_too_long_ago()
    {
        var loop = _health.AddHeartbeat("actor", TimeSpan.FromSeconds(10));
        Assert.Equal(("actor", true, "not started yet"), Live());
        loop.Beat();
        _time.Pass(10);
        Assert.Equal(("actor", true, "turns"), Live());
        _time.Pass(2);
        Assert.Equal(("actor", false, "has not turned for 12 s"), Live());
        loop.Beat();
        Assert.True(Live().IsOk);
    }

    [Fact]
    public void Loop_that_is_idle_is_alive_however_long_until_it_beats_again()
    {
        var loop = _health.AddHeartbeat("compute", TimeSpan.FromSeconds(10));
        loop.Beat();
        loop.Idle("waits for orders");
        _time.Pass(1000);
        Assert.Equal(("compute", true, "waits for orders"), Live());
        loop.Beat();
        _time.Pass(11);
        Assert.False(Live().IsOk);
    }

    [Fact]
    public void When_the_run_is_over_all_is_well_for_that_reason()
    {
        _health.AddCondition("cluster", Probe.Ready, "left");
        _health.AddHeartbeat("actor", TimeSpan.FromSeconds(10)).Beat();
        _time.Pass(11);
        _health.RunIsOver("the run is over");
        Assert.Equal(("actor", true, "the run is over"), Live());
        Assert.Equal(("cluster", true, "the run is over"), One(Probe.Ready));
    }

    [Fact]
    public void Node_that_was_asked_to_stop_is_not_ready_any_more_and_live_even_if_its_run_is_over()
    {
        _health.AddCondition("cluster", Probe.Ready, "alone").Healthy("up");
        _health.AddHeartbeat("actor", TimeSpan.FromSeconds(10)).Beat();
        _health.Stops("stopped by SIGTERM");
        Assert.Equal(("cluster", false, "stopped by SIGTERM"), One(Probe.Ready));
        Assert.Equal(("actor", true, "turns"), Live());
        _health.RunIsOver("the run is over");
        Assert.Equal(("cluster", false, "stopped by SIGTERM"), One(Probe.Ready));
        Assert.True(Live().IsOk);
    }

    private (string Name, bool IsOk, string Reason) Live() => One(Probe.Live);

    private (string Name, bool IsOk, string Reason) One(string probe) => Assert.Single(Ask(probe));

    /// <summary>Over HTTP; all checks are added before the first question.</summary>
    private IReadOnlyList<(string Name, bool IsOk, string Reason)> Ask(string probe) => (_served ??= new ServedNode(_health)).Health(probe).Checks;

    private sealed class SetTime : TimeProvider
    {
        private long _seconds = 1000;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds;

        public void Pass(int seconds) => _seconds += seconds;
    }
}
