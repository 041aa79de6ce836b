using MiniBatch.Shared.Logging;
using Serilog.Events;

namespace MiniBatch.LivePage.Feed;

/// <summary>
/// What happened in a run, from its logs: read once for all readers of its page, who come and go with each tab that is hidden and shown
/// again, for logs may have hundreds of megabytes a node. The newest lines are kept for who comes later. Used by any thread.
/// </summary>
/// <param name="logs">The run's folder of logs.</param>
public sealed class Story(string logs) : IDisposable
{
    /// <summary>Lines that are kept.</summary>
    public const int LinesMax = 200;

    private readonly Lock _gate = new();
    private readonly MergedLog _log = new(logs, _ => true, _ => { });
    private readonly Queue<LogLine> _newest = new();
    private long _count;   // of all lines there were
    private volatile bool _isDisposed;

    /// <summary>The lines that a reader has not been told, but no more than the newest <see cref="LinesMax"/>; in their order.</summary>
    /// <param name="told">How many there were when it was told last, 0 for one that is new; becomes how many there are now.</param>
    public IReadOnlyList<LogLine> Since(ref long told)
    {
        lock (_gate)
        {
            ReadOn();
            var missing = (int)Math.Min(_count - told, _newest.Count);
            told = _count;
            return missing == 0 ? [] : [.. _newest.Skip(_newest.Count - missing)];
        }
    }

    /// <summary>Reads no more; what was read is told still.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        lock (_gate) _log.Dispose();
    }

    private void ReadOn()
    {
        if (_isDisposed) return;
        foreach (var line in _log.Read(TimeSpan.Zero, TimeSpan.Zero))
        {
            if (_isDisposed) return;
            if (line.Read.Level < LogEventLevel.Information || NodeEvents.IsForMachines(line.Read.Event)) continue;
            _newest.Enqueue(line.Read);
            if (_newest.Count > LinesMax) _newest.Dequeue();
            _count++;
        }
    }
}
