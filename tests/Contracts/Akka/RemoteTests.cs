using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Akka.Actor;
using Akka.Event;

namespace MiniBatch.Contracts;

public sealed class RemoteTests : SystemTest
{
    private const string Remote = """
        akka.actor.provider = remote
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }

        """ + NoteSerializer.Hocon;

    private readonly ActorSystem _here;
    private readonly ActorSystem _there;

    public RemoteTests()
    {
        _here = Start(Remote, "here");
        _there = Start(Remote, "there");
    }

    [Fact]
    public async Task Selection_of_another_system_reaches_its_actor_which_can_answer()
    {
        var probe = new Probe(_here, "probe");
        _there.ActorOf(Props.Create(() => new Answerer()), "answerer");
        At(_there, "answerer").Tell(new Note(1, "hello"), probe.Ref);
        Assert.Equal(new Note(2, "hello back"), await probe.Next<Note>());
        Assert.Equal(AddressOf(_there), probe.LastSender.Path.Address);
        probe.LastSender.Tell(new Note(5, "again"), probe.Ref);
        Assert.Equal(6, (await probe.Next<Note>()).Number);
    }

    [Fact]
    public async Task Messages_from_one_actor_to_another_stay_in_order()
    {
        var probe = new Probe(_there, "probe");
        var target = At(_there, "probe");
        for (var i = 0; i < 5_000; i++) target.Tell(new Note(i, "n"));
        for (var i = 0; i < 5_000; i++) Assert.Equal(i, (await probe.Next<Note>()).Number);
    }

    [Fact]
    public async Task Reference_in_a_message_resolves_to_the_same_actor_and_home_again_to_the_local_one()
    {
        var probe = new Probe(_here, "probe");
        _there.ActorOf(Props.Create(() => new Answerer()), "answerer");
        At(_there, "answerer").Tell(new Note(1, "hello", probe.Ref), probe.Ref);
        var back = await probe.Next<Note>();
        Assert.Equal(probe.Ref, back.About);
    }

    [Fact]
    public async Task Message_without_serializer_or_that_cannot_be_written_is_not_sent_and_logged_as_error()
    {
        var (probe, errors) = (new Probe(_there, "probe"), new Probe(_here));
        _here.EventStream.Subscribe(errors.Ref, typeof(Error));
        if (IsEmbedded)
        {
            // The genuine engine has a serializer for everything unless it is configured away.
            At(_there, "probe").Tell(new Unbound(1));
            await errors.Next<Error>();
        }
        At(_there, "probe").Tell(new Note(1, "broken"));
        await errors.Next<Error>();
        At(_there, "probe").Tell(new Note(2, "fine"));
        Assert.Equal(2, (await probe.Next<Note>()).Number);
    }

    [Fact]
    public async Task Message_that_cannot_be_read_is_dropped_and_the_next_arrives()
    {
        var probe = new Probe(_there, "probe");
        foreach (var text in new[] { "poison", "unknown", "fine" }) At(_there, "probe").Tell(new Note(1, text));
        Assert.Equal("fine", (await probe.Next<Note>()).Text);
    }

    [Fact]
    public async Task Oversize_message_is_dropped_with_an_error_and_the_next_arrives()
    {
        var (probe, errors) = (new Probe(_there, "probe"), new Probe(_here));
        _here.EventStream.Subscribe(errors.Ref, typeof(Error));
        At(_there, "probe").Tell(new Note(1, new string('x', 200_000)));
        await errors.Next<Error>();
        At(_there, "probe").Tell(new Note(2, new string('x', 100_000)));
        Assert.Equal(2, (await probe.Next<Note>()).Number);
    }

    [Fact]
    public async Task Stranger_on_the_port_is_cut_off_and_peers_go_on()
    {
        var probe = new Probe(_there, "probe");
        At(_there, "probe").Tell(new Note(1, "before"));
        await probe.Next<Note>();
        foreach (var garbage in new byte[][] { "GET / HTTP/1.1\r\n\r\n"u8.ToArray(), [0x7f, 0xff, 0xff, 0x7f, 1], new byte[5_000] })
        {
            using var stranger = new TcpClient();
            await stranger.ConnectAsync(IPAddress.Loopback, AddressOf(_there).Port!.Value);
            await stranger.GetStream().WriteAsync(garbage);
            await AwaitClose(stranger);
        }
        At(_there, "probe").Tell(new Note(2, "after"));
        Assert.Equal(2, (await probe.Next<Note>()).Number);
    }

    [Fact]
    public async Task Watch_across_systems_tells_of_a_stop_and_of_one_that_is_dead_already()
    {
        var (probe, late) = (new Probe(_here), new Probe(_here));
        var answerer = _there.ActorOf(Props.Create(() => new Answerer()), "answerer");
        At(_there, "answerer").Tell(new Note(1, "hello"), probe.Ref);
        await probe.Next<Note>();
        var remote = probe.LastSender;
        probe.Watch(remote);
        remote.Tell(new Note(0, "stop"), probe.Ref);
        Assert.Equal("last words", (await probe.Next<Note>()).Text);
        var death = await probe.Next<Terminated>();
        Assert.Equal(remote, death.ActorRef);
        Assert.False(death.AddressTerminated);
        late.Watch(remote);
        Assert.Equal(remote, (await late.Next<Terminated>()).ActorRef);
        Assert.NotSame(answerer, remote);
    }

    [Fact]
    public void Port_that_is_taken_ends_the_start_with_the_sockets_error()
    {
        var taken = AddressOf(_here).Port;
        var error = Assert.ThrowsAny<Exception>(() => Start($"{Remote}\nakka.remote.dot-netty.tcp.port = {taken}", "third"));
        var causes = Chain(error).ToList();
        Assert.Contains(causes, cause => cause is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse });
    }

    [Fact]
    public async Task Unreachable_address_gets_nothing_and_its_messages_become_dead_letters()
    {
        var letters = new Probe(_here);
        _here.EventStream.Subscribe(letters.Ref, typeof(DeadLetter));
        var address = AddressOf(_there);
        await _there.Terminate().WaitAsync(Probe.Limit);
        _here.ActorSelection(new RootActorPath(address) / "user" / "probe").Tell(new Note(1, "lost"));
        Assert.Equal(new Note(1, "lost"), (await letters.Until<DeadLetter>(letter => letter.Message is Note)).Message);
    }

    [Fact]
    public async Task Terminated_system_frees_its_port_and_a_successor_at_the_address_is_reached()
    {
        var address = AddressOf(_there);
        var first = new Probe(_there, "probe");
        At(_there, "probe").Tell(new Note(1, "first"));
        await first.Next<Note>();
        await _there.Terminate().WaitAsync(Probe.Limit);
        var successor = Start($"{Remote}\nakka.remote.dot-netty.tcp.port = {address.Port}", "there");
        var probe = new Probe(successor, "probe");
        // At most once: what was told before the break was noticed may be lost, so it is told until one arrives.
        using var telling = new CancellationTokenSource();
        var teller = TellUntil(() => At(successor, "probe").Tell(new Note(2, "second")), telling.Token);
        Assert.Equal(2, (await probe.Next<Note>()).Number);
        await telling.CancelAsync();
        await teller;
    }

    private static async Task TellUntil(Action tell, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!ended.IsCancellationRequested)
        {
            tell();
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static bool IsEmbedded => 
        typeof(ActorSystem).Assembly.GetCustomAttribute<AssemblyProductAttribute>()?.Product == "embedded";

    private ActorSelection At(ActorSystem system, string name) => _here.ActorSelection(new RootActorPath(AddressOf(system)) / "user" / name);

    private static Address AddressOf(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;

    private static IEnumerable<Exception> Chain(Exception error) =>
        error is AggregateException many ? many.InnerExceptions.SelectMany(Chain).Prepend(error)
        : error.InnerException is { } inner ? Chain(inner).Prepend(error) : [error];

    private static async Task AwaitClose(TcpClient stranger)
    {
        try
        {
            using var limit = new CancellationTokenSource(Probe.Limit);
            while (await stranger.GetStream().ReadAsync(new byte[256], limit.Token) > 0) { }
        }
        catch (IOException)
        {
            // Reset is as good as closed.
        }
    }

    private sealed class Answerer : ReceiveActor
    {
        public Answerer()
        {
            Receive<Note>(note => note.Text == "stop", _ =>
            {
                Sender.Tell(new Note(0, "last words"));
                Context.Stop(Self);
            });
            Receive<Note>(note => Sender.Tell(note with { Number = note.Number + 1, Text = note.Text + " back" }));
        }
    }
}
