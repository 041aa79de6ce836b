using Akka.Actor;

namespace MiniBatch.Contracts;

public sealed class TimerTests : SystemTest
{
    [Fact]
    public async Task Single_timer_arrives_once_and_is_active_until_then()
    {
        var (probe, ticker) = StartTicker();
        ticker.Tell((Action<ITimerScheduler>)(timers =>
        {
            timers.StartSingleTimer("a", "tick", TimeSpan.FromMilliseconds(20));
            probe.Ref.Tell(timers.IsTimerActive("a"));
        }));
        Assert.True(await probe.Next<bool>());
        Assert.Equal("tick", await probe.Next<string>());
        ticker.Tell((Action<ITimerScheduler>)(timers => probe.Ref.Tell(timers.IsTimerActive("a"))));
        Assert.False(await probe.Next<bool>());
    }

    [Fact]
    public async Task Periodic_timer_comes_again_until_it_is_cancelled()
    {
        var (probe, ticker) = StartTicker();
        ticker.Tell((Action<ITimerScheduler>)(timers => timers.StartPeriodicTimer("a", "tick", TimeSpan.FromMilliseconds(5))));
        for (var i = 0; i < 5; i++) Assert.Equal("tick", await probe.Next<string>());
        ticker.Tell((Action<ITimerScheduler>)(timers =>
        {
            timers.Cancel("a");
            probe.Ref.Tell(0);
            timers.StartSingleTimer("b", "end", TimeSpan.FromMilliseconds(50));
        }));
        await probe.Until<int>();
        Assert.Equal("end", await probe.Next<string>());
    }

    [Fact]
    public async Task Timer_that_was_replaced_or_cancelled_never_arrives_even_if_it_is_queued()
    {
        var (probe, ticker) = StartTicker();
        ticker.Tell((Action<ITimerScheduler>)(timers =>
        {
            timers.StartSingleTimer("replaced", "first", TimeSpan.Zero);
            timers.StartSingleTimer("cancelled", "second", TimeSpan.Zero);
            // Longer than their time: both are in the mailbox when this ends.
            using var never = new ManualResetEventSlim();
            never.Wait(TimeSpan.FromMilliseconds(200));
            timers.StartSingleTimer("replaced", "third", TimeSpan.FromMilliseconds(1));
            timers.Cancel("cancelled");
        }));
        Assert.Equal("third", await probe.Next<string>());
    }

    [Fact]
    public async Task Timers_end_with_the_incarnation()
    {
        var (probe, ticker) = StartTicker();
        ticker.Tell((Action<ITimerScheduler>)(timers =>
        {
            timers.StartPeriodicTimer("a", "of the first", TimeSpan.FromMilliseconds(1));
            throw new InvalidOperationException("restart, please");
        }));
        ticker.Tell((Action<ITimerScheduler>)(timers =>
        {
            probe.Ref.Tell(timers.IsTimerActive("a"));
            timers.StartSingleTimer("b", "of the second", TimeSpan.FromMilliseconds(50));
        }));
        Assert.False(await probe.Until<bool>());
        Assert.Equal("of the second", await probe.Next<string>());
    }

    private (Probe Probe, IActorRef Ticker) StartTicker()
    {
        var system = Start("akka.loglevel = OFF");
        var probe = new Probe(system);
        return (probe, system.ActorOf(Props.Create(() => new Ticker(probe.Ref))));
    }

    private sealed class Ticker : ReceiveActor, IWithTimers
    {
        public Ticker(IActorRef reportTo)
        {
            Receive<Action<ITimerScheduler>>(action => action(Timers));
            ReceiveAny(message => reportTo.Tell(message));
        }

        public ITimerScheduler Timers { get; set; } = null!;
    }
}
