namespace MiniBatch.LivePage.Live;

/// <summary>Counts those who watch, and says when the first comes and the last goes.</summary>
/// <param name="changed">Told whether anybody watches; called by whoever comes or goes, one at a time.</param>
public sealed class Watchers(Action<bool> changed)
{
    private readonly Lock _gate = new();
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
    public IDisposable Add()
    {
        Change(1);
        return new Watcher(this);
    }

    private void Change(int by)
    {
        lock (_gate)
        {
            _count += by;
            if (_count == (by > 0 ? 1 : 0)) changed(by > 0);
        }
    }

    private sealed class Watcher(Watchers all) : IDisposable
    {
        private int _gone;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _gone, 1) == 0) all.Change(-1);
        }
    }
}
