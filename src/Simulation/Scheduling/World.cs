using MiniBatch.Shared.Numerics;

namespace MiniBatch.Simulation.Scheduling;

/// <summary>
/// Virtual time and what happens in it: a discrete-event simulation in one thread. Everything that is drawn is drawn from one seed,
/// so the same seed gives the same world.
/// </summary>
internal sealed class World
{
    private readonly EventQueue _events = new();
    private long _order;
    private SplitMix64 _random;
    private SimulatedThread _running;

    public World(ulong seed, Action<TimeSpan, string>? tell)
    {
        _random = new SplitMix64(seed);
        Tell = tell;
        _running = Itself = new SimulatedThread(new SimulatedProcess("world", -1, TimeSpan.Zero));
    }

    /// <summary>Is told the story; null where nobody reads it.</summary>
    public Action<TimeSpan, string>? Tell { get; }

    /// <summary>Whose events are that happen to nobody in particular.</summary>
    public SimulatedThread Itself { get; }

    public TimeSpan Now { get; private set; }

    public int EventCount { get; private set; }

    public void Say(string who, string what) => Tell?.Invoke(Now, $"{who}: {what}");

    /// <summary>Something happens on a thread after a while.</summary>
    public void Post(SimulatedThread thread, TimeSpan delay, Action run) => PostAt(thread, Now + delay, run);

    /// <summary>Something happens on a thread at a time.</summary>
    public void PostAt(SimulatedThread thread, TimeSpan at, Action run) =>
        _events.Add(new SimulatedEvent(Math.Max(at.Ticks, Now.Ticks), _order++, thread, run));

    /// <summary>The next event happens.</summary>
    /// <returns>False where there is none.</returns>
    public bool Step()
    {
        while (_events.Count > 0)
        {
            var e = _events.Take();
            var process = e.Thread.Process;
            if (!process.IsAlive) continue;
            Now = new TimeSpan(e.Time);
            if (e.Thread.PutOff is { } putOff)
            {
                putOff.Add(e);
                continue;
            }
            if (process.StoppedUntil > Now)
            {
                // With its old number: what came first is first when the process wakes.
                _events.Add(e with { Time = process.StoppedUntil.Ticks });
                continue;
            }
            EventCount++;
            var before = _running;
            _running = e.Thread;
            try
            {
                e.Run();
            }
            catch (ProcessKilledException) when (!process.IsAlive)
            {
                // It was in the middle of something.
            }
            finally
            {
                _running = before;
            }
            return true;
        }
        return false;
    }

    /// <summary>
    /// The thread whose event this is stands still in the middle of it, and where that is asked for its whole process; the world goes
    /// on meanwhile.
    /// </summary>
    /// <exception cref="ProcessKilledException">It was killed meanwhile.</exception>
    public void Pause(TimeSpan time, bool wholeProcess)
    {
        var thread = _running;
        var process = thread.Process;
        var until = Now + time;
        if (wholeProcess) Stop(process, until);
        PostAt(Itself, until, () => { });
        thread.PutOff = [];
        while (process.IsAlive && (Now < until || process.StoppedUntil > Now) && Step())
        {
            // Whatever happens to the others.
        }
        foreach (var e in thread.PutOff) _events.Add(e with { Time = Now.Ticks });
        thread.PutOff = null;
        if (!process.IsAlive) throw new ProcessKilledException();
    }

    /// <summary>SIGSTOP, and SIGCONT later.</summary>
    public static void Stop(SimulatedProcess process, TimeSpan until)
    {
        if (until > process.StoppedUntil) process.StoppedUntil = until;
    }

    /// <summary>A process ends, with an exit code.</summary>
    public void End(SimulatedProcess process, int exitCode)
    {
        if (!process.IsAlive) return;
        process.IsAlive = false;
        process.Exited?.Invoke(exitCode);
    }

    /// <summary>0 ≤ n &lt; below.</summary>
    public int Below(int below) => _random.NextBelow(below);

    /// <summary>A time up to the limit; short ones are as likely as long ones, by magnitude.</summary>
    public TimeSpan Delay(TimeSpan limit)
    {
        var ticks = limit.Ticks >> _random.NextBelow(8);
        return new TimeSpan((long)(_random.NextUnitDouble() * ticks) + 1);
    }
}

/// <summary>One way of messages to a thread, which keeps their order.</summary>
internal sealed class Channel(World world, SimulatedThread receiver)
{
    private TimeSpan _last;

    public SimulatedThread Receiver => receiver;

    /// <summary>A message is on its way for so long at least.</summary>
    public void Send(TimeSpan delay, Action receive)
    {
        var at = world.Now + delay;
        if (at < _last) at = _last;
        _last = at;
        world.PostAt(receiver, at, receive);
    }
}
