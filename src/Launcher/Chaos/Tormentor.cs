using System.Diagnostics;
using System.Text.Json;
using MiniBatch.Launcher.Supervision;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Chaos;

/// <summary>What became of the faults of a run.</summary>
/// <param name="Made">How often each was made.</param>
/// <param name="Planned">How many were to be made.</param>
/// <param name="Recoveries">Time from each to the next step.</param>
/// <param name="Slowest">Those that took longest.</param>
/// <param name="Survivors">What each process had when it was last looked at while the run went on: supervisor, coordinator, workers.</param>
/// <param name="Most">The most that any process of that name ever had.</param>
/// <param name="Elapsed">The run's time.</param>
public sealed record TormentResult(
    IReadOnlyDictionary<FaultKind, int> Made, int Planned, IReadOnlyList<RecoveryHistogram> Recoveries, IReadOnlyList<Recovery> Slowest,
    IReadOnlyDictionary<string, ProcessUse> Survivors, IReadOnlyDictionary<string, ProcessUse> Most, TimeSpan Elapsed);

/// <summary>
/// Makes the faults of a plan on the processes of a run while <c>train</c> supervises it, and watches what comes of them: how soon
/// there is a step again, and what the processes use. With an empty plan it only watches.
/// </summary>
/// <param name="train">The supervisor.</param>
/// <param name="directory">The run's.</param>
/// <param name="plan">The faults, in order.</param>
/// <param name="steps">Of the run.</param>
internal sealed class Tormentor(Process train, RunDirectory directory, IReadOnlyList<PlannedFault> plan, long steps)
{
    private const string SupervisorName = "supervisor";

    /// <summary>Of the supervisor's five restarts without a step between: more deaths would be its limit, not a fault.</summary>
    private const int DeathsMax = 3;

    private const int SlowestCount = 50;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan MembersInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>A fault that nobody is there for gives way to the next, and comes later.</summary>
    private static readonly TimeSpan GiveWayAfter = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(10);

    /// <summary>As the coordinator's recorder has it.</summary>
    private static readonly TimeSpan WriteInterval = TimeSpan.FromMilliseconds(20);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly LedgerProgress _progress = new(directory);
    private readonly RecoveryTimes _recoveries = new(WriteInterval);
    private readonly Dictionary<FaultKind, int> _made = [];
    private readonly List<(ProcessHandle Handle, ClusterMember Member, TimeSpan Until, FaultKind Kind)> _stopped = [];
    private readonly List<(ProcessHandle Handle, ClusterMember Member)> _ending = [];
    private readonly Dictionary<string, (long Step, int Deaths)> _deaths = [];
    private readonly Dictionary<int, long> _stepAtStart = [];
    private readonly Dictionary<string, ProcessUse> _survivors = [];
    private readonly Dictionary<string, ProcessUse> _most = [];
    private IReadOnlyList<ClusterMember> _members = [];
    private TimeSpan _membersAt = -MembersInterval;
    private TimeSpan? _due;
    private TimeSpan _lastFault;
    private string _last = "none yet";
    private readonly List<PlannedFault> _toCome = [.. plan];
    private TimeSpan? _triedSince;
    private int _next;

    /// <summary>Told how it goes, now and then.</summary>
    public Action<string> Say { private get; init; } = _ => { };

    /// <summary>Goes on until <c>train</c> has ended.</summary>
    /// <param name="stop">Asks it to end.</param>
    public TormentResult Run(CancellationToken stop)
    {
        var nextProgress = ProgressInterval;
        var isAsked = false;
        while (!train.HasExited)
        {
            if (stop.IsCancellationRequested && !isAsked)
            {
                isAsked = true;
                using var supervisor = ProcessHandle.Open(train.Id);
                supervisor?.Send(ProcessHandle.SigTerm);
            }
            Thread.Sleep(LookInterval);
            var now = _clock.Elapsed;
            if (_progress.Look()) _recoveries.StepSeen(now);
            Wake(now);
            LookAtEnding(now);
            if (now - _membersAt >= MembersInterval) LookAtMembers(now);
            if (!isAsked && _next < _toCome.Count && IsDue(_toCome[_next], now)) TryMake(_toCome[_next], now);
            if (plan.Count == 0 || now < nextProgress) continue;
            nextProgress = now + ProgressInterval;
            Say($"{_next:N0} of {plan.Count:N0} faults, step {_progress.Step:N0} of {steps:N0}, {_members.Count(member => !member.IsCoordinator)} workers; the last fault: {_last}");
        }
        foreach (var (handle, _, _, _) in _stopped) handle.Dispose();
        foreach (var (handle, _) in _ending) handle.Dispose();
        return new TormentResult(_made, plan.Count, _recoveries.Histograms(), _recoveries.Slowest(SlowestCount), _survivors, _most, _clock.Elapsed);
    }

    private bool IsDue(PlannedFault fault, TimeSpan now)
    {
        if (_due is null)
        {
            if (fault.IsClose) _due = _lastFault + fault.Delay;
            // However late the one before came, there is a step between.
            else if (_recoveries.AllOver && _ending.Count == 0 && _progress.Step >= fault.AfterStep) _due = now + fault.Delay;
        }
        return _due <= now;
    }

    /// <summary>Makes a fault, unless there is nobody now whom it could be done to: then again a little later.</summary>
    private void TryMake(PlannedFault fault, TimeSpan now)
    {
        LookAtMembers(now);
        _due = now + RetryInterval;
        _triedSince ??= now;
        if (now - _triedSince >= GiveWayAfter && _next + 1 < _toCome.Count)
        {
            _toCome.RemoveAt(_next);
            _toCome.Insert(Math.Min(_next + 3, _toCome.Count), fault);
            _triedSince = _due = null;
            return;
        }
        var candidates = _members.Where(member => member.IsCoordinator == fault.Kind.IsCoordinators() && MayBeHit(member, fault.Kind)).ToList();
        if (candidates.Count == 0) return;
        var victim = candidates[(int)(fault.Roll % (ulong)candidates.Count)];
        if (!Make(fault, victim, now)) return;

        _made[fault.Kind] = _made.GetValueOrDefault(fault.Kind) + 1;
        _last = $"{fault.Kind.Describe()} ({victim.Name})";
        // Of a coordinator that is stopped the time counts from when it goes on, of one that is asked to end from its end.
        if (fault.Kind is not (FaultKind.CoordinatorStopped or FaultKind.CoordinatorTerminated))
            _recoveries.Begin(fault.Kind.Describe(), Circumstance(fault.Kind, victim), victim.Name, now, IsAlone(victim));
        if (fault.Kind.EndsProcess()) Count(victim);
        _lastFault = now;
        _triedSince = _due = null;
        _next++;
    }

    private bool MayBeHit(ClusterMember member, FaultKind kind)
    {
        if (kind.EndsProcess() && DeathsOf(member) >= DeathsMax) return false;
        // Of what can be done to a process that is stopped, only SIGKILL shows before it goes on.
        return kind is FaultKind.WorkerKilled or FaultKind.CoordinatorKilled || !_stopped.Any(stopped => stopped.Member.Id == member.Id);
    }

    private bool Make(PlannedFault fault, ClusterMember victim, TimeSpan now)
    {
        switch (fault.Kind)
        {
            case FaultKind.WorkerStopped or FaultKind.CoordinatorStopped:
                var handle = ProcessHandle.Open(victim.Id);
                if (handle is null) return false;
                if (!handle.Send(ProcessHandle.SigStop))
                {
                    handle.Dispose();   // it has just ended: that is no fault of ours
                    return false;
                }
                _stopped.Add((handle, victim, now + fault.StopLength, fault.Kind));
                return true;
            case FaultKind.DataConnectionClosed or FaultKind.ControlConnectionClosed:
                return _members.FirstOrDefault(member => member.IsCoordinator) is { } coordinator && ReadAddress() is { } address
                    && Connections.TryClose(victim.Id, coordinator.Id, address, isData: fault.Kind == FaultKind.DataConnectionClosed);
            case FaultKind.CoordinatorTerminated:
                var ending = ProcessHandle.Open(victim.Id);
                if (ending?.Send(ProcessHandle.SigTerm) != true)
                {
                    ending?.Dispose();
                    return false;
                }
                _ending.Add((ending, victim));
                return true;
            default:
                using (var process = ProcessHandle.Open(victim.Id))
                    return process?.Send(fault.Kind is FaultKind.WorkerKilled or FaultKind.CoordinatorKilled ? ProcessHandle.SigKill : ProcessHandle.SigTerm) == true;
        }
    }

    private CoordinatorAddress? ReadAddress()
    {
        try
        {
            return JsonSerializer.Deserialize<CoordinatorAddress>(File.ReadAllBytes(directory.CoordinatorAddress), Json.Indented);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;   // it is just being started
        }
    }

    private void Wake(TimeSpan now)
    {
        for (var i = _stopped.Count - 1; i >= 0; i--)
        {
            var (handle, member, until, kind) = _stopped[i];
            if (until > now) continue;
            if (handle.Send(ProcessHandle.SigCont) && kind == FaultKind.CoordinatorStopped) _recoveries.Begin(kind.Describe(), "from SIGCONT", member.Name, now, IsAlone(member));
            handle.Dispose();
            _stopped.RemoveAt(i);
        }
    }

    private void LookAtEnding(TimeSpan now)
    {
        for (var i = _ending.Count - 1; i >= 0; i--)
        {
            var (handle, member) = _ending[i];
            if (!handle.HasEnded) continue;
            _recoveries.Begin(FaultKind.CoordinatorTerminated.Describe(), "from its end", member.Name, now, IsAlone(member));
            handle.Dispose();
            _ending.RemoveAt(i);
        }
    }

    /// <summary>Whether no other process is stopped, or about to end.</summary>
    private bool IsAlone(ClusterMember member) =>
        !_stopped.Any(stopped => stopped.Member.Id != member.Id) && !_ending.Any(ending => ending.Member.Id != member.Id);

    /// <summary>What matters for a worker's fault: whether another one was there that could take its slots.</summary>
    private string Circumstance(FaultKind kind, ClusterMember victim)
    {
        if (kind.IsCoordinators()) return "";
        var others = _members.Any(other => !other.IsCoordinator && other.Id != victim.Id && TakesPart(other)
            && !_stopped.Any(stopped => stopped.Member.Id == other.Id));
        return others ? "another there" : "no other there";
    }

    private bool TakesPart(ClusterMember worker) => _stepAtStart.TryGetValue(worker.Id, out var step) && _progress.StepOf(worker.Name) > step;

    private int DeathsOf(ClusterMember member) =>
        _deaths.TryGetValue(member.Name, out var deaths) && deaths.Step >= StepOf(member) ? deaths.Deaths : 0;

    private void Count(ClusterMember member) => _deaths[member.Name] = (StepOf(member), DeathsOf(member) + 1);

    /// <summary>As the supervisor counts it.</summary>
    private long StepOf(ClusterMember member) => member.IsCoordinator ? _progress.Step : _progress.StepOf(member.Name);

    private void LookAtMembers(TimeSpan now)
    {
        _membersAt = now;
        _members = ClusterMembers.Of(train.Id);
        foreach (var member in _members) _stepAtStart.TryAdd(member.Id, StepOf(member));
        if (_progress.Step is 0 || _progress.Step >= steps) return;
        _survivors.Clear();
        foreach (var member in _members.Append(new ClusterMember(SupervisorName, train.Id)))
        {
            if (ProcessUse.Of(member.Id) is not { } use) continue;
            _survivors[member.Name] = use;
            _most[member.Name] = _most.TryGetValue(member.Name, out var before) ? ProcessUse.Max(before, use) : use;
        }
    }
}
