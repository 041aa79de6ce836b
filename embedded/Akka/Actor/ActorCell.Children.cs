using System.Collections.Concurrent;

namespace Akka.Actor;

/// <summary>The children of a cell. Guardians get theirs from any thread, so adding and closing hold a lock.</summary>
internal sealed partial class ActorCell
{
    private readonly ConcurrentDictionary<string, ChildRecord> _children = new();
    private bool _childrenClosed;
    private int _unnamed;

    private IEnumerable<InternalRef> Children => _children.Values.Select(child => child.Ref);

    private bool HasChildren => !_children.IsEmpty;

    private bool AnyChildStops => _children.Values.Any(child => child.IsStopping);

    public IActorRef ActorOf(Props props, string? name = null)
    {
        if (name != null && !ActorPath.IsValidPathElement(name))
            throw new InvalidActorNameException(
                $"Illegal actor name [{name}]. Actor paths MUST: not start with `$`, include only ASCII letters, digits and {ActorPath.ValidSymbols}");
        return AddChild(props, name);
    }

    public IActorRef Child(string name) => FindChild(name) ?? (IActorRef)ActorRefs.Nobody;

    public IEnumerable<IActorRef> GetChildren() => Children;

    /// <summary>From any thread; null where there is none.</summary>
    public LocalRef? FindChild(string name) => _children.TryGetValue(name, out var child) ? child.Ref : null;

    public void Stop(IActorRef child)
    {
        if (_children.TryGetValue(child.Path.Name, out var record) && record.Ref.Equals(child)) record.IsStopping = true;
        (child as InternalRef)?.Signal(new SystemMessage.Terminate());
    }

    private LocalRef AddChild(Props props, string? name)
    {
        lock (_children)
        {
            if (_childrenClosed) throw new InvalidOperationException("Cannot create child while terminating or terminated");
            name ??= "$" + _unnamed++;
            var path = new ChildActorPath(Self.Path, name, Random.Shared.NextInt64(1, int.MaxValue));
            var cell = new ActorCell(SystemImpl, props, SelfRef, path);
            if (!_children.TryAdd(name, new ChildRecord(cell.SelfRef)))
                throw new InvalidActorNameException($"Actor name \"{name}\" is not unique!");
            cell.Post(new SystemMessage.Create());
            return cell.SelfRef;
        }
    }

    private void CloseChildren()
    {
        lock (_children) _childrenClosed = true;
    }

    private void StopChildren()
    {
        foreach (var child in Children) Stop(child);
    }

    private void ChildFailed(SystemMessage.Failed failed)
    {
        if (_phase is Phase.Stopping or Phase.Stopped) return; // It is being stopped anyway.
        if (!_children.TryGetValue(failed.Child.Path.Name, out var child) || !child.Ref.Equals(failed.Child)) return;
        var strategy = Props.SupervisorStrategy ?? _actor?.MakeStrategy() ?? SupervisorStrategy.DefaultStrategy;
        switch (strategy.Decide(SystemImpl, child.Ref, failed.Cause, child.History))
        {
            case Directive.Resume: child.Ref.Signal(new SystemMessage.Resume()); break;
            case Directive.Restart: child.Ref.Signal(new SystemMessage.Recreate(failed.Cause)); break;
            case Directive.Stop: Stop(child.Ref); break;
            default: Fail(failed.Cause, child.Ref); break;
        }
    }

    private void ChildDied(IActorRef actor)
    {
        if (!_children.TryGetValue(actor.Path.Name, out var child) || !child.Ref.Equals(actor)) return;
        _children.TryRemove(actor.Path.Name, out _);
        if (_phase == Phase.Stopping && !HasChildren) FinishTerminate();
        else if (_phase == Phase.Restarting && !AnyChildStops) FinishRecreate();
    }

    private sealed class ChildRecord(LocalRef child)
    {
        public LocalRef Ref { get; } = child;

        public RestartHistory History { get; } = new();

        public bool IsStopping { get; set; }
    }
}
