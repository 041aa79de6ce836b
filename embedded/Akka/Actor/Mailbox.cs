using System.Collections.Concurrent;

namespace Akka.Actor;

/// <summary>
/// The queues of one cell and its turns on the thread pool: at most one turn at a time, a limited number of messages a
/// turn so that no actor keeps a thread from the others.
/// </summary>
internal sealed class Mailbox(ActorCell cell, int throughput) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<Envelope> _messages = new();
    private readonly ConcurrentQueue<SystemMessage> _signals = new();
    private int _scheduled;
    private int _suspended;
    private volatile bool _closed;

    /// <summary>Written on the cell's own turn only.</summary>
    public int SuspendCount
    {
        get => Volatile.Read(ref _suspended);
        set => Volatile.Write(ref _suspended, value);
    }

    public bool IsClosed => _closed;

    public void Post(Envelope envelope)
    {
        _messages.Enqueue(envelope);
        Schedule();
        // Closing drains too; whichever of us comes later sees the message.
        if (_closed) Drain();
    }

    public void Post(SystemMessage signal)
    {
        _signals.Enqueue(signal);
        Schedule();
        if (_closed) Drain();
    }

    /// <summary>From now on what is posted goes to the dead letters. On the cell's turn.</summary>
    public void Close()
    {
        _closed = true;
        Interlocked.MemoryBarrier();
        Drain();
    }

    public void Execute()
    {
        try
        {
            HandleSignals();
            for (var left = throughput; left > 0 && !_closed && SuspendCount == 0 && _messages.TryDequeue(out var envelope); left--)
            {
                cell.Invoke(envelope);
                HandleSignals();
            }
        }
        finally
        {
            Interlocked.Exchange(ref _scheduled, 0);
            if (HasWork) Schedule();
        }
    }

    private bool HasWork => !_closed && (!_signals.IsEmpty || (SuspendCount == 0 && !_messages.IsEmpty));

    private void HandleSignals()
    {
        while (!_closed && _signals.TryDequeue(out var signal)) cell.Invoke(signal);
    }

    private void Schedule()
    {
        // The exchange is also the fence between our enqueue and a running turn's last look at the queues.
        if (Interlocked.CompareExchange(ref _scheduled, 1, 0) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Drain()
    {
        while (_messages.TryDequeue(out var envelope)) cell.LeaveDeadLetter(envelope);
        while (_signals.TryDequeue(out var signal)) cell.AnswerDead(signal);
    }
}
