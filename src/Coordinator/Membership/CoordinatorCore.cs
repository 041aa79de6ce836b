using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Membership;

/// <summary>How long the coordinator waits for what, and how many workers it expects.</summary>
/// <param name="ExpectedWorkers">Training starts when so many are ready; others may come later. ≥ 1. A run that goes on does so with the first.</param>
/// <param name="GatherLimit">Start with those who are ready after this, even if fewer than expected.</param>
/// <param name="WaitForWorkers">A run that has had no worker for this long ends.</param>
/// <param name="MixedArithmetic">Whether workers of other arithmetic than the first one's may take part.</param>
public sealed record MembershipOptions(
    int ExpectedWorkers, TimeSpan GatherLimit, TimeSpan WaitForWorkers, bool MixedArithmetic = false)
{
    /// <summary>30 s to gather, 5 min without any worker.</summary>
    public static readonly MembershipOptions Default = new(1, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5));
}

/// <summary>
/// Decides who takes part and what the run does next: admits and refuses, deals when membership changes, goes from
/// epoch to evaluation to the next. Pure: time comes in, decisions with their reasons come out.
/// </summary>
/// <param name="spec">The run's.</param>
/// <param name="options">Limits of waiting.</param>
/// <param name="started">Now.</param>
/// <param name="resume">Where to go on, or null to start.</param>
public sealed class CoordinatorCore(RunSpec spec, MembershipOptions options, TimeSpan started, ResumePoint? resume = null)
{
    /// <summary>Workers that get stuck one after the other in the same work before it is the work's fault.</summary>
    public const int StuckInARowMax = 5;

    private enum Phase { Gathering, Initialising, Training, Evaluating, Ended }

    private readonly List<Member> _members = [];
    private Assignment _assignment = Assignment.Nobody;
    private Phase _phase;
    private TimeSpan? _nobodySince = started;
    private int _epoch;
    private ExchangeReport.EpochTrained? _trained = resume?.Trained;
    private (string Work, int Workers) _stuck = ("", 0);
    private Arithmetic? _arithmetic = resume?.Arithmetic;

    /// <summary>Who takes part now.</summary>
    public Assignment Assignment => _assignment;

    /// <summary>What was counted of the workers.</summary>
    public MembershipCounts Counts { get; private set; }

    /// <summary>Epochs that are trained and evaluated.</summary>
    public int EpochsDone { get; private set; }

    /// <summary>Whether the run is over.</summary>
    public bool HasEnded => _phase == Phase.Ended;

    /// <summary>A worker asks to take part.</summary>
    public IReadOnlyList<Decision> Register(RegisterWorker request)
    {
        if (_phase == Phase.Ended) return [];
        if (request.ProgramVersion != spec.ProgramVersion)
        {
            return [Refuse(request.Worker, Refusal.OtherVersion,
                $"the worker is MiniBatch {request.ProgramVersion}, the run {spec.ProgramVersion}; install the same version")];
        }
        if (request.CpuCapability < spec.CpuCapability)
        {
            return [Refuse(request.Worker, Refusal.MissingCpuCapability,
                $"the run is held to {spec.CpuCapability} and this processor has no more than {request.CpuCapability};"
                + $" start the run with --cpu-capability {request.CpuCapability.ToString().ToLowerInvariant()}")];
        }
        var other = _members.FirstOrDefault(m => m.Id.Name == request.Worker.Name && m.Id != request.Worker);
        if (other is { Connected: true, Silent: false })
        {
            return [Refuse(request.Worker, Refusal.NameTaken,
                $"a worker named {other.Id.Name} is connected already; give this one another --name")];
        }
        // A worker that came back under its old name after a crash takes the old one's place; where a machine vanished, before its
        // connection is known to be broken.
        if (other is not null) _members.Remove(other);
        if (Find(request.Worker) is null) _members.Add(new Member(request.Worker));
        var admit = new Decision.Admit(request.Worker, $"{request.Worker.Name} may take part ({request.Device})");
        return other is { Connected: true }
            ? [admit, new Decision.Dismiss(other.Id, $"it was silent, and another worker named {other.Id.Name} has come in its place", NodeEvents.WorkerDismissed)]
            : [admit];
    }

    /// <summary>A worker has loaded data and model.</summary>
    public IReadOnlyList<Decision> Prepared(WorkerPrepared message, TimeSpan now)
    {
        if (Find(message.Worker) is not { } member) return [];
        if (message.DatasetSha256 != spec.DatasetSha256)
        {
            _members.Remove(member);
            return
            [
                Refuse(message.Worker, Refusal.OtherDataset,
                    $"the worker's {spec.Dataset} is {message.DatasetSha256[..Math.Min(12, message.DatasetSha256.Length)]}…, the run's"
                    + $" {spec.DatasetSha256[..12]}…; give it the same files"),
                new Decision.Dismiss(message.Worker, "other dataset", NodeEvents.WorkerDismissed),
            ];
        }
        var decisions = new List<Decision>();
        if (_arithmetic is null)
        {
            _arithmetic = message.Arithmetic;
            decisions.Add(new Decision.RecordArithmetic(_arithmetic, member.Id, _arithmetic.ProbeSha256 == Arithmetic.Unrepeatable
                ? $"{member.Id.Name} computes the probe slot anew with other bits: the run is not deterministic"
                : $"the run's arithmetic is that of {member.Id.Name} (probe {Arithmetic.Short(_arithmetic.ProbeSha256)})"));
        }
        else if (message.Arithmetic != _arithmetic)
        {
            var difference = Difference(message.Arithmetic, _arithmetic);
            if (!options.MixedArithmetic)
            {
                // Nobody knows whose version 0 is the right one, as long as none has been trained.
                if (message.Arithmetic.InitialSha256 != _arithmetic.InitialSha256 && IsBeforeFirstStep)
                    return [End(false, $"{member.Id.Name}: {difference}; nothing was trained")];
                _members.Remove(member);
                return
                [
                    Refuse(message.Worker, Refusal.OtherArithmetic, $"{difference}; give it the same libtorch, or start the run with --mixed-arithmetic and do without the same bits"),
                    new Decision.Dismiss(message.Worker, "other arithmetic", NodeEvents.WorkerDismissed),
                ];
            }
            Counts = Counts with { MixedArithmetic = true };
            decisions.Add(new Decision.AdmitMixed(message.Worker, $"{member.Id.Name} takes part although {difference}: the run is not deterministic"));
        }
        member.Prepared = true;
        return [.. decisions, .. Redeal(now, member.Id, NodeEvents.WorkerReady, $"{member.Id.Name} is ready")];
    }

    /// <summary>The exchange told something.</summary>
    public IReadOnlyList<Decision> Exchange(ExchangeReport report, TimeSpan now)
    {
        switch (report)
        {
            case ExchangeReport.Connected connected when Find(connected.Worker) is { } member:
                member.Connected = true;
                member.Silent = false;   // that was the connection before, where its end was not heard of
                return Redeal(now, member.Id, NodeEvents.WorkerReady, $"{member.Id.Name} is connected");
            case ExchangeReport.Connected connected:
                return [new Decision.Dismiss(connected.Worker, "not admitted any more; where another worker has registered under its name, give each a --name of its own", NodeEvents.WorkerDismissed)];
            case ExchangeReport.Disconnected lost when Find(lost.Worker) is { } member:
                // Still admitted: the same process may be on its way back, and have registered before this was found out.
                CountFault(member);
                member.Connected = false;
                member.Silent = false;
                return Redeal(now, member.Id, NodeEvents.WorkerLost, $"{member.Id.Name} is gone: {lost.Reason}");
            case ExchangeReport.Silent silent when Find(silent.Worker) is { } member:
                member.Silent = true;
                CountFault(member);
                return Redeal(now, member.Id, NodeEvents.WorkerSilent, $"{member.Id.Name} has been silent for {silent.Silence.TotalSeconds:0.0} s");
            case ExchangeReport.Heard heard when Find(heard.Worker) is { } member:
                member.Silent = false;
                return Redeal(now, member.Id, NodeEvents.WorkerHeard, $"{member.Id.Name} is heard again");
            case ExchangeReport.Stuck stuck: return LoseStuck(stuck, now);
            case ExchangeReport.ModelReady ready when _phase == Phase.Initialising && !options.MixedArithmetic && ready.Sha256 != _arithmetic?.InitialSha256:
                return [End(false, $"{ready.Worker.Name} published another version 0 ({Arithmetic.Short(ready.Sha256)}) than the seed gives ({Arithmetic.Short(_arithmetic?.InitialSha256 ?? "")})")];
            case ExchangeReport.ModelReady ready when _phase == Phase.Initialising:
                return StartEpoch($"{ready.Worker.Name} initialised {ready.Layout.ParameterCount:N0} parameters"
                    + (spec.Origin is { } weights ? $", and {weights} take their place as version 0" : ""));
            case ExchangeReport.EpochTrained trained when _phase == Phase.Training:
                return AfterTraining(trained, $"epoch {trained.Epoch} is trained");
            case ExchangeReport.Evaluated evaluated when _phase == Phase.Evaluating:
                return CompleteEpoch(_trained!, evaluated, $"epoch {_epoch} is evaluated");
            case ExchangeReport.Broken broken when _phase != Phase.Ended:
                return [End(false, broken.Reason)];
            default:
                return [];
        }
    }

    /// <summary>A worker can't go on.</summary>
    public IReadOnlyList<Decision> Failed(WorkerFailed message, TimeSpan now) =>
        Lose(message.Worker, now, NodeEvents.WorkerFailed, $"{message.Worker.Name} failed: {message.Reason}");

    /// <summary>A worker was asked to stop: its slots go to others. That is no fault.</summary>
    public IReadOnlyList<Decision> Leaves(WorkerLeaving message, TimeSpan now)
    {
        if (_phase == Phase.Ended) return [];
        var dismiss = new Decision.Dismiss(message.Worker, $"{message.Worker.Name} may go", NodeEvents.WorkerReleased);
        if (Find(message.Worker) is not { } member) return [dismiss];
        _members.Remove(member);
        return [.. Redeal(now, member.Id, NodeEvents.WorkerLeaves, $"{member.Id.Name} leaves: {message.Reason}"), dismiss];
    }

    /// <summary>Time passed; called at least once a second.</summary>
    public IReadOnlyList<Decision> Tick(TimeSpan now)
    {
        if (_phase == Phase.Ended) return [];
        // Nothing is left to compute, so nobody needs to come.
        if (_phase == Phase.Gathering && resume?.Next == ResumePoint.Work.End) return Begin("nothing is left to compute", NodeEvents.InitialisingStarted);
        if (_phase == Phase.Gathering && _assignment.Workers.Count > 0 && now - started >= options.GatherLimit)
            return Begin($"{_assignment.Workers.Count} of {options.ExpectedWorkers} workers came in {options.GatherLimit.TotalSeconds:0} s; starting with these", NodeEvents.WorkersMissing);
        if (_nobodySince is { } since && now - since >= options.WaitForWorkers)
            return [End(false, $"no worker for {options.WaitForWorkers.TotalSeconds:0} s; start workers, or wait longer with --wait-for-workers")];
        return [];
    }

    /// <summary>A stuck thread can't be mended in its process: the worker is told to end, and whoever started it starts another.</summary>
    private IReadOnlyList<Decision> LoseStuck(ExchangeReport.Stuck stuck, TimeSpan now)
    {
        if (_phase == Phase.Ended || Find(stuck.Worker) is not { } member) return [];
        var owed = $"{stuck.Owed.TotalSeconds:0} s";
        _stuck = (stuck.Work, _stuck.Work == stuck.Work ? _stuck.Workers + 1 : 1);
        if (_stuck.Workers == StuckInARowMax)
        {
            return [End(false, $"{StuckInARowMax} workers in a row answered nothing of {stuck.Work} for {owed};"
                + " if that is what it takes to compute, raise --answer-limit, or take smaller slots")];
        }
        var reason = $"{member.Id.Name} beats, but has answered nothing for {owed}, now of {stuck.Work}: it is stuck";
        return
        [
            .. Lose(stuck.Worker, now, NodeEvents.WorkerStuck, reason),
            Refuse(stuck.Worker, Refusal.Stuck, $"it has answered nothing for {owed} (--answer-limit): its computation is stuck, and only a new process helps"),
            new Decision.Dismiss(stuck.Worker, $"closed the connection of {member.Id.Name}", NodeEvents.WorkerDismissed),
        ];
    }

    private IReadOnlyList<Decision> Lose(WorkerId worker, TimeSpan now, NodeEvent what, string reason)
    {
        if (_phase == Phase.Ended || Find(worker) is not { } member) return [];
        CountFault(member);
        _members.Remove(member);
        return Redeal(now, worker, what, reason);
    }

    private void CountFault(Member member)
    {
        if (_assignment.Workers.Contains(member.Id)) Counts = Counts with { FaultsSeen = Counts.FaultsSeen + 1 };
    }

    /// <summary>Deals anew where those who can take part are others than before.</summary>
    private IReadOnlyList<Decision> Redeal(TimeSpan now, WorkerId worker, NodeEvent what, string reason)
    {
        if (_phase == Phase.Ended) return [];
        WorkerId[] able = [.. _members.Where(m => m.CanWork).Select(m => m.Id)];
        if (able.SequenceEqual(_assignment.Workers)) return [];
        _assignment = new Assignment(_assignment.Generation.Next(), able);
        _nobodySince = able.Length > 0 ? null : now;
        Counts = Counts with { MostWorkers = Math.Max(Counts.MostWorkers, able.Length) };
        if (able.Length == 0)
            reason += $"; no worker is left, waiting up to {options.WaitForWorkers.TotalSeconds:0} s for one";
        var decisions = new List<Decision> { new Decision.Deal(_assignment, worker, reason, what) };
        if (_phase == Phase.Gathering && able.Length >= (resume is null ? options.ExpectedWorkers : 1))
            decisions.AddRange(Begin(able.Length == 1 ? "1 worker is ready" : $"{able.Length} workers are ready", NodeEvents.InitialisingStarted));
        return decisions;
    }

    /// <summary>Enough workers: initialises the model, or goes on where an earlier coordinator stopped.</summary>
    private IReadOnlyList<Decision> Begin(string reason, NodeEvent what)
    {
        if (resume is not null)
        {
            EpochsDone = resume.EpochsDone;
            _epoch = resume.Epoch;
            switch (resume.Next)
            {
                case ResumePoint.Work.Train:
                    _phase = Phase.Training;
                    return [new Decision.StartEpoch(_epoch, $"{reason}; going on in epoch {_epoch}")];
                case ResumePoint.Work.Evaluate:
                    return AfterTraining(resume.Trained!, $"{reason}; epoch {_epoch} was trained");
                default:
                    return [End(true, $"all {spec.Epochs} epochs are trained")];
            }
        }
        _phase = Phase.Initialising;
        return [new Decision.StartInitialising(reason, what)];
    }

    private IReadOnlyList<Decision> AfterTraining(ExchangeReport.EpochTrained trained, string reason)
    {
        if (!spec.Evaluates(_epoch)) return CompleteEpoch(trained, null, reason);
        _phase = Phase.Evaluating;
        _trained = trained;
        return [new Decision.StartEvaluation(reason)];
    }

    private IReadOnlyList<Decision> CompleteEpoch(ExchangeReport.EpochTrained trained, ExchangeReport.Evaluated? evaluated, string reason)
    {
        EpochsDone++;
        var done = new Decision.CompleteEpoch(trained, evaluated, reason);
        return _epoch < spec.Epochs
            ? [done, .. StartEpoch($"epoch {_epoch + 1} of {spec.Epochs} is next")]
            : [done, End(true, $"all {spec.Epochs} epochs are trained")];
    }

    private IReadOnlyList<Decision> StartEpoch(string reason)
    {
        _phase = Phase.Training;
        _epoch++;
        return [new Decision.StartEpoch(_epoch, reason)];
    }

    private Decision.EndRun End(bool succeeded, string reason)
    {
        _phase = Phase.Ended;
        return new Decision.EndRun(succeeded, reason);
    }

    private static Decision.Refuse Refuse(WorkerId worker, Refusal refusal, string reason) =>
        new(new WorkerRefused(worker, refusal, reason), $"refused {worker.Name}: {reason}");

    private bool IsBeforeFirstStep => resume is null && _phase is (Phase.Gathering or Phase.Initialising);

    private static string Difference(Arithmetic worker, Arithmetic run) => worker.InitialSha256 != run.InitialSha256
        ? $"it initialises version 0 as {Arithmetic.Short(worker.InitialSha256)}, the run as {Arithmetic.Short(run.InitialSha256)}, from the same seed"
        : $"it computes the probe slot as {Arithmetic.Short(worker.ProbeSha256)}, the run as {Arithmetic.Short(run.ProbeSha256)} (another libtorch build, processor or GPU)";

    private Member? Find(WorkerId worker) => _members.FirstOrDefault(member => member.Id == worker);

    /// <summary>What is known of one worker.</summary>
    private sealed class Member(WorkerId id)
    {
        public WorkerId Id => id;

        public bool Connected { get; set; }

        public bool Prepared { get; set; }

        public bool Silent { get; set; }

        public bool CanWork => Connected && Prepared && !Silent;
    }
}
