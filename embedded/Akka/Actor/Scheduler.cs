using System.Diagnostics;

namespace Akka.Actor;

/// <summary>
/// Runs short actions at their time on a thread of its own, so that timers are on time while compute holds the pool.
/// An action must not block: it tells a message, or signals a thread.
/// </summary>
internal sealed class Scheduler
{
    private readonly object _lock = new();
    private readonly PriorityQueue<Ticket, long> _queue = new();
    private readonly Thread _thread;
    private bool _stopped;

    public Scheduler(string name)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <param name="delay">Until the first run; at once if not positive.</param>
    /// <param name="period">Zero for one run. A period that was missed as a whole is left out, not made up for.</param>
    /// <param name="action">Runs on the scheduler's thread.</param>
    public Ticket Schedule(TimeSpan delay, TimeSpan period, Action action)
    {
        var ticket = new Ticket(action, (long)(period.TotalSeconds * Stopwatch.Frequency));
        lock (_lock)
        {
            if (_stopped) return ticket;
            _queue.Enqueue(ticket, Stopwatch.GetTimestamp() + Math.Max(0, (long)(delay.TotalSeconds * Stopwatch.Frequency)));
            Monitor.Pulse(_lock);
        }
        return ticket;
    }

    /// <summary>Ends the thread; what is scheduled never runs.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            Monitor.Pulse(_lock);
        }
        if (Thread.CurrentThread != _thread) _thread.Join();
    }

    private void Run()
    {
        while (Next() is { } due)
        {
            due.Run();
        }
    }

    /// <summary>Waits for the next ticket that is due; null once stopped.</summary>
    private Ticket? Next()
    {
        lock (_lock)
        {
            while (!_stopped)
            {
                if (!_queue.TryPeek(out var ticket, out var due))
                {
                    Monitor.Wait(_lock);
                    continue;
                }
                var now = Stopwatch.GetTimestamp();
                if (ticket.IsCancelled) _queue.Dequeue();
                else if (due > now) Monitor.Wait(_lock, TimeSpan.FromSeconds((double)(due - now) / Stopwatch.Frequency) + TimeSpan.FromMilliseconds(1));
                else
                {
                    _queue.Dequeue();
                    if (ticket.PeriodTicks > 0) _queue.Enqueue(ticket, due + ticket.PeriodTicks > now ? due + ticket.PeriodTicks : now + ticket.PeriodTicks);
                    return ticket;
                }
            }
            return null;
        }
    }

    /// <summary>Something scheduled.</summary>
    internal sealed class Ticket(Action action, long periodTicks)
    {
        private volatile bool _cancelled;

        public bool IsCancelled => _cancelled;

        public long PeriodTicks => periodTicks;

        public void Cancel() => _cancelled = true;

        public void Run()
        {
            if (!_cancelled) action();
        }
    }
}
