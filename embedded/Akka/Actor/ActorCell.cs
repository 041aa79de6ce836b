namespace Akka.Actor;

/// <summary>
/// What is between an actor and its mailbox: context, behaviour, supervision, death watch. All of it runs on the
/// cell's own turn, but for what says otherwise.
/// </summary>
internal sealed partial class ActorCell : IUntypedActorContext
{
    [ThreadStatic]
    private static ActorCell? _current;

    private readonly Stack<Receive> _behaviours = new();
    private readonly Mailbox _mailbox;
    private ActorBase? _actor;
    private ActorTimers? _timers;
    private Envelope _envelope;

    public ActorCell(ActorSystemImpl system, Props props, InternalRef parent, ActorPath path)
    {
        (SystemImpl, Props, ParentRef) = (system, props, parent);
        _mailbox = new Mailbox(this, system.Throughput);
        SelfRef = new LocalRef(this, path);
    }

    /// <summary>The cell on whose turn this thread is; null outside of actors.</summary>
    public static ActorCell? Current => _current;

    public ActorSystemImpl SystemImpl { get; }

    public LocalRef SelfRef { get; }

    public InternalRef ParentRef { get; }

    public Props Props { get; }

    public IActorRef Self => SelfRef;

    public IActorRef Parent => ParentRef;

    public ActorSystem System => SystemImpl;

    public IActorRef Sender => _envelope.Sender ?? SystemImpl.DeadLetters;

    /// <summary>True once its mailbox takes nothing any more. From any thread.</summary>
    public bool IsTerminated => _mailbox.IsClosed;

    public static ActorCell RequireCurrent() => _current ?? throw new NotSupportedException(
        "There is no active ActorContext, this is most likely due to use of async operations from within this actor.");

    /// <summary>From any thread.</summary>
    public void Post(object message, IActorRef? sender) => _mailbox.Post(new Envelope(message, sender));

    /// <summary>From any thread.</summary>
    public void Post(SystemMessage signal) => _mailbox.Post(signal);

    /// <summary>One message; what the actor throws becomes a failure for its supervisor.</summary>
    public void Invoke(Envelope envelope)
    {
        (_current, _envelope) = (this, envelope);
        try
        {
            Handle(envelope.Message);
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            (_current, _envelope) = (null, default);
        }
    }

    /// <summary>One system message.</summary>
    public void Invoke(SystemMessage signal)
    {
        _current = this;
        try
        {
            Handle(signal);
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            _current = null;
        }
    }

    public void Become(Receive receive)
    {
        if (_behaviours.Count > 0) _behaviours.Pop();
        _behaviours.Push(receive);
    }

    public void BecomeStacked(Receive receive) => _behaviours.Push(receive);

    public void Become(UntypedReceive receive) => Become(Handling(receive));

    public void BecomeStacked(UntypedReceive receive) => BecomeStacked(Handling(receive));

    public void UnbecomeStacked()
    {
        if (_behaviours.Count > 1) _behaviours.Pop();
    }

    public ActorSelection ActorSelection(ActorPath actorPath) => SystemImpl.ActorSelection(actorPath);

    public ActorSelection ActorSelection(string actorPath) => Akka.Actor.ActorSelection.From(SystemImpl, SelfRef, actorPath);

    /// <summary>A message that no longer has a receiver. From any thread.</summary>
    public void LeaveDeadLetter(Envelope envelope) =>
        SystemImpl.DeadLetterRef.Leave(envelope.Message, envelope.Sender, SelfRef);

    private void Handle(object message)
    {
        switch (message)
        {
            case ActorTimers.Timer timer:
                if (timer.Arrive(_timers) is { } due) _actor!.Handle(_behaviours.Peek(), due);
                break;
            case Terminated terminated when !_deathsToTell.Remove(terminated.ActorRef):
                break; // Unwatched while it was queued.
            case PoisonPill:
                Post(new SystemMessage.Terminate());
                break;
            case Kill:
                throw new ActorKilledException("Kill");
            default:
                _actor!.Handle(_behaviours.Peek(), message);
                break;
        }
    }

    private void Handle(SystemMessage signal)
    {
        switch (signal)
        {
            case SystemMessage.Create: Create(); break;
            case SystemMessage.Failed failed: ChildFailed(failed); break;
            case SystemMessage.Suspend: Suspend(); break;
            case SystemMessage.Resume: Resume(); break;
            case SystemMessage.Recreate recreate: Recreate(recreate.Cause); break;
            case SystemMessage.Terminate: Terminate(); break;
            case SystemMessage.Watch watch: _watchedBy.Add((InternalRef)watch.Watcher); break;
            case SystemMessage.Unwatch unwatch: _watchedBy.Remove((InternalRef)unwatch.Watcher); break;
            case SystemMessage.Died died: SomeoneDied(died); break;
        }
    }

    private static Receive Handling(UntypedReceive receive) => message =>
    {
        receive(message);
        return true;
    };
}
