using Akka.Configuration;
using Akka.Event;

namespace Akka.Actor;

/// <summary>A hierarchy of actors with its configuration, log, and (if so configured) its place in a cluster.</summary>
public abstract class ActorSystem : IActorRefFactory, IDisposable
{
    private protected ActorSystem() { }

    public abstract string Name { get; }

    public abstract Settings Settings { get; }

    public abstract Akka.Serialization.Serialization Serialization { get; }

    /// <summary>Log events, <see cref="DeadLetter"/>s and what else is published in this system.</summary>
    public abstract EventStream EventStream { get; }

    public abstract IActorRef DeadLetters { get; }

    public abstract ILoggingAdapter Log { get; }

    /// <summary>Completes when all actors have stopped, threads have ended and ports are free.</summary>
    public abstract Task WhenTerminated { get; }

    /// <summary>Starts a system with all defaults: local, logging warnings to the console.</summary>
    public static ActorSystem Create(string name) => Create(name, Config.Empty);

    /// <summary>Starts a system; with <c>akka.actor.provider = cluster</c> it listens, and joins its seed nodes.</summary>
    /// <exception cref="ArgumentException">The name is not of letters, digits, '-' and '_'.</exception>
    /// <exception cref="ConfigurationException">The configuration names what is not there.</exception>
    /// <exception cref="Akka.Remote.RemoteTransportException">The port cannot be had; the inner exception says why.</exception>
    public static ActorSystem Create(string name, Config config) => new ActorSystemImpl(name, config).Start();

    public abstract IActorRef ActorOf(Props props, string? name = null);

    public abstract ActorSelection ActorSelection(ActorPath actorPath);

    public abstract ActorSelection ActorSelection(string actorPath);

    /// <summary>Stops an actor after its current message.</summary>
    public abstract void Stop(IActorRef actor);

    /// <summary>Leaves the cluster, if in one, then stops all actors. The task is <see cref="WhenTerminated"/>.</summary>
    public abstract Task Terminate();

    /// <summary>Runs <paramref name="code"/> once all actors have stopped.</summary>
    public abstract void RegisterOnTermination(Action code);

    /// <summary>Begins <see cref="Terminate"/> and does not wait.</summary>
    public void Dispose()
    {
        _ = Terminate();
        GC.SuppressFinalize(this);
    }
}

/// <summary>What serializers get: the system with its references.</summary>
public abstract class ExtendedActorSystem : ActorSystem
{
    private protected ExtendedActorSystem() { }

    public abstract IActorRefProvider Provider { get; }

    /// <summary>Stops all actors without leaving the cluster: others see it as a crash.</summary>
    public abstract void Abort();
}

/// <summary>Turns paths to references.</summary>
public interface IActorRefProvider
{
    ActorPath RootPath { get; }

    IActorRef DeadLetters { get; }

    /// <summary>The address by which others reach this system; local where remoting is off.</summary>
    Address DefaultAddress { get; }

    /// <summary>The actor at a path as <see cref="Akka.Serialization.Serialization.SerializedActorPath"/> writes it.</summary>
    IActorRef ResolveActorRef(string path);

    IActorRef ResolveActorRef(ActorPath actorPath);
}

/// <summary>The configuration of a system.</summary>
public class Settings
{
    internal Settings(ActorSystem system, Config config) => (System, Config) = (system, config);

    public ActorSystem System { get; }

    public Config Config { get; }
}
