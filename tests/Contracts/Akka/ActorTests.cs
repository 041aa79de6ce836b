using Akka.Actor;
using Akka.Event;

namespace MiniBatch.Contracts;

public sealed class ActorTests : SystemTest
{
    [Fact]
    public async Task Tell_many_arrive_in_order_one_at_a_time()
    {
        var system = Start();
        var probe = new Probe(system);
        var counter = system.ActorOf(Props.Create(() => new Collector(10_000, probe.Ref)));
        for (var i = 0; i < 10_000; i++) counter.Tell(i);
        Assert.Equal(Enumerable.Range(0, 10_000), await probe.Next<List<int>>());
    }

    [Fact]
    public async Task Tell_from_many_threads_loses_nothing_and_keeps_each_senders_order()
    {
        var system = Start();
        var probe = new Probe(system);
        var collector = system.ActorOf(Props.Create(() => new Collector(40_000, probe.Ref)));
        var senders = Enumerable.Range(0, 4).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++) collector.Tell(sender * 10_000 + i);
        }));
        await Task.WhenAll(senders);
        var got = await probe.Next<List<int>>();
        foreach (var one in got.GroupBy(value => value / 10_000)) Assert.Equal(one.Order(), one);
        Assert.Equal(40_000, got.Distinct().Count());
    }

    [Fact]
    public async Task Sender_of_a_message_from_an_actor_is_that_actor_and_else_the_dead_letters()
    {
        var system = Start();
        var probe = new Probe(system);
        var echo = system.ActorOf(Props.Create(() => new Echo()), "echo");
        echo.Tell("hello", probe.Ref);
        Assert.Equal("hello", await probe.Next<string>());
        Assert.Equal(echo, probe.LastSender);
        probe.Ref.Tell("from outside");
        await probe.Next<string>();
        Assert.Equal(system.DeadLetters, probe.LastSender);
    }

    [Fact]
    public async Task Become_switches_the_table_and_predicates_narrow_it()
    {
        var system = Start();
        var probe = new Probe(system);
        var door = system.ActorOf(Props.Create(() => new Door(probe.Ref)));
        foreach (var message in new object[] { "open", 5, "close", 12, "close", "open" }) door.Tell(message);
        Assert.Equal("opened", await probe.Next<string>());
        Assert.Equal("small 5", await probe.Next<string>());
        Assert.Equal("closed", await probe.Next<string>());
        Assert.Equal("any 12", await probe.Next<string>());
        Assert.Equal("any close", await probe.Next<string>());
        Assert.Equal("opened", await probe.Next<string>());
    }

    [Fact]
    public async Task Message_without_handler_is_published_as_unhandled()
    {
        var system = Start();
        var probe = new Probe(system);
        system.EventStream.Subscribe(probe.Ref, typeof(UnhandledMessage));
        system.ActorOf(Props.Create(() => new Collector(1, probe.Ref))).Tell("not a number");
        Assert.Equal("not a number", (await probe.Next<UnhandledMessage>()).Message);
    }

    [Fact]
    public async Task Watch_tells_of_a_stop_of_a_poison_pill_and_of_one_that_is_dead_already()
    {
        var system = Start();
        var probe = new Probe(system);
        var first = system.ActorOf(Props.Create(() => new Echo()), "first");
        probe.Watch(first);
        probe.Ref.Tell("watching");   // behind the watch in the probe's mailbox: it stands before the pill is sent
        Assert.Equal("watching", await probe.Next<string>());
        first.Tell("before", probe.Ref);
        first.Tell(PoisonPill.Instance);
        Assert.Equal("before", await probe.Next<string>());
        var death = await probe.Next<Terminated>();
        Assert.Equal(first, death.ActorRef);
        Assert.True(death.ExistenceConfirmed);
        Assert.False(death.AddressTerminated);
        var late = new Probe(system);
        late.Watch(first);
        Assert.Equal(first, (await late.Next<Terminated>()).ActorRef);
    }

    [Fact]
    public async Task Unwatch_takes_back_even_a_queued_termination()
    {
        var system = Start();
        var probe = new Probe(system);
        var dead = new TaskCompletionSource();
        var watcher = system.ActorOf(Props.Create(() => new FickleWatcher(probe.Ref, dead)));
        watcher.Tell("watch");
        var child = await probe.Next<IActorRef>();
        probe.Watch(child);
        watcher.Tell("stop it");
        await probe.Next<Terminated>();
        dead.SetResult();
        // "terminated" would come before "end".
        Assert.Equal("end", await probe.Next<string>());
    }

    [Fact]
    public async Task Unhandled_termination_stops_the_watcher()
    {
        var system = Start();
        var probe = new Probe(system);
        var subject = system.ActorOf(Props.Create(() => new Echo()));
        var watcher = system.ActorOf(Props.Create(() => new DeafWatcher(subject)));
        probe.Watch(watcher);
        system.Stop(subject);
        Assert.Equal(watcher, (await probe.Next<Terminated>()).ActorRef);
    }

    [Fact]
    public async Task Stopped_actor_leaves_its_mail_to_the_dead_letters_and_frees_its_name()
    {
        var system = Start();
        var probe = new Probe(system);
        var letters = new Probe(system);
        system.EventStream.Subscribe(letters.Ref, typeof(DeadLetter));
        var actor = system.ActorOf(Props.Create(() => new Echo()), "named");
        Assert.Throws<InvalidActorNameException>(() => system.ActorOf(Props.Create(() => new Echo()), "named"));
        Assert.Throws<InvalidActorNameException>(() => system.ActorOf(Props.Create(() => new Echo()), "$not/allowed"));
        probe.Watch(actor);
        system.Stop(actor);
        await probe.Next<Terminated>();
        actor.Tell("too late", probe.Ref);
        var letter = await letters.Next<DeadLetter>();
        Assert.Equal("too late", letter.Message);
        Assert.Equal(actor, letter.Recipient);
        Assert.Equal(probe.Ref, letter.Sender);
        var successor = system.ActorOf(Props.Create(() => new Echo()), "named");
        Assert.Equal(actor.Path, successor.Path);
        Assert.NotEqual(actor, successor);
    }

    [Fact]
    public async Task Selection_finds_by_absolute_and_relative_path()
    {
        var system = Start();
        var probe = new Probe(system, "probe");
        system.ActorSelection("/user/probe").Tell("absolute");
        Assert.Equal("absolute", await probe.Next<string>());
        system.ActorSelection(probe.Ref.Path).Tell("by path");
        Assert.Equal("by path", await probe.Next<string>());
        var echo = system.ActorOf(Props.Create(() => new SiblingCaller()));
        echo.Tell("../probe");
        Assert.Equal("relative", await probe.Next<string>());
    }

    [Fact]
    public async Task Stop_of_a_parent_stops_children_first()
    {
        var system = Start();
        var probe = new Probe(system);
        var parent = system.ActorOf(Props.Create(() => new Family(probe.Ref, 2)));
        parent.Tell("ready?", probe.Ref);
        await probe.Until<string>(text => text == "ready");
        system.Stop(parent);
        Assert.Equal("stopped 0", await probe.Next<string>());
        Assert.Equal("stopped 1", await probe.Next<string>());
        Assert.Equal("stopped 2", await probe.Next<string>());
    }

    [Fact]
    public void Props_refuse_what_is_no_constructor_call()
    {
        var made = (Func<Echo>)(() => null!);
        Assert.Throws<ArgumentException>(() => Props.Create(() => made()));
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }

    private sealed class Collector : ReceiveActor
    {
        private readonly List<int> _got = [];

        public Collector(int count, IActorRef reportTo) => Receive<int>(value =>
        {
            _got.Add(value);
            if (_got.Count == count) reportTo.Tell(_got);
        });
    }

    private sealed class Door : ReceiveActor
    {
        private readonly IActorRef _reportTo;

        public Door(IActorRef reportTo)
        {
            _reportTo = reportTo;
            Become(Closed);
        }

        private void Closed()
        {
            Receive<string>(text => text == "open", _ =>
            {
                _reportTo.Tell("opened");
                Become(Open);
            });
            ReceiveAny(other => _reportTo.Tell($"any {other}"));
        }

        private void Open()
        {
            Receive<int>(number => _reportTo.Tell($"small {number}"), number => number < 10);
            Receive<string>(text =>
            {
                if (text != "close") return false;
                _reportTo.Tell("closed");
                Become(Closed);
                return true;
            });
        }
    }

    private sealed class DeafWatcher : ReceiveActor
    {
        public DeafWatcher(IActorRef subject)
        {
            Context.Watch(subject);
            Receive<string>(_ => { });
        }
    }

    /// <summary>Unwatches when the termination lies behind the message that it handles.</summary>
    private sealed class FickleWatcher : ReceiveActor
    {
        public FickleWatcher(IActorRef reportTo, TaskCompletionSource dead)
        {
            var child = Context.ActorOf(Props.Create(() => new Echo()), "child");
            Receive<string>(text => text == "watch", _ =>
            {
                Context.Watch(child);
                reportTo.Tell(child);
            });
            Receive<string>(text => text == "stop it", _ =>
            {
                Self.Tell("unwatch");
                Context.Stop(child);
                // A parent hears of a death before other watchers do, so its termination comes next after "unwatch".
                Assert.True(dead.Task.Wait(Probe.Limit));
            });
            Receive<string>(text => text == "unwatch", _ =>
            {
                Context.Unwatch(child);
                Self.Tell("end");
            });
            Receive<string>(text => reportTo.Tell(text));
            Receive<Terminated>(_ => reportTo.Tell("terminated"));
        }
    }

    private sealed class SiblingCaller : ReceiveActor
    {
        public SiblingCaller() => Receive<string>(path => Context.ActorSelection(path).Tell("relative"));
    }

    private sealed class Family : ReceiveActor
    {
        private readonly int _depth;
        private readonly IActorRef _reportTo;

        public Family(IActorRef reportTo, int depth)
        {
            (_depth, _reportTo) = (depth, reportTo);
            if (depth > 0)
            {
                var below = depth - 1;
                var child = Context.ActorOf(Props.Create(() => new Family(reportTo, below)), "child");
                ReceiveAny(message => child.Forward(message));
            }
            else ReceiveAny(_ => Sender.Tell("ready"));
        }

        protected override void PostStop() => _reportTo.Tell($"stopped {_depth}");
    }
}
