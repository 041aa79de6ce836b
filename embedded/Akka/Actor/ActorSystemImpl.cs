using System.Text.RegularExpressions;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;
using Akka.Serialization;

namespace Akka.Actor;

/// <summary>The one kind of system: starts its parts in order, and ends them in the reverse.</summary>
internal sealed class ActorSystemImpl : ExtendedActorSystem
{
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Action> _onTermination = [];
    private readonly ActorCell _user;
    private readonly ActorCell _systemGuardian;
    private int _ending;

    public ActorSystemImpl(string name, Config config)
    {
        if (!Regex.IsMatch(name, "^[a-zA-Z0-9][a-zA-Z0-9-_]*$"))
            throw new ArgumentException($"Invalid ActorSystem name [{name}]: letters, digits, '-' and '_' only", nameof(name));
        (Name, Settings) = (name, new Settings(this, config));
        Throughput = config.GetInt("akka.actor.default-dispatcher.throughput", 30);
        EventStream = new EventStream(Logging.LogLevelFor(config.GetString("akka.loglevel", "INFO")));
        Log = new BusLogging(EventStream, name, typeof(ActorSystem));
        var rootPath = new RootActorPath(new Address("akka", name));
        Root = new RootRef(rootPath, GuardianFailed, GuardianStopped);
        DeadLetterRef = new DeadLetterRef(this, rootPath / "deadLetters");
        RefProvider = new ActorRefProvider(this);
        var strategy = SupervisorStrategyConfigurator.CreateConfigurator(
            config.GetString("akka.actor.guardian-supervisor-strategy", "Akka.Actor.DefaultSupervisorStrategy")).Create();
        var guardian = Props.Create(typeof(GuardianActor));
        _user = new ActorCell(this, guardian.WithSupervisorStrategy(strategy), Root, rootPath / "user");
        _systemGuardian = new ActorCell(this, guardian, Root, rootPath / "system");
        Timers = new Scheduler($"{name}-timers");
    }

    public override string Name { get; }

    public override Settings Settings { get; }

    public override Akka.Serialization.Serialization Serialization => Serializers;

    public override EventStream EventStream { get; }

    public override IActorRef DeadLetters => DeadLetterRef;

    public override ILoggingAdapter Log { get; }

    public override Task WhenTerminated => _terminated.Task;

    public override IActorRefProvider Provider => RefProvider;

    public ActorRefProvider RefProvider { get; }

    public DeadLetterRef DeadLetterRef { get; }

    public RootRef Root { get; }

    public Scheduler Timers { get; }

    public int Throughput { get; }

    public Akka.Serialization.Serialization Serializers { get; private set; } = null!;

    /// <summary>Null where the provider is local.</summary>
    public Remoting? Remoting { get; private set; }

    /// <summary>Null where the provider is not cluster.</summary>
    public Cluster.Cluster? Cluster { get; private set; }

    public ActorSystemImpl Start()
    {
        try
        {
            _user.Post(new SystemMessage.Create());
            _systemGuardian.Post(new SystemMessage.Create());
            Serializers = new Akka.Serialization.Serialization(this);
            LoggerStart.Run(this);
            var provider = ProviderKind();
            if (provider >= 1) Remoting = Remoting.Start(this);
            if (provider == 2) Cluster = new Cluster.Cluster(this);
            Announce();
            Cluster?.Start();
            return this;
        }
        catch
        {
            Abort();
            WhenTerminated.Wait();
            throw;
        }
    }

    public override IActorRef ActorOf(Props props, string? name = null) => _user.ActorOf(props, name);

    public IActorRef SystemActorOf(Props props, string name) => _systemGuardian.ActorOf(props, name);

    public override ActorSelection ActorSelection(ActorPath actorPath) => Actor.ActorSelection.To(this, actorPath);

    public override ActorSelection ActorSelection(string actorPath) => Actor.ActorSelection.From(this, Root, actorPath);

    public override void Stop(IActorRef actor)
    {
        if (actor is LocalRef { Cell.ParentRef: LocalRef parent }) parent.Cell.Stop(actor);
        else (actor as InternalRef)?.Signal(new SystemMessage.Terminate());
    }

    public LocalRef? Guardian(string name) => name switch
    {
        "user" => _user.SelfRef,
        "system" => _systemGuardian.SelfRef,
        _ => null,
    };

    public override void RegisterOnTermination(Action code)
    {
        lock (_onTermination) _onTermination.Add(code);
    }

    public override Task Terminate()
    {
        if (Interlocked.Exchange(ref _ending, 1) != 0) return WhenTerminated;
        if (Cluster is { } cluster) cluster.LeaveBeforeShutdown().ContinueWith(_ => StopUser(), TaskScheduler.Default);
        else StopUser();
        return WhenTerminated;
    }

    public override void Abort()
    {
        Interlocked.Exchange(ref _ending, 1);
        StopUser();
    }

    private void StopUser() => _user.Post(new SystemMessage.Terminate());

    private void GuardianFailed(Exception cause)
    {
        EventStream.Publish(new Error(cause, Name, typeof(ActorSystem), "A guardian failed: the system terminates."));
        _ = Terminate();
        StopUser();
    }

    private void GuardianStopped(IActorRef guardian)
    {
        Interlocked.Exchange(ref _ending, 1);
        if (guardian.Equals(_user.SelfRef)) _systemGuardian.Post(new SystemMessage.Terminate());
        else new Thread(End) { IsBackground = true, Name = $"{Name}-end" }.Start();
    }

    /// <summary>On a thread of its own: it joins others, and the pool may be busy.</summary>
    private void End()
    {
        Cluster?.Stop();
        Remoting?.Stop();
        Timers.Stop();
        List<Action> codes;
        lock (_onTermination) codes = [.. _onTermination];
        foreach (var code in codes)
        {
            try
            {
                code();
            }
            catch (Exception e)
            {
                Console.Error.WriteLine($"{Name}: code registered for the termination failed: {e.Message}");
            }
        }
        _terminated.TrySetResult();
    }

    private void Announce()
    {
        const string About = "embedded engine, for one machine and for tests";
        if (Remoting is { } remoting)
        {
            // Short: it is the first line that everybody sees.
            Log.Warning(About);
            Log.Info("listening on {0}", remoting.LocalAddress);
        }
        else Log.Info(About);
    }

    private int ProviderKind() => Settings.Config.GetString("akka.actor.provider", "local") switch
    {
        "local" or "Akka.Actor.LocalActorRefProvider" or "Akka.Actor.LocalActorRefProvider, Akka" => 0,
        "remote" or "Akka.Remote.RemoteActorRefProvider, Akka.Remote" => 1,
        "cluster" or "Akka.Cluster.ClusterActorRefProvider, Akka.Cluster" => 2,
        var other => throw new ConfigurationException($"Configuration 'akka.actor.provider' must be local, remote or cluster, not '{other}'."),
    };
}
