namespace MiniBatch.Shared.Logging;

/// <summary>The part of the program that an event is of: what <c>--log-level</c> can set a level for by itself.</summary>
/// <param name="Name">As it is typed, and written to logs.</param>
/// <param name="FirstId">The numbers of its events are the hundred from here on.</param>
/// <param name="What">In <c>docs/LOGS.md</c>.</param>
public sealed record LogSource(string Name, int FirstId, string What)
{
    /// <summary>Numbers that a source has.</summary>
    public const int Ids = 100;

    public static readonly LogSource Node = new("node", 0, "every process: its configuration, its engine, its log");
    public static readonly LogSource Coordinator = new("coordinator", 100, "the run: how it begins, advances and ends");
    public static readonly LogSource Membership = new("membership", 200, "who takes part: workers that come, go, hang, are refused");
    public static readonly LogSource ParameterServer = new("parameter-server", 300, "slots and updates");
    public static readonly LogSource DataPlane = new("data-plane", 400, "the connections that parameters and gradients go over");
    public static readonly LogSource Recording = new("recording", 500, "checkpoints");
    public static readonly LogSource Worker = new("worker", 600, "a worker's way: joining, registering, taking part, joining anew");
    public static readonly LogSource Compute = new("compute", 700, "a worker's compute thread: tensors, kernels");
    public static readonly LogSource Supervisor = new("supervisor", 800, "`./cluster train`: processes that are started, die, and are started again");
    public static readonly LogSource Akka = new("akka", 900, "what the actor engine says: of other nodes as debug events, which the log file has; what somebody can mend is also said in our words (903, 904)");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<LogSource> All { get; } =
        [Node, Coordinator, Membership, ParameterServer, DataPlane, Recording, Worker, Compute, Supervisor, Akka];
}
