using Akka.Actor;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Worker.Membership;

/// <summary>How long a worker looks for a coordinator, how often it asks, how long it takes leave.</summary>
/// <param name="JoinLimit">Without a coordinator for this long, the worker ends.</param>
/// <param name="RegisterInterval">A registration that is not answered is sent again after this.</param>
/// <param name="ReleaseLimit">A worker that was asked to stop waits no longer than this for its slots to be taken over.</param>
/// <param name="Target">Where it was told to look, for messages to people.</param>
public sealed record WorkerLimits(TimeSpan JoinLimit, TimeSpan RegisterInterval, TimeSpan ReleaseLimit, string Target)
{
    /// <summary>
    /// A coordinator that has not answered for so long, on neither plane, is given up: its machine, or the way to it, may be gone without a
    /// word, and TCP by itself would find out after a quarter of an hour.
    /// </summary>
    public TimeSpan UnreachableLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>30 s for a coordinator to appear, a registration a second, 3 s to be let go.</summary>
    public static WorkerLimits Default(string target) => new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), target);
}

/// <summary>What the worker core decided, with its reason.</summary>
/// <param name="Reason">One line for log and tests.</param>
/// <param name="Event">What it is logged as.</param>
public abstract record WorkerDecision(string Reason, NodeEvent Event)
{
    /// <summary>Ask the coordinator at this address to take part.</summary>
    /// <param name="Coordinator">Its node.</param>
    /// <param name="Why">The reason.</param>
    public sealed record Register(Address Coordinator, string Why) : WorkerDecision(Why, NodeEvents.Registering);

    /// <summary>Load data and model, and connect.</summary>
    /// <param name="Admitted">What the coordinator said.</param>
    /// <param name="Why">The reason.</param>
    public sealed record Prepare(WorkerAdmitted Admitted, string Why) : WorkerDecision(Why, NodeEvents.Preparing);

    /// <summary>Tell the coordinator that all is loaded and connected.</summary>
    /// <param name="Coordinator">Its node.</param>
    /// <param name="Message">What to tell.</param>
    /// <param name="Why">The reason.</param>
    public sealed record ReportPrepared(Address Coordinator, WorkerPrepared Message, string Why) : WorkerDecision(Why, NodeEvents.Prepared);

    /// <summary>Tell the coordinator that this worker can't go on, then end.</summary>
    /// <param name="Coordinator">Its node; null where none is known.</param>
    /// <param name="Why">The reason.</param>
    public sealed record Fail(Address? Coordinator, string Why) : WorkerDecision(Why, NodeEvents.CannotCompute);

    /// <summary>Tell the coordinator that this worker is about to go, so that others take over its slots.</summary>
    /// <param name="Coordinator">Its node.</param>
    /// <param name="Message">What to tell.</param>
    /// <param name="Why">The reason.</param>
    public sealed record TakeLeave(Address Coordinator, WorkerLeaving Message, string Why) : WorkerDecision(Why, NodeEvents.HandingSlotsBack);

    /// <summary>
    /// Leave the actor system behind and join anew: the coordinator that this one's cluster knows may be dead, and a new one
    /// is another cluster, even at the same address.
    /// </summary>
    /// <param name="Why">The reason.</param>
    public sealed record Rejoin(string Why) : WorkerDecision(Why, NodeEvents.LeavingToRejoin);

    /// <summary>End.</summary>
    /// <param name="Succeeded">Whether the run was trained to its end.</param>
    /// <param name="Why">The reason.</param>
    public sealed record End(bool Succeeded, string Why) : WorkerDecision(Why, NodeEvents.TakingPartEnded);
}

/// <summary>
/// Decides a worker's way in one cluster: find the coordinator, register, prepare, take part. Where the data connection breaks it
/// registers again as long as it prepares, and later ends to join anew. Pure: time comes in, decisions come out.
/// </summary>
public sealed class WorkerCore(WorkerId self, WorkerLimits limits, TimeSpan started)
{
    private enum Phase { Searching, Registering, Preparing, TakingPart, Leaving, Ended }

    private Phase _phase;
    private Address? _coordinator;
    private WorkerAdmitted? _admitted;
    private WorkerPrepared? _unconfirmed;
    private string? _problem;
    private TimeSpan? _unreachableSince;
    private long _bytesHeard;
    private TimeSpan? _lastReport;
    private TimeSpan _alone = started;   // since then, without the time in which it had a coordinator
    private TimeSpan _lastTick = started;
    private TimeSpan _lastRegistration;
    private TimeSpan _leavingSince;

    /// <summary>Membership says: a coordinator is up.</summary>
    public IReadOnlyList<WorkerDecision> CoordinatorUp(Address coordinator, TimeSpan now)
    {
        if (_phase is Phase.Leaving or Phase.Ended) return [];
        _coordinator = coordinator;
        if (_phase == Phase.TakingPart && _unconfirmed is { } prepared)
            return [new WorkerDecision.ReportPrepared(coordinator, prepared, "ready, and the coordinator is back")];
        if (_phase != Phase.Searching) return [];
        _phase = Phase.Registering;
        return [Register(now, "found the coordinator")];
    }

    /// <summary>Membership says: the coordinator is removed.</summary>
    public IReadOnlyList<WorkerDecision> CoordinatorRemoved(Address coordinator, TimeSpan now)
    {
        if (_phase is Phase.Leaving or Phase.Ended || coordinator != _coordinator) return [];
        _coordinator = null;
        // While the data connection stands, it, not membership, decides.
        if (_phase is Phase.Preparing or Phase.TakingPart) return [];
        _phase = Phase.Searching;
        return [];
    }

    /// <summary>Membership says: the coordinator does not answer. Nobody removes it; the one at its address may be another by now.</summary>
    public IReadOnlyList<WorkerDecision> CoordinatorUnreachable(TimeSpan now)
    {
        _unreachableSince = now;
        // While the data connection stands, it, not membership, decides; and whether anything comes over it.
        return _phase is Phase.Searching or Phase.Registering ? Rejoin("the coordinator does not answer") : [];
    }

    /// <summary>Membership says: the coordinator answers again.</summary>
    public void CoordinatorReachable() => _unreachableSince = null;

    /// <summary>The coordinator admits this worker.</summary>
    public IReadOnlyList<WorkerDecision> Admitted(WorkerAdmitted message)
    {
        if (_phase != Phase.Registering || message.Worker != self) return [];
        _phase = Phase.Preparing;
        _admitted = message;
        return [new WorkerDecision.Prepare(message, "admitted")];
    }

    /// <summary>The coordinator refuses this worker.</summary>
    public IReadOnlyList<WorkerDecision> Refused(WorkerRefused message) =>
        message.Worker != self ? [] : _phase == Phase.Leaving ? Gone() : End(false, message.Reason);

    /// <summary>Data and model are loaded and the data connection stands.</summary>
    public IReadOnlyList<WorkerDecision> Connected(string datasetSha256, Arithmetic arithmetic)
    {
        if (_phase != Phase.Preparing) return [];
        _phase = Phase.TakingPart;
        var message = new WorkerPrepared(self, _admitted!.Incarnation, datasetSha256, arithmetic);
        _unconfirmed = message;
        _lastReport = null;
        // Where it was removed meanwhile, it is told when it is up again.
        return _coordinator is null ? [] : [new WorkerDecision.ReportPrepared(_coordinator, message, "ready")];
    }

    /// <summary>The first order came, so the report that this worker is prepared has arrived.</summary>
    public void Working() => _unconfirmed = null;

    /// <summary>Whether it was asked to stop, has handed its slots back and waits to be let go: its connection may end in any way.</summary>
    public bool IsLeaving => _phase == Phase.Leaving;

    /// <summary>The data connection broke, or could not be made.</summary>
    public IReadOnlyList<WorkerDecision> ConnectionLost(string reason, TimeSpan now)
    {
        if (_phase == Phase.Leaving) return Gone();
        if (_phase is not (Phase.Preparing or Phase.TakingPart)) return [];
        if (_phase == Phase.TakingPart || _unreachableSince is not null) return Rejoin(reason);
        // It was never let in: it has been alone all the time, and its limit goes on.
        _problem = reason;
        _lastRegistration = now;
        _unconfirmed = null;
        _phase = _coordinator is null ? Phase.Searching : Phase.Registering;
        return [];
    }

    /// <summary>Something that another try won't mend: no data, a kernel that failed.</summary>
    public IReadOnlyList<WorkerDecision> CannotCompute(string reason)
    {
        if (_phase == Phase.Ended) return [];
        if (_phase == Phase.Leaving) return Gone();
        _phase = Phase.Ended;
        return [new WorkerDecision.Fail(_coordinator, reason)];
    }

    /// <summary>The coordinator says that it is done; ignored where it says so to another session.</summary>
    public IReadOnlyList<WorkerDecision> Ended(RunEnded message) => message.Worker != self ? [] : RunEnded(message.Ending, message.Reason);

    /// <summary>The coordinator takes leave.</summary>
    public IReadOnlyList<WorkerDecision> RunEnded(RunEnding ending, string reason)
    {
        if (_phase == Phase.Ended) return [];
        if (_phase == Phase.Leaving) return Gone();
        return ending == RunEnding.Stopped ? Rejoin($"the coordinator was {reason}") : End(ending == RunEnding.Completed, reason);
    }

    /// <summary>This worker was asked to stop.</summary>
    public IReadOnlyList<WorkerDecision> Leave(string reason, TimeSpan now)
    {
        if (_phase is Phase.Leaving or Phase.Ended) return [];
        // Before it takes part there is nothing to hand back.
        if (_phase != Phase.TakingPart || _coordinator is null) return End(true, reason);
        _phase = Phase.Leaving;
        _leavingSince = now;
        return [new WorkerDecision.TakeLeave(_coordinator, new WorkerLeaving(self, reason), $"handing the slots back: {reason}")];
    }

    /// <summary>Time passed.</summary>
    /// <param name="now">On the actor's clock.</param>
    /// <param name="bytesReceived">Over the data connections by now.</param>
    public IReadOnlyList<WorkerDecision> Tick(TimeSpan now, long bytesReceived = 0)
    {
        if (_phase == Phase.Preparing) _alone += now - _lastTick;
        _lastTick = now;
        if (bytesReceived != _bytesHeard && _unreachableSince is not null) _unreachableSince = now;
        _bytesHeard = bytesReceived;
        if (_phase == Phase.TakingPart && now - _unreachableSince >= limits.UnreachableLimit)
            return Rejoin($"the coordinator has not answered for {limits.UnreachableLimit.TotalSeconds:0} s, and nothing came over the data connection");
        if (_phase == Phase.TakingPart && _unconfirmed is { } prepared && _coordinator is not null)
        {
            // At least once: a message between actors may be lost. A spare without orders repeats it for as long as it stands by.
            _lastReport ??= now;
            if (now - _lastReport < limits.RegisterInterval) return [];
            _lastReport = now;
            return [new WorkerDecision.ReportPrepared(_coordinator, prepared, "no order yet")];
        }
        if (_phase == Phase.Leaving && now - _leavingSince >= limits.ReleaseLimit)
            return End(true, $"the coordinator did not take the slots back within {limits.ReleaseLimit.TotalSeconds:0} s; it finds out by the broken connection");
        if (_phase is not (Phase.Searching or Phase.Registering)) return [];
        if (now - _alone >= limits.JoinLimit)
        {
            return End(false, _problem is not null
                ? $"could not take part within {limits.JoinLimit.TotalSeconds:0} s: {_problem}"
                : $"no coordinator at {limits.Target} within {limits.JoinLimit.TotalSeconds:0} s; start one (./cluster coordinator …), check host, port and TLS, give both the same secret (MINIBATCH_SECRET), or wait longer with --join-timeout");
        }
        return _phase == Phase.Registering && _coordinator is not null && now - _lastRegistration >= limits.RegisterInterval
            ? [Register(now, "no answer yet")]
            : [];
    }

    private WorkerDecision.Register Register(TimeSpan now, string why)
    {
        _lastRegistration = now;
        return new WorkerDecision.Register(_coordinator!, why);
    }

    private IReadOnlyList<WorkerDecision> Rejoin(string reason)
    {
        _phase = Phase.Ended;
        return [new WorkerDecision.Rejoin(reason)];
    }

    /// <summary>However the connection ended: it was about to.</summary>
    private IReadOnlyList<WorkerDecision> Gone() => End(true, "the slots are handed back");

    private IReadOnlyList<WorkerDecision> End(bool succeeded, string reason)
    {
        if (_phase == Phase.Ended) return [];
        _phase = Phase.Ended;
        return [new WorkerDecision.End(succeeded, reason)];
    }
}
