namespace Akka.Actor;

/// <summary>Whom this cell watches, and who watches it.</summary>
internal sealed partial class ActorCell
{
    private readonly HashSet<IActorRef> _watching = [];
    private readonly HashSet<InternalRef> _watchedBy = [];

    /// <summary>Deaths that lie in the mailbox; one that is not here any more was unwatched meanwhile.</summary>
    private readonly HashSet<IActorRef> _deathsToTell = [];

    public IActorRef Watch(IActorRef subject)
    {
        if (subject is InternalRef target && !target.Equals(Self) && _watching.Add(target))
            target.Signal(new SystemMessage.Watch(target, Self));
        return subject;
    }

    public IActorRef Unwatch(IActorRef subject)
    {
        _deathsToTell.Remove(subject);
        if (_watching.Remove(subject)) (subject as InternalRef)?.Signal(new SystemMessage.Unwatch(subject, Self));
        return subject;
    }

    /// <summary>A system message that came after the end. From any thread.</summary>
    public void AnswerDead(SystemMessage signal)
    {
        if (signal is SystemMessage.Watch watch)
            ((InternalRef)watch.Watcher).Signal(new SystemMessage.Died(watch.Watchee, false, false));
    }

    private void SomeoneDied(SystemMessage.Died died)
    {
        // The death is queued before the child is forgotten: forgetting may end this cell.
        if (_watching.Remove(died.Actor) && _phase is not (Phase.Stopping or Phase.Stopped))
        {
            _deathsToTell.Add(died.Actor);
            Post(new Terminated(died.Actor, died.ExistenceConfirmed, died.AddressTerminated), died.Actor);
        }
        ChildDied(died.Actor);
    }

    private void TellOfDeath()
    {
        var death = new SystemMessage.Died(Self, true, false);
        ParentRef.Signal(death);
        foreach (var watcher in _watchedBy.Where(watcher => !watcher.Equals(ParentRef))) watcher.Signal(death);
        foreach (var subject in _watching) (subject as InternalRef)?.Signal(new SystemMessage.Unwatch(subject, Self));
        _watchedBy.Clear();
        _watching.Clear();
    }
}
