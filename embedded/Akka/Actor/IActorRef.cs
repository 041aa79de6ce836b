namespace Akka.Actor;

/// <summary>Something that can be told a message.</summary>
public interface ICanTell
{
    /// <summary>Sends and returns at once: at most once, in order between one sender and one receiver.</summary>
    void Tell(object message, IActorRef? sender);
}

/// <summary>A handle of one actor, here or elsewhere. Stays equal to itself for ever; a successor has another.</summary>
public interface IActorRef : ICanTell, IEquatable<IActorRef>, IComparable<IActorRef>, IComparable
{
    ActorPath Path { get; }
}

/// <summary>Equality by path and uid, which all references share.</summary>
public abstract class ActorRefBase : IActorRef
{
    public abstract ActorPath Path { get; }

    /// <exception cref="InvalidMessageException">The message is null.</exception>
    public void Tell(object message, IActorRef? sender) =>
        TellInternal(message ?? throw new InvalidMessageException("Message is null."), sender!);

    protected abstract void TellInternal(object message, IActorRef sender);

    public bool Equals(IActorRef? other) =>
        ReferenceEquals(this, other) || (other is not null && Path.Uid == other.Path.Uid && Path.Equals(other.Path));

    public override bool Equals(object? obj) => obj is IActorRef other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Path, Path.Uid);

    public int CompareTo(IActorRef? other)
    {
        var byPath = Path.CompareTo(other?.Path);
        return byPath != 0 ? byPath : Path.Uid.CompareTo(other?.Path.Uid ?? 0);
    }

    public int CompareTo(object? obj) => CompareTo(obj as IActorRef);

    public override string ToString() => $"[{Path.ToStringWithUid()}]";
}

/// <summary>References that name no actor.</summary>
public static class ActorRefs
{
    /// <summary>Swallows what it is told.</summary>
    public static readonly Nobody Nobody = Nobody.Instance;

    /// <summary>No sender was given; it reads as <see cref="ActorSystem.DeadLetters"/> on the other side.</summary>
    public static readonly IActorRef NoSender = null!;
}

/// <summary>See <see cref="ActorRefs.Nobody"/>.</summary>
public sealed class Nobody : ActorRefBase
{
    public static readonly Nobody Instance = new();

    private Nobody() { }

    public override ActorPath Path { get; } = new RootActorPath(new Address("akka", "all-systems"), "/Nobody");

    protected override void TellInternal(object message, IActorRef sender) { }
}

/// <summary>Telling with the current actor as the sender.</summary>
public static class ActorRefImplicitSenderExtensions
{
    /// <summary>Tells with the actor whose handler is running as the sender, or none outside of an actor.</summary>
    public static void Tell(this IActorRef receiver, object message) => receiver.Tell(message, ActorCell.Current?.Self);

    /// <summary>Tells with the current message's sender as the sender.</summary>
    public static void Forward(this IActorRef receiver, object message) => receiver.Tell(message, ActorCell.Current?.Sender);
}
