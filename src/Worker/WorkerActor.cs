using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Computation;
using MiniBatch.Worker.Membership;
using MiniBatch.Worker.Monitoring;

namespace MiniBatch.Worker;

/// <summary>What a worker actor is given.</summary>
/// <param name="Self">Who it is.</param>
/// <param name="Device">What it computes on.</param>
/// <param name="Limits">How long it looks for a coordinator.</param>
/// <param name="StartComputation">Has the compute thread take part in a run, given whom to report to.</param>
/// <param name="Ended">Set when the worker is done.</param>
public sealed record WorkerSettings(
    WorkerId Self, ComputeDevice Device, WorkerLimits Limits,
    Func<WorkerAdmitted, Action<ComputeReport>, IDisposable> StartComputation,
    TaskCompletionSource<WorkerOutcome> Ended)
{
    /// <summary>Gets the actor's heartbeats, and the health of cluster and data.</summary>
    public required WorkerMonitor Monitor { get; init; }
}

/// <summary>How a worker ended.</summary>
/// <param name="Succeeded">Whether the run was trained to its end.</param>
/// <param name="Reason">One line.</param>
/// <param name="Rejoin">Whether it is to join anew, with a new actor system.</param>
public sealed record WorkerOutcome(bool Succeeded, string Reason, bool Rejoin = false);

/// <summary>
/// Worker: finds the coordinator through cluster membership, registers, starts sessions on the compute thread. One state; what it is
/// up to is in <see cref="WorkerCore"/>. A restart would lose the session, so there is none: when it fails the node ends.
/// </summary>
public sealed class WorkerActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(250);

    private readonly WorkerSettings _settings;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly WorkerCore _core;
    private IDisposable? _computation;
    private long _computationNumber;

    /// <summary>Told by the host: hand the slots back, then end.</summary>
    /// <param name="Reason">One line.</param>
    public sealed record Leave(string Reason);

    private sealed record Tick
    {
        public static readonly Tick Instance = new();
    }

    /// <summary>A report of a session, with its number: those of earlier ones are stale.</summary>
    private sealed record FromComputation(long Number, ComputeReport Report);

    /// <summary>One behaviour for the whole life.</summary>
    public WorkerActor(WorkerSettings settings)
    {
        _settings = settings;
        _core = new WorkerCore(settings.Self, settings.Limits, _clock.Elapsed);

        Receive<ClusterEvent.MemberUp>(IsCoordinator, up => Apply(_core.CoordinatorUp(up.Member.Address, _clock.Elapsed)));
        Receive<ClusterEvent.MemberRemoved>(IsCoordinator, removed => Apply(_core.CoordinatorRemoved(removed.Member.Address, _clock.Elapsed)));
        Receive<ClusterEvent.UnreachableMember>(IsCoordinator, _ => Apply(_core.CoordinatorUnreachable(_clock.Elapsed)));
        Receive<ClusterEvent.ReachableMember>(IsCoordinator, _ => _core.CoordinatorReachable());
        Receive<ClusterEvent.IClusterDomainEvent>(_ => { });   // other workers are the coordinator's business
        Receive<WorkerAdmitted>(message => Apply(_core.Admitted(message)));
        Receive<WorkerRefused>(message => Apply(_core.Refused(message)));
        Receive<RunEnded>(message => Apply(_core.Ended(message)));
        Receive<FromComputation>(message => message.Number == _computationNumber, message => Hear(message.Report));
        Receive<FromComputation>(_ => { });             // of a session before
        Receive<Leave>(leave => Apply(_core.Leave(leave.Reason, _clock.Elapsed)));
        Receive<Tick>(_ => Turn());
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private static bool IsCoordinator(ClusterEvent.IMemberEvent e) => e.Member.HasRole(NodeRole.Coordinator);

    private static bool IsCoordinator(ClusterEvent.ReachabilityEvent e) => e.Member.HasRole(NodeRole.Coordinator);

    private void Turn()
    {
        _settings.Monitor.Actor.Beat();
        Apply(_core.Tick(_clock.Elapsed, _settings.Monitor.Connection.BytesReceived));
    }

    private void Hear(ComputeReport report)
    {
        switch (report)
        {
            case ComputeReport.Connected connected:
                _settings.Monitor.Data.Healthy("data and model are loaded, the data connection stands");
                Apply(_core.Connected(connected.DatasetSha256, connected.Arithmetic));
                break;
            case ComputeReport.Working: _core.Working(); break;
            case ComputeReport.Lost lost:
                if (!_core.IsLeaving) NodeEvents.ConnectionLost.Write("the data connection is lost: {reason:l}", lost.Reason);
                _settings.Monitor.Data.Unhealthy($"the data connection is lost: {lost.Reason}");
                Apply(_core.ConnectionLost(lost.Reason, _clock.Elapsed));
                break;
            case ComputeReport.Ended ended: Apply(_core.RunEnded(ended.Ending, ended.Reason)); break;
            case ComputeReport.Failed failed: Apply(_core.CannotCompute(failed.Reason)); break;
        }
    }

    private void Apply(IReadOnlyList<WorkerDecision> decisions)
    {
        foreach (var decision in decisions)
        {
            decision.Event.Write("{reason:l}", decision.Reason);
            switch (decision)
            {
                case WorkerDecision.Register register:
                    Coordinator(register.Coordinator).Tell(new RegisterWorker(
                        _settings.Self, ProgramVersion.Current, _settings.Device, Processor.WidestCapability, Environment.ProcessId));
                    break;
                case WorkerDecision.Prepare prepare: Prepare(prepare.Admitted); break;
                case WorkerDecision.ReportPrepared report: Coordinator(report.Coordinator).Tell(report.Message); break;
                case WorkerDecision.Fail fail:
                    if (fail.Coordinator is { } address) Coordinator(address).Tell(new WorkerFailed(_settings.Self, fail.Reason));
                    End(new WorkerOutcome(false, fail.Reason));
                    break;
                case WorkerDecision.TakeLeave leave: Coordinator(leave.Coordinator).Tell(leave.Message); break;
                case WorkerDecision.Rejoin rejoin: End(new WorkerOutcome(false, rejoin.Reason, Rejoin: true)); break;
                case WorkerDecision.End end: End(new WorkerOutcome(end.Succeeded, end.Reason)); break;
            }
        }
    }

    private void Prepare(WorkerAdmitted admitted)
    {
        _settings.Monitor.Cluster.Healthy($"admitted by incarnation {admitted.Incarnation.Value} of the coordinator");
        _settings.Monitor.Data.Unhealthy("is being loaded");
        _computation?.Dispose();
        var number = ++_computationNumber;
        var self = Self;
        _computation = _settings.StartComputation(admitted, report => self.Tell(new FromComputation(number, report)));
    }

    private void End(WorkerOutcome outcome)
    {
        Timers.CancelAll();
        _settings.Ended.TrySetResult(outcome);
    }

    private static ActorSelection Coordinator(Address node) =>
        Context.ActorSelection(new RootActorPath(node) / "user" / NodeRole.Coordinator);

    /// <inheritdoc />
    protected override void PreStart()
    {
        Cluster.Get(Context.System).Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
            typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Timers.StartPeriodicTimer("tick", Tick.Instance, TickInterval);
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        Cluster.Get(Context.System).Unsubscribe(Self);
        _computation?.Dispose();
        // A node that the others took for dead ends its system; the worker outlives it.
        var isRemoved = Cluster.Get(Context.System).IsTerminated;
        _settings.Ended.TrySetResult(isRemoved
            ? new WorkerOutcome(false, "this node was removed from the cluster", Rejoin: true)
            : new WorkerOutcome(false, "the worker actor failed"));
    }
}
