namespace Akka.Actor;

/// <summary>A place, not an actor: each message goes to who is there when it arrives. No wildcards.</summary>
public class ActorSelection : ICanTell
{
    private readonly ActorSystemImpl _system;
    private readonly ActorPath _path;

    private ActorSelection(ActorSystemImpl system, IActorRef anchor, ActorPath path) => (_system, Anchor, _path) = (system, anchor, path);

    /// <summary>Where the path was counted from.</summary>
    public IActorRef Anchor { get; }

    /// <summary>"/user/name".</summary>
    public string PathString => _path.ToStringWithoutAddress();

    /// <summary>Sends; where nobody is, the message goes to the dead letters.</summary>
    public void Tell(object message, IActorRef? sender = null) =>
        _system.RefProvider.ResolveActorRef(_path).Tell(message, sender ?? ActorCell.Current?.Self);

    public override bool Equals(object? obj) => obj is ActorSelection other && Equals(other);

    protected bool Equals(ActorSelection other) => _path.Equals(other._path);

    public override int GetHashCode() => _path.GetHashCode();

    public override string ToString() => $"ActorSelection[Anchor({Anchor.Path}), Path({PathString})]";

    internal static ActorSelection From(ActorSystemImpl system, InternalRef anchor, string path)
    {
        if (ActorPath.TryParse(path, out var full)) return new ActorSelection(system, system.Root, full);
        var at = path.StartsWith('/') ? system.Root.Path : anchor.Path;
        foreach (var element in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            at = element == ".." ? at.Parent : at / element;
        // A relative place outlives the actor that said it, so its uid does not count.
        return new ActorSelection(system, anchor, at.WithUid(0));
    }

    internal static ActorSelection To(ActorSystemImpl system, ActorPath path) => new(system, system.Root, path.WithUid(0));
}
