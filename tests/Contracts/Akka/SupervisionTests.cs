using Akka.Actor;

namespace MiniBatch.Contracts;

public sealed class SupervisionTests : SystemTest
{
    [Fact]
    public async Task Failure_restarts_with_a_new_instance_that_keeps_name_and_mail()
    {
        var system = Start("akka.loglevel = OFF");
        var probe = new Probe(system);
        var actor = system.ActorOf(Props.Create(() => new Fragile(probe.Ref)));
        Assert.Equal("start", await probe.Next<string>());
        foreach (var message in new[] { "count", "fail", "count" }) actor.Tell(message);
        Assert.Equal("count 1", await probe.Next<string>());
        Assert.Equal("before restart: fail", await probe.Next<string>());
        Assert.Equal("stop", await probe.Next<string>());
        Assert.Equal("after restart", await probe.Next<string>());
        Assert.Equal("start", await probe.Next<string>());
        Assert.Equal("count 1", await probe.Next<string>());
    }

    [Fact]
    public async Task Stopping_guardian_strategy_stops_a_failed_top_level_actor()
    {
        var system = Start("akka.loglevel = OFF\nakka.actor.guardian-supervisor-strategy = \"Akka.Actor.StoppingSupervisorStrategy\"");
        var probe = new Probe(system);
        var actor = system.ActorOf(Props.Create(() => new Fragile(probe.Ref)));
        probe.Watch(actor);
        actor.Tell("fail");
        Assert.Equal("start", await probe.Next<string>());
        Assert.Equal("stop", await probe.Next<string>());
        Assert.Equal(actor, (await probe.Next<Terminated>()).ActorRef);
    }

    [Theory]
    [InlineData(Directive.Resume, "count 2")]
    [InlineData(Directive.Restart, "before restart: fail")]
    [InlineData(Directive.Stop, "stop")]
    [InlineData(Directive.Escalate, "stop")]
    public async Task Directive_of_the_parent_decides(Directive directive, string next)
    {
        var system = Start("akka.loglevel = OFF");
        var probe = new Probe(system);
        var parent = system.ActorOf(Props.Create(() => new Parent(probe.Ref), new OneForOneStrategy(_ => directive)));
        Assert.Equal("start", await probe.Next<string>());
        foreach (var message in new[] { "count", "fail", "count" }) parent.Tell(message);
        Assert.Equal("count 1", await probe.Next<string>());
        Assert.Equal(next, await probe.Next<string>());
    }

    [Fact]
    public async Task Restart_limit_stops_the_child()
    {
        var system = Start("akka.loglevel = OFF");
        var probe = new Probe(system);
        var parent = system.ActorOf(Props.Create(() => new Parent(probe.Ref), new OneForOneStrategy(1, null, _ => Directive.Restart)));
        parent.Tell("fail");
        parent.Tell("fail");
        await probe.Until<string>(text => text == "after restart");
        Assert.Equal("start", await probe.Next<string>());
        Assert.Equal("stop", await probe.Next<string>());
        Assert.Equal("child died", await probe.Next<string>());
    }

    [Fact]
    public async Task Actor_that_cannot_be_made_is_stopped()
    {
        var system = Start("akka.loglevel = OFF");
        var probe = new Probe(system);
        var actor = system.ActorOf(Props.Create(() => new Stillborn()));
        probe.Watch(actor);
        Assert.Equal(actor, (await probe.Next<Terminated>()).ActorRef);
    }

    private sealed class Stillborn : ReceiveActor
    {
        public Stillborn() => throw new InvalidOperationException("no");
    }

    private sealed class Parent : ReceiveActor
    {
        public Parent(IActorRef reportTo)
        {
            var child = Context.ActorOf(Props.Create(() => new Fragile(reportTo)), "child");
            Context.Watch(child);
            Receive<Terminated>(_ => reportTo.Tell("child died"));
            ReceiveAny(message => child.Forward(message));
        }
    }

    private sealed class Fragile : ReceiveActor
    {
        private readonly IActorRef _reportTo;
        private int _count;

        public Fragile(IActorRef reportTo)
        {
            _reportTo = reportTo;
            Receive<string>(text => text == "count", _ => reportTo.Tell($"count {++_count}"));
            Receive<string>(_ => throw new InvalidOperationException("as asked"));
        }

        protected override void PreStart() => _reportTo.Tell("start");

        protected override void PostStop() => _reportTo.Tell("stop");

        protected override void PreRestart(Exception reason, object message)
        {
            _reportTo.Tell($"before restart: {message}");
            base.PreRestart(reason, message);
        }

        protected override void PostRestart(Exception reason)
        {
            _reportTo.Tell("after restart");
            base.PostRestart(reason);
        }
    }
}
