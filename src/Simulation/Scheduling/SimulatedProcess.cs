namespace MiniBatch.Simulation.Scheduling;

/// <summary>A process of the simulated cluster: what its threads do is events. It can be stopped, woken and killed at any of them.</summary>
/// <param name="name">For people.</param>
/// <param name="machine">Where it runs.</param>
/// <param name="started">In virtual time.</param>
internal sealed class SimulatedProcess(string name, int machine, TimeSpan started)
{
    public string Name => name;

    public int Machine => machine;

    public bool IsAlive { get; set; } = true;

    /// <summary>Nothing of it happens before: SIGSTOP, and SIGCONT then.</summary>
    public TimeSpan StoppedUntil { get; set; }

    /// <summary>How far its clock has jumped, as after its machine was suspended.</summary>
    public TimeSpan ClockJump { get; set; }

    /// <summary>Called once when it has ended, in whatever way, with its exit code.</summary>
    public Action<int>? Exited { get; set; }

    /// <summary>What its cores have decided so far.</summary>
    public int Decisions { get; set; }

    /// <summary>What it has done to its disk so far.</summary>
    public int DiskOperations { get; set; }

    /// <summary>What a stopwatch says that was started with the process.</summary>
    public TimeSpan ClockAt(TimeSpan now) => now - started + ClockJump;

    public override string ToString() => name;
}

/// <summary>A thread: events of one thread happen one after the other.</summary>
/// <param name="process">Whose it is.</param>
internal sealed class SimulatedThread(SimulatedProcess process)
{
    public SimulatedProcess Process => process;

    /// <summary>What is to happen once it is out of the middle of something; null where it is in no such middle.</summary>
    public List<SimulatedEvent>? PutOff { get; set; }
}

/// <summary>Unwinds what a process was doing when it was killed.</summary>
internal sealed class ProcessKilledException : Exception;

/// <summary>Something that must never be so is so; the message says what.</summary>
public sealed class InvariantException(string what) : Exception(what);
