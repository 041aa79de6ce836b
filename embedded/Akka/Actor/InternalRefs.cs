using Akka.Event;

namespace Akka.Actor;

/// <summary>A reference that also takes system messages. All but <see cref="Nobody"/> are.</summary>
internal abstract class InternalRef : ActorRefBase
{
    public abstract void Signal(SystemMessage signal);

    /// <summary>What any system resolves to this reference.</summary>
    public virtual string WirePath => Path.ToSerializationFormat();
}

/// <summary>An actor of this process.</summary>
internal sealed class LocalRef(ActorCell cell, ActorPath path) : InternalRef
{
    public override ActorPath Path { get; } = path;

    public ActorCell Cell => cell;

    public override string WirePath => Path.ToSerializationFormatWithAddress(cell.SystemImpl.RefProvider.DefaultAddress);

    public override void Signal(SystemMessage signal) => cell.Post(signal);

    protected override void TellInternal(object message, IActorRef sender) => cell.Post(message, sender);
}

/// <summary>A place of this system where no actor is.</summary>
internal class EmptyRef(ActorSystemImpl system, ActorPath path) : InternalRef
{
    public override ActorPath Path { get; } = path;

    public override string WirePath => Path.ToSerializationFormatWithAddress(system.RefProvider.DefaultAddress);

    public override void Signal(SystemMessage signal)
    {
        if (signal is SystemMessage.Watch watch)
            ((InternalRef)watch.Watcher).Signal(new SystemMessage.Died(watch.Watchee, false, false));
    }

    protected override void TellInternal(object message, IActorRef sender) => system.DeadLetterRef.Leave(message, sender, this);
}

/// <summary>Where messages go that have no receiver: they are published as <see cref="DeadLetter"/> and logged on debug level.</summary>
internal sealed class DeadLetterRef(ActorSystemImpl system, ActorPath path) : EmptyRef(system, path)
{
    private readonly ActorSystemImpl _system = system;

    public void Leave(object message, IActorRef? sender, IActorRef recipient)
    {
        // Our own bookkeeping, and log events of a system whose loggers are gone, are nobody's loss.
        if (message is IDeadLetterSuppression or LogEvent or ActorTimers.Timer) return;
        var letter = message as DeadLetter ?? new DeadLetter(message, sender ?? this, recipient);
        _system.EventStream.Publish(letter);
        if (_system.Log.IsDebugEnabled)
            _system.Log.Debug("Message [{0}] from {1} to {2} was not delivered.", letter.Message.GetType().Name, letter.Sender, letter.Recipient);
    }

    protected override void TellInternal(object message, IActorRef sender) => Leave(message, sender, this);
}

/// <summary>Above the guardians: a guardian that fails or stops ends the system.</summary>
internal sealed class RootRef(ActorPath path, Action<Exception> onFailed, Action<IActorRef> onStopped) : InternalRef
{
    public override ActorPath Path { get; } = path;

    public override void Signal(SystemMessage signal)
    {
        switch (signal)
        {
            case SystemMessage.Failed failed: onFailed(failed.Cause); break;
            case SystemMessage.Died died: onStopped(died.Actor); break;
        }
    }

    protected override void TellInternal(object message, IActorRef sender) { }
}

/// <summary>Takes one answer for a thread that waits.</summary>
internal sealed class ReplyRef(ActorPath path) : InternalRef
{
    private readonly TaskCompletionSource<object> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override ActorPath Path { get; } = path;

    public Task<object> Reply => _reply.Task;

    public override void Signal(SystemMessage signal) { }

    protected override void TellInternal(object message, IActorRef sender) => _reply.TrySetResult(message);
}

/// <summary>"/user" and "/system": nothing but a parent.</summary>
internal sealed class GuardianActor : UntypedActor
{
    protected override void OnReceive(object message) => Unhandled(message);
}
