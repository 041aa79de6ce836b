namespace Akka.Actor;

/// <summary>Finds actors by path, here or (through remoting) elsewhere.</summary>
internal sealed class ActorRefProvider(ActorSystemImpl system) : IActorRefProvider
{
    public ActorPath RootPath => system.Root.Path;

    public IActorRef DeadLetters => system.DeadLetters;

    public Address DefaultAddress => system.Remoting?.LocalAddress ?? RootPath.Address;

    public IActorRef ResolveActorRef(string path) =>
        ActorPath.TryParse(path, out var parsed) ? ResolveActorRef(parsed) : DeadLetters;

    public IActorRef ResolveActorRef(ActorPath actorPath)
    {
        if (!IsHere(actorPath.Address))
            return system.Remoting?.RefTo(actorPath) ?? (IActorRef)new EmptyRef(system, actorPath);
        var names = actorPath.Elements;
        if (names is ["deadLetters"]) return DeadLetters;
        var at = names.Count == 0 ? null : system.Guardian(names[0]);
        for (var i = 1; i < names.Count && at != null; i++) at = at.Cell.FindChild(names[i]);
        return at != null && (actorPath.Uid == 0 || actorPath.Uid == at.Path.Uid)
            ? at
            : new EmptyRef(system, (RootPath / names).WithUid(actorPath.Uid));
    }

    private bool IsHere(Address address) =>
        address == system.Remoting?.LocalAddress || (address.HasLocalScope && address.System == system.Name);
}
