namespace Akka.Actor;

/// <summary>An actor with timers. The property is set after the constructor and before <c>PreStart</c>.</summary>
public interface IWithTimers
{
    ITimerScheduler Timers { get; set; }
}

/// <summary>
/// Messages to oneself later, by key. Starting a key again, cancelling it, a restart and a stop all mean that a
/// message of the former timer no longer arrives, even if it is queued. Only for the actor's own turn.
/// </summary>
public interface ITimerScheduler
{
    void StartSingleTimer(object key, object msg, TimeSpan timeout);

    void StartPeriodicTimer(object key, object msg, TimeSpan interval);

    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval);

    /// <summary>True from its start until it is cancelled or, if single, has arrived.</summary>
    bool IsTimerActive(object key);

    void Cancel(object key);

    void CancelAll();
}

/// <summary>The timers of one incarnation of one actor.</summary>
internal sealed class ActorTimers(Scheduler scheduler, IActorRef self) : ITimerScheduler
{
    private readonly Dictionary<object, Timer> _timers = [];

    public void StartSingleTimer(object key, object msg, TimeSpan timeout) => Start(new Timer(this, key, msg, false), timeout, TimeSpan.Zero);

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => StartPeriodicTimer(key, msg, interval, interval);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval)
    {
        if (interval <= TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(interval), interval, "A period must be longer than zero.");
        Start(new Timer(this, key, msg, true), initialDelay, interval);
    }

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out var timer)) timer.Ticket?.Cancel();
    }

    public void CancelAll()
    {
        foreach (var timer in _timers.Values) timer.Ticket?.Cancel();
        _timers.Clear();
    }

    private void Start(Timer timer, TimeSpan delay, TimeSpan period)
    {
        Cancel(timer.Key);
        _timers[timer.Key] = timer;
        timer.Ticket = scheduler.Schedule(delay, period, () => self.Tell(timer, self));
    }

    /// <summary>One start of one key; it is also what lies in the mailbox, so that the cell can tell whether it still counts.</summary>
    internal sealed class Timer(ActorTimers owner, object key, object message, bool repeats)
    {
        public object Key { get; } = key;

        public Scheduler.Ticket? Ticket { get; set; }

        /// <summary>The message, if this timer is still the current one of its key; else null.</summary>
        public object? Arrive(ActorTimers? current)
        {
            if (!ReferenceEquals(current, owner) || !owner._timers.TryGetValue(Key, out var latest) || !ReferenceEquals(latest, this)) return null;
            if (!repeats) owner._timers.Remove(Key);
            return message;
        }
    }
}
