using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace MiniBatch.Coordinator.Recording;

/// <summary>
/// What was handed over and is not written down yet, in that order: added without ever blocking, taken by one thread. A disk that
/// takes nothing for a while costs no more memory than so many entries and <see cref="SavesMax"/> copies of the model: older versions to go
/// on from are left out, and while it <see cref="IsFull"/> no step is to be opened.
/// </summary>
public sealed class RunBacklog
{
    /// <summary>Seconds of the smallest model's steps at full speed, minutes of any other's.</summary>
    public const int EntriesMaxDefault = 20_000;

    /// <summary>Versions to go on from that wait at most: each is a copy of the model and of the optimizer's state.</summary>
    public const int SavesMax = 2;

    private readonly ConcurrentQueue<object> _entries = new();   // a RunEntry, or where one stood that may be left out
    private readonly Queue<WaitingSave> _saves = new();   // of the thread that adds them
    private bool _isFull;   // of the thread that asks
    private volatile bool _isClosed;

    /// <summary>With so many entries it is full; ≥ 1.</summary>
    public int EntriesMax { get; set; } = EntriesMaxDefault;

    /// <summary>Whether steps are made faster than they are written down: once it is full, until half of it is written. By one thread.</summary>
    public bool IsFull
    {
        get
        {
            var count = _entries.Count;
            return _isFull = _isFull ? count > EntriesMax / 2 : count >= EntriesMax;
        }
    }

    /// <summary>Adds an entry, from any thread; a version to go on from by one thread. Once it is closed, nothing is added.</summary>
    public void Add(RunEntry entry)
    {
        if (_isClosed) return;
        if (entry is RunEntry.Save save) _entries.Enqueue(Waiting(save));
        else _entries.Enqueue(entry);
    }

    /// <summary>Takes the oldest entry; by one thread.</summary>
    public bool TryTake([NotNullWhen(true)] out RunEntry? entry)
    {
        while (_entries.TryDequeue(out var next))
        {
            if ((entry = next is WaitingSave waiting ? waiting.Take() : (RunEntry)next) is not null) return true;
        }
        entry = null;
        return false;
    }

    /// <summary>Nothing is added any more.</summary>
    public void Close() => _isClosed = true;

    private WaitingSave Waiting(RunEntry.Save save)
    {
        while (_saves.TryPeek(out var oldest) && (oldest.IsTaken || _saves.Count == SavesMax)) _saves.Dequeue().Take();
        var waiting = new WaitingSave(save);
        _saves.Enqueue(waiting);
        return waiting;
    }

    /// <summary>The place of a version in the order; it is taken once, to be written down or to be left out.</summary>
    private sealed class WaitingSave(RunEntry.Save save)
    {
        private RunEntry.Save? _save = save;

        public bool IsTaken => Volatile.Read(ref _save) is null;

        public RunEntry.Save? Take() => Interlocked.Exchange(ref _save, null);
    }
}
