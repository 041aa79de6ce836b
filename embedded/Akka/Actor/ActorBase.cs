using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// An actor: handles one message at a time, on one thread at a time; what one message wrote, the next one sees.
/// Made anew on a restart, so a restart loses all fields.
/// </summary>
public abstract class ActorBase
{
    private readonly ActorCell _cell;

    /// <exception cref="InvalidOperationException">Called with <c>new</c>, outside of a <see cref="Props"/>.</exception>
    protected ActorBase()
    {
        _cell = ActorCell.Current ?? throw new InvalidOperationException("Actors cannot be made with 'new': use ActorOf and Props.");
        // Before the subclass's constructor, which may already become something else.
        _cell.Become(Receive);
    }

    protected IActorRef Self => _cell.Self;

    /// <summary>Who sent the current message; the dead letters where nobody did.</summary>
    protected IActorRef Sender => _cell.Sender;

    /// <exception cref="NotSupportedException">Not on an actor's turn.</exception>
    protected static IActorContext Context => ActorCell.RequireCurrent();

    protected abstract bool Receive(object message);

    protected virtual bool AroundReceive(Receive receive, object message)
    {
        if (receive(message)) return true;
        Unhandled(message);
        return false;
    }

    protected void Become(Receive receive) => _cell.Become(receive);

    /// <summary>Like <see cref="Become"/>, with a way back: <see cref="UnbecomeStacked"/>.</summary>
    protected void BecomeStacked(Receive receive) => _cell.BecomeStacked(receive);

    protected void UnbecomeStacked() => _cell.UnbecomeStacked();

    /// <summary>No behaviour took the message: it is published as <see cref="UnhandledMessage"/>.</summary>
    /// <exception cref="DeathPactException">It is a <see cref="Terminated"/>: who watches must handle it.</exception>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated) throw new DeathPactException(terminated.ActorRef);
        _cell.System.EventStream.Publish(new UnhandledMessage(message, Sender, Self));
    }

    /// <summary>Decides on failures of the children of this actor. Default: restart, stop those that could not start.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Actor.SupervisorStrategy.DefaultStrategy;

    /// <summary>Before the first message of the first incarnation, and by default of each.</summary>
    protected virtual void PreStart() { }

    /// <summary>After the last message, when all children have stopped.</summary>
    protected virtual void PostStop() { }

    /// <summary>On the old incarnation, after its failure. By default stops all children and calls <see cref="PostStop"/>.</summary>
    protected virtual void PreRestart(Exception reason, object message)
    {
        foreach (var child in _cell.GetChildren().ToList())
        {
            _cell.Unwatch(child);
            _cell.Stop(child);
        }
        PostStop();
    }

    /// <summary>On the new incarnation. By default calls <see cref="PreStart"/>.</summary>
    protected virtual void PostRestart(Exception reason) => PreStart();

    public virtual void AroundPreStart() => PreStart();

    public virtual void AroundPostStop() => PostStop();

    public virtual void AroundPreRestart(Exception cause, object message) => PreRestart(cause, message);

    public virtual void AroundPostRestart(Exception cause, object message) => PostRestart(cause);

    internal bool Handle(Receive behaviour, object message) => AroundReceive(behaviour, message);

    /// <summary>After the subclass's constructor.</summary>
    internal virtual void Constructed() { }

    internal SupervisorStrategy MakeStrategy() => SupervisorStrategy();
}

/// <summary>An actor with one method for all messages.</summary>
public abstract class UntypedActor : ActorBase
{
    protected static new IUntypedActorContext Context => ActorCell.RequireCurrent();

    protected sealed override bool Receive(object message)
    {
        OnReceive(message);
        return true;
    }

    /// <summary>Call <see cref="ActorBase.Unhandled"/> for what it does not know.</summary>
    protected abstract void OnReceive(object message);

    protected void Become(UntypedReceive receive) => Context.Become(receive);

    protected void BecomeStacked(UntypedReceive receive) => Context.BecomeStacked(receive);
}
