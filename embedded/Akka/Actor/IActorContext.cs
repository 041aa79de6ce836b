namespace Akka.Actor;

/// <summary>Makes and finds actors.</summary>
public interface IActorRefFactory
{
    /// <summary>Starts a child; its constructor runs later, on the child's own turn.</summary>
    /// <exception cref="InvalidActorNameException">The name is not allowed, or taken.</exception>
    IActorRef ActorOf(Props props, string? name = null);

    ActorSelection ActorSelection(ActorPath actorPath);

    /// <summary>"/user/a", "akka.tcp://system@host:port/user/a", or relative: "child", "../sibling".</summary>
    ActorSelection ActorSelection(string actorPath);
}

/// <summary>Death watch.</summary>
public interface ICanWatch
{
    /// <summary>Asks for a <see cref="Terminated"/> of <paramref name="subject"/>, once, also if it has stopped already.</summary>
    IActorRef Watch(IActorRef subject);

    /// <summary>No <see cref="Terminated"/> of <paramref name="subject"/> comes after this, not even one that is queued.</summary>
    IActorRef Unwatch(IActorRef subject);
}

/// <summary>What an actor sees of its surroundings. For the actor's own turn only: never keep it for another thread.</summary>
public interface IActorContext : IActorRefFactory, ICanWatch
{
    IActorRef Self { get; }

    Props Props { get; }

    /// <summary>Who sent the current message; the dead letters where nobody did.</summary>
    IActorRef Sender { get; }

    ActorSystem System { get; }

    IActorRef Parent { get; }

    void Become(Receive receive);

    void BecomeStacked(Receive receive);

    void UnbecomeStacked();

    /// <summary>The child of that name, or <see cref="ActorRefs.Nobody"/>.</summary>
    IActorRef Child(string name);

    IEnumerable<IActorRef> GetChildren();

    /// <summary>Stops an actor after its current message; what is queued goes to the dead letters.</summary>
    void Stop(IActorRef child);
}

/// <summary>The context of an <see cref="UntypedActor"/>.</summary>
public interface IUntypedActorContext : IActorContext
{
    void Become(UntypedReceive receive);

    void BecomeStacked(UntypedReceive receive);
}

/// <summary>A behaviour; false means that the message was not handled.</summary>
public delegate bool Receive(object message);

/// <summary>A behaviour that handles everything.</summary>
public delegate void UntypedReceive(object message);
