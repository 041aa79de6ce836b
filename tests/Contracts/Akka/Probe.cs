using System.Threading.Channels;
using Akka.Actor;

namespace MiniBatch.Contracts;

/// <summary>An actor that hands all it is told to the test, which takes it in order and with a limit.</summary>
public sealed class Probe
{
    /// <summary>Far beyond what anything here takes; it ends a test that would hang.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Channel<(object Message, IActorRef Sender)> _inbox = Channel.CreateUnbounded<(object, IActorRef)>();

    public Probe(ActorSystem system, string? name = null)
    {
        var inbox = _inbox.Writer;
        Ref = system.ActorOf(Props.Create(() => new ProbeActor(inbox)), name);
    }

    public IActorRef Ref { get; }

    /// <summary>Who sent what was taken last.</summary>
    public IActorRef LastSender { get; private set; } = ActorRefs.Nobody;

    /// <summary>The next message, which must be a <typeparamref name="T"/>.</summary>
    public async Task<T> Next<T>()
    {
        var (message, sender) = await _inbox.Reader.ReadAsync().AsTask().WaitAsync(Limit);
        LastSender = sender;
        return Assert.IsAssignableFrom<T>(message);
    }

    /// <summary>Takes messages until one fits; the others are passed over.</summary>
    public async Task<T> Until<T>(Func<T, bool>? fits = null)
    {
        while (true)
        {
            var (message, sender) = await _inbox.Reader.ReadAsync().AsTask().WaitAsync(Limit);
            LastSender = sender;
            if (message is T typed && fits?.Invoke(typed) != false) return typed;
        }
    }

    /// <summary>Asks the probe to watch; <see cref="Terminated"/> then comes to the inbox.</summary>
    public void Watch(IActorRef subject) => Ref.Tell(new WatchIt(subject));

    private sealed record WatchIt(IActorRef Subject);

    private sealed class ProbeActor : UntypedActor
    {
        private readonly ChannelWriter<(object, IActorRef)> _inbox;

        public ProbeActor(ChannelWriter<(object, IActorRef)> inbox) => _inbox = inbox;

        protected override void OnReceive(object message)
        {
            if (message is WatchIt watch) Context.Watch(watch.Subject);
            else _inbox.TryWrite((message, Sender));
        }
    }
}

/// <summary>A test with systems of its own, which end with it.</summary>
public abstract class SystemTest : IAsyncLifetime
{
    /// <summary>Nothing on the console but errors.</summary>
    protected const string Quiet = "akka.loglevel = ERROR\nakka.stdout-loglevel = ERROR\n";

    private readonly List<ActorSystem> _systems = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Task.WhenAll(_systems.Select(system => system.Terminate())).WaitAsync(Probe.Limit);

    protected ActorSystem Start(string hocon = "", string name = "test")
    {
        var system = ActorSystem.Create(name, Akka.Configuration.ConfigurationFactory.ParseString(Quiet + hocon));
        _systems.Add(system);
        return system;
    }
}
