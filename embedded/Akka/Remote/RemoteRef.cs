using Akka.Actor;

namespace Akka.Remote;

/// <summary>An actor of another system.</summary>
internal sealed class RemoteRef(Remoting remoting, ActorPath path) : InternalRef
{
    public override ActorPath Path { get; } = path;

    public override string WirePath { get; } = path.ToSerializationFormat();

    public override void Signal(SystemMessage signal)
    {
        switch (signal)
        {
            case SystemMessage.Watch { Watcher: LocalRef watcher }: remoting.Watches.Add(this, watcher); break;
            case SystemMessage.Unwatch { Watcher: LocalRef watcher }: remoting.Watches.Remove(this, watcher); break;
            case SystemMessage.Died died: remoting.Watches.TellRemote(this, died); break;
        }
    }

    protected override void TellInternal(object message, IActorRef sender) => remoting.Send(new OutboundMessage(this, message, sender));
}

/// <summary>Something that waits for a connection.</summary>
internal abstract record Outbound(Address To);

/// <summary>A message between actors; made to bytes by the connection's writer, not by the actor that tells it.</summary>
internal sealed record OutboundMessage(RemoteRef Recipient, object Message, IActorRef? Sender) : Outbound(Recipient.Path.Address);

/// <summary>A frame of death watch: in order with the messages, so that last words come before the death.</summary>
internal sealed record OutboundFrame(Address To, byte[] Bytes) : Outbound(To);

/// <summary>A frame of the membership: goes before all else, so that no backlog makes this system look dead.</summary>
internal sealed record UrgentFrame(Address To, byte[] Bytes) : Outbound(To);
