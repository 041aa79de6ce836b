namespace MiniBatch.LivePage.Live;

/// <summary>Counts those who watch, and says when the first comes and the last goes.</summary>
/// <param name="changed">Told whether anybody watches; called by whoever comes or goes, one at a time.</param>
public sealed class Watchers(Action<bool> changed)
{
    private readonly Lock _gate = new();
    private volatile Action<ViewText>? _shown;
    private int _count;

    /// <summary>Whether anybody watches.</summary>
    public bool Any
    {
        get
        {
            lock (_gate) return _count > 0;
        }
    }

    /// <summary>One more, until this is disposed.</summary>
    /// <param name="shown">Told of each view that is shown meanwhile, by who shows it; must not block. Null for one who looks by himself.</param>
    public IDisposable Add(Action<ViewText>? shown = null)
    {
        lock (_gate)
        {
            _shown += shown;
            if (++_count == 1) changed(true);
        }
        return new Watcher(this, shown);
    }

    /// <summary>Shows a view to those who want to be told.</summary>
    public void Show(ViewText view) => _shown?.Invoke(view);

    private void Remove(Action<ViewText>? shown)
    {
        lock (_gate)
        {
            _shown -= shown;
            if (--_count == 0) changed(false);
        }
    }

    private sealed class Watcher(Watchers all, Action<ViewText>? shown) : IDisposable
    {
        private int _gone;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _gone, 1) == 0) all.Remove(shown);
        }
    }
}
