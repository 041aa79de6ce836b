using System.Threading.Channels;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace MiniBatch.Contracts;

public sealed class SystemTests : SystemTest
{
    private static readonly Channel<LogEvent> Logged = Channel.CreateUnbounded<LogEvent>();

    [Fact]
    public async Task Configured_logger_gets_events_of_its_level_with_source_and_cause()
    {
        var system = Start("akka.loggers = [\"MiniBatch.Contracts.SystemTests+CatchingLogger, Akka.Contracts\"]\nakka.loglevel = INFO");
        system.Log.Debug("below");
        system.Log.Error(new InvalidOperationException("why"), "{0} of {1} failed", 2, "three");
        var error = await Next(logged => logged is Error);
        Assert.Equal("2 of three failed", error.Message.ToString());
        Assert.Equal("why", error.Cause?.Message);
        Assert.Equal(LogLevel.ErrorLevel, error.LogLevel());
    }

    [Fact]
    public async Task Terminate_ends_actors_and_threads_and_lets_the_system_be_collected()
    {
        var threads = System.Diagnostics.Process.GetCurrentProcess().Threads.Count;
        var gone = new List<WeakReference>();
        for (var i = 0; i < 20; i++) gone.Add(await OneLife());
        var limit = DateTime.UtcNow + Probe.Limit;
        while (gone.Count(one => one.IsAlive) > 2 && DateTime.UtcNow < limit)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }
        Assert.InRange(gone.Count(one => one.IsAlive), 0, 2);
        // Each life has at least three threads of its own; other tests run beside this one and have theirs.
        Assert.InRange(System.Diagnostics.Process.GetCurrentProcess().Threads.Count, 1, threads + 40);
    }

    [Fact]
    public async Task Termination_runs_what_was_registered_and_stops_top_level_actors()
    {
        var system = Start();
        var (ran, stopped) = (new TaskCompletionSource(), new TaskCompletionSource());
        system.RegisterOnTermination(ran.SetResult);
        system.ActorOf(Props.Create(() => new Last(stopped)));
        await system.Terminate().WaitAsync(Probe.Limit);
        Assert.True(stopped.Task.IsCompleted);
        Assert.True(ran.Task.IsCompleted);
        Assert.True(system.WhenTerminated.IsCompleted);
    }

    [Fact]
    public void System_with_a_bad_name_or_an_unknown_provider_is_refused()
    {
        Assert.Throws<ArgumentException>(() => ActorSystem.Create("no spaces"));
        Assert.ThrowsAny<Exception>(() => ActorSystem.Create("a", ConfigurationFactory.ParseString("akka.actor.provider = \"No.Such, Thing\"")));
    }

    private static async Task<WeakReference> OneLife()
    {
        var system = ActorSystem.Create("life", ConfigurationFactory.ParseString(
            Quiet + "akka.actor.provider = remote\nakka.remote.dot-netty.tcp { hostname = \"127.0.0.1\", port = 0 }"));
        system.ActorOf(Props.Create(() => new Last(new TaskCompletionSource())));
        await system.Terminate().WaitAsync(Probe.Limit);
        return new WeakReference(system);
    }

    private static async Task<LogEvent> Next(Func<LogEvent, bool> wanted)
    {
        while (true)
        {
            var logged = await Logged.Reader.ReadAsync().AsTask().WaitAsync(Probe.Limit);
            Assert.True(logged.LogLevel() >= LogLevel.InfoLevel);
            if (wanted(logged)) return logged;
        }
    }

    private sealed class Last(TaskCompletionSource stopped) : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);

        protected override void PostStop() => stopped.TrySetResult();
    }

    public sealed class CatchingLogger : ReceiveActor
    {
        public CatchingLogger()
        {
            Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
            Receive<LogEvent>(logged => Logged.Writer.TryWrite(logged));
        }
    }
}
