namespace Akka.Actor;

/// <summary>Between cells; goes before all user messages and is handled even while a mailbox is suspended.</summary>
internal abstract record SystemMessage
{
    /// <summary>The cell's first: make the instance.</summary>
    internal sealed record Create : SystemMessage;

    /// <summary>Child → supervisor: it failed and waits suspended.</summary>
    internal sealed record Failed(IActorRef Child, Exception Cause) : SystemMessage;

    internal sealed record Suspend : SystemMessage;

    internal sealed record Resume : SystemMessage;

    internal sealed record Recreate(Exception Cause) : SystemMessage;

    internal sealed record Terminate : SystemMessage;

    internal sealed record Watch(IActorRef Watchee, IActorRef Watcher) : SystemMessage;

    internal sealed record Unwatch(IActorRef Watchee, IActorRef Watcher) : SystemMessage;

    /// <summary>To parent and watchers.</summary>
    internal sealed record Died(IActorRef Actor, bool ExistenceConfirmed, bool AddressTerminated) : SystemMessage;
}

/// <summary>A message and who sent it.</summary>
internal readonly record struct Envelope(object Message, IActorRef? Sender);
