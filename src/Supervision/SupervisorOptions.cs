namespace MiniBatch.Supervision;

/// <summary>When the supervisor restarts, and how long it waits before it gets rougher.</summary>
public sealed record SupervisorOptions
{
    /// <summary>What is used unless a test says otherwise.</summary>
    public static readonly SupervisorOptions Default = new();

    /// <summary>Before a second restart without a step between, the first being at once; doubles with each further one. Also where somebody asked for the fault, to be seen.</summary>
    public TimeSpan FirstBackOff { get; init; } = TimeSpan.FromSeconds(0.2);

    /// <summary>The longest back-off.</summary>
    public TimeSpan BackOffMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Restarts of one process without a step between them; at one more it is given up.</summary>
    public int RestartsMax { get; init; } = 5;

    /// <summary>
    /// A process that ran for so long was sound: what was before is forgotten, as after a step. A worker that only stands by, and a
    /// coordinator that waits for workers, have no steps.
    /// </summary>
    public TimeSpan SoundAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether a process that somebody else ended in order, by SIGTERM, is started again; else its end is meant.</summary>
    public bool RestartsTerminated { get; init; }

    /// <summary>A worker that ends with exit code 1 sooner than this after its start has not come to work at all.</summary>
    public TimeSpan QuickFailure { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>So many quick failures in a row, and another start would fail the same way.</summary>
    public int QuickFailuresMax { get; init; } = 3;

    /// <summary>Processes beyond this many workers on one machine only stand in each other's way.</summary>
    public int WorkersMax { get; init; } = 64;

    /// <summary>How long a worker that somebody stops, or cuts off, stays so: far beyond the silence after which its slots go to others.</summary>
    public TimeSpan FaultLength { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long a worker that somebody slows down is slow.</summary>
    public TimeSpan SlowLength { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Of a slow worker: how long it may run at a time.</summary>
    public TimeSpan SlowRuns { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Of a slow worker: how long it is stopped between that. Together they are less than the silence that would make it count as hung.</summary>
    public TimeSpan SlowStops { get; init; } = TimeSpan.FromMilliseconds(180);

    /// <summary>How long workers have to end by themselves when the run is over.</summary>
    public TimeSpan WorkersEndLimit { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>From the coordinator's SIGTERM to the workers', unless it ends sooner: it takes leave of them.</summary>
    public TimeSpan CoordinatorFirst { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>From a worker's SIGTERM to its SIGKILL.</summary>
    public TimeSpan TerminateLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>From the coordinator's SIGTERM to everybody's SIGKILL.</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Sooner after a request to stop, another is the same one: it went to the process and to its group.</summary>
    public TimeSpan SecondStopAfter { get; init; } = TimeSpan.FromSeconds(0.3);

    /// <summary>How long a SIGKILL may take; a process in the middle of a disk's or driver's call does not end.</summary>
    public TimeSpan KillLimit { get; init; } = TimeSpan.FromSeconds(5);
}
