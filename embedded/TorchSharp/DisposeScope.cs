namespace TorchSharp;

/// <summary>
/// Owns what its thread creates while it is the innermost scope, and disposes it at its end: one around each training
/// step keeps native memory flat, which the garbage collector, that sees only small managed handles, would not.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? Innermost;

    private readonly DisposeScope? _outer;
    // Room for the tensors of an ordinary step, so that the set does not grow again in each.
    private HashSet<IDisposable> _owned = new(64, ReferenceEqualityComparer.Instance);

    internal DisposeScope()
    {
        _outer = Innermost;
        Innermost = this;
    }

    /// <summary>The calling thread's innermost scope, or null.</summary>
    internal static DisposeScope? Current => Innermost;

    public int DisposablesCount => _owned.Count;

    public bool Contains(IDisposable disposable) => _owned.Contains(disposable);

    /// <summary>Takes <paramref name="disposable"/> from the scope that owns it, if any, into this one.</summary>
    public void Attach(IDisposable disposable)
    {
        if (disposable is torch.Tensor tensor)
        {
            tensor.OwningScope?._owned.Remove(tensor);
            tensor.OwningScope = this;
        }
        _owned.Add(disposable);
    }

    /// <summary>Lets go of <paramref name="disposable"/>: whoever holds it disposes it.</summary>
    public T Detach<T>(T disposable)
        where T : IDisposable
    {
        if (_owned.Remove(disposable) && disposable is torch.Tensor tensor) tensor.OwningScope = null;
        return disposable;
    }

    /// <summary>Gives <paramref name="disposable"/> to the scope around this one; without one it is detached.</summary>
    public T MoveToOuter<T>(T disposable)
        where T : IDisposable => MoveToOther(_outer, disposable);

    public T MoveToOther<T>(DisposeScope? scope, T disposable)
        where T : IDisposable
    {
        if (!_owned.Contains(disposable)) return disposable;
        Detach(disposable);
        scope?.Attach(disposable);
        return disposable;
    }

    /// <summary>Disposes what the scope owns and leaves it open.</summary>
    public void DisposeEverything()
    {
        var owned = _owned;
        _owned = new(ReferenceEqualityComparer.Instance);
        foreach (var disposable in owned)
        {
            // The set is let go of as a whole; no tensor has to take itself out of it.
            if (disposable is torch.Tensor tensor) tensor.OwningScope = null;
            disposable.Dispose();
        }
    }

    /// <summary>Disposes what the scope owns and closes it; scopes close in the reverse order of their opening.</summary>
    public void Dispose()
    {
        DisposeEverything();
        if (Innermost == this) Innermost = _outer;
    }

    internal void Forget(IDisposable disposable) => _owned.Remove(disposable);
}
