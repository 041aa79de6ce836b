using Akka.Event;

namespace Akka.Actor;

/// <summary>Birth, failure, restart and death of a cell's actor.</summary>
internal sealed partial class ActorCell
{
    private Phase _phase = Phase.Running;
    private Envelope _failedEnvelope;
    private Exception? _restartCause;

    private enum Phase { Running, Failed, Restarting, Stopping, Stopped }

    private void Create()
    {
        try
        {
            Incarnate();
            _actor!.AroundPreStart();
        }
        catch (Exception e)
        {
            AbandonActor();
            throw new ActorInitializationException(Self, "Exception during creation", e);
        }
    }

    private void Incarnate()
    {
        _behaviours.Clear();
        var actor = Props.NewActor();
        actor.Constructed();
        if (actor is IWithTimers withTimers) withTimers.Timers = _timers = new ActorTimers(SystemImpl.Timers, Self);
        _actor = actor;
    }

    private void Fail(Exception cause, IActorRef? perpetrator = null)
    {
        if (_phase is Phase.Stopping or Phase.Stopped)
        {
            Report(cause, "while it stops");
            return;
        }
        if (_phase == Phase.Failed) return; // The supervisor has this cell already.
        (_phase, _failedEnvelope) = (Phase.Failed, _envelope);
        _mailbox.SuspendCount++;
        // A child whose failure was escalated is suspended by it already.
        foreach (var child in Children.Where(child => !child.Equals(perpetrator))) child.Signal(new SystemMessage.Suspend());
        ParentRef.Signal(new SystemMessage.Failed(Self, cause));
    }

    private void Suspend()
    {
        _mailbox.SuspendCount++;
        foreach (var child in Children) child.Signal(new SystemMessage.Suspend());
    }

    private void Resume()
    {
        if (_phase is Phase.Stopping or Phase.Stopped) return;
        if (_actor == null)
        {
            Recreate(new ActorInitializationException(Self, "Resumed before it could be created"));
            return;
        }
        if (_phase == Phase.Failed) _phase = Phase.Running;
        ReleaseMailbox();
        foreach (var child in Children) child.Signal(new SystemMessage.Resume());
    }

    private void Recreate(Exception cause)
    {
        if (_phase is Phase.Stopping or Phase.Stopped) return;
        (_phase, _restartCause, _envelope) = (Phase.Restarting, cause, _failedEnvelope);
        try
        {
            if (_actor == null) StopChildren();
            else _actor.AroundPreRestart(cause, _failedEnvelope.Message);
        }
        catch (Exception e)
        {
            Report(e, "in PreRestart");
        }
        AbandonActor();
        if (!AnyChildStops) FinishRecreate();
    }

    private void FinishRecreate()
    {
        var survivors = Children.ToList();
        ReleaseMailbox();
        _phase = Phase.Running;
        try
        {
            Incarnate();
            _actor!.AroundPostRestart(_restartCause!, _failedEnvelope.Message);
        }
        catch (Exception e)
        {
            AbandonActor();
            Fail(new ActorInitializationException(Self, "Exception during restart", e));
            return;
        }
        _failedEnvelope = default;
        foreach (var child in survivors) child.Signal(new SystemMessage.Recreate(_restartCause!));
    }

    private void Terminate()
    {
        if (_phase is Phase.Stopping or Phase.Stopped) return;
        _phase = Phase.Stopping;
        _timers?.CancelAll();
        CloseChildren();
        StopChildren();
        if (HasChildren) _mailbox.SuspendCount++; // No more messages while it waits for its children.
        else FinishTerminate();
    }

    private void FinishTerminate()
    {
        _phase = Phase.Stopped;
        try
        {
            _actor?.AroundPostStop();
        }
        catch (Exception e)
        {
            Report(e, "in PostStop");
        }
        AbandonActor();
        _mailbox.Close();
        SystemImpl.EventStream.Unsubscribe(Self);
        TellOfDeath();
    }

    private void AbandonActor()
    {
        _timers?.CancelAll();
        (_actor, _timers) = (null, null);
    }

    private void ReleaseMailbox() => _mailbox.SuspendCount = Math.Max(0, _mailbox.SuspendCount - 1);

    private void Report(Exception cause, string when) =>
        SystemImpl.EventStream.Publish(new Error(cause, Self.Path.ToString(), typeof(ActorCell), $"{cause.Message} ({when})"));
}
