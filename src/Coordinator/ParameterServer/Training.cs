using MiniBatch.Coordinator.Membership;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// How an epoch's slots are dealt, and how their gradients become versions. <see cref="SynchronousTraining"/> gathers whole
/// steps; <see cref="ArrivalTraining"/> applies each slot as it comes. What both share is here: what is written down when.
/// Pure: time comes in as an argument, decisions go out through a list. Owned by the exchange thread.
/// </summary>
public abstract class Training
{
    /// <summary>Progress is reported at most this often.</summary>
    public static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The ledger has the state's hash every so many updates.</summary>
    public const int StateHashUpdates = 50;

    /// <summary>A few seconds' work where steps are short; where they are long, <see cref="CheckpointInterval"/> comes first.</summary>
    public const int CheckpointStepsDefault = 500;

    /// <summary>A version is written down at least so often while steps are committed.</summary>
    public static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(30);

    /// <summary>Updates in a row that may be left out because they are not finite; a model that needs more is lost.</summary>
    public const int SkipsInARowMax = 100;

    private TimeSpan _lastReport;
    private TimeSpan _lastCheckpoint;
    private int _skipsInARow;

    private protected Training(RunSpec spec, Incarnation incarnation, ModelState model, HeldVersions held, FaultCounts counts)
    {
        Spec = spec;
        Incarnation = incarnation;
        Model = model;
        Held = held;
        Counts = counts;
    }

    /// <summary>The training that the run's mode asks for.</summary>
    public static Training Of(
        RunSpec spec, Incarnation incarnation, ModelState model, HeldVersions held, LaggingWorkers lagging, FaultCounts counts, int checkpointSteps = CheckpointStepsDefault,
        bool keepsGradients = false, StepThrottle? throttle = null) =>
        spec.Mode.IsSynchronous
            ? new SynchronousTraining(spec, incarnation, model, held, lagging, counts) { CheckpointSteps = checkpointSteps, KeepsGradients = keepsGradients, Throttle = throttle ?? new StepThrottle() }
            : new ArrivalTraining(spec, incarnation, model, held, counts) { CheckpointSteps = checkpointSteps, KeepsGradients = keepsGradients, Throttle = throttle ?? new StepThrottle() };

    /// <summary>A version is written down at least every so many steps: the most that a crash makes compute again.</summary>
    public int CheckpointSteps { get; init; } = CheckpointStepsDefault;

    /// <summary>Whether the last update of every epoch comes with its averaged gradient.</summary>
    public bool KeepsGradients { get; init; }

    /// <summary>Says when a step may be opened.</summary>
    public StepThrottle Throttle { get; init; } = new();

    /// <summary>Whether something could be dealt, and waits for the throttle.</summary>
    public abstract bool IsHeld { get; }

    /// <summary>The slots that are dealt, in order: of the open step, or where slots are applied on arrival those that workers have.</summary>
    public abstract IReadOnlyList<SlotView> OpenSlots { get; }

    /// <summary>When the oldest of what is open was dealt; null where nothing is.</summary>
    public abstract TimeSpan? OpenSince { get; }

    /// <summary>Whether the oldest of what is open is late.</summary>
    public bool IsLate(TimeSpan now) => OpenSince is { } since && Stragglers.IsLate(now - since);

    /// <summary>Whether an epoch is under way.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>The first step that is not complete, 1-based over the run.</summary>
    public long OpenStep => FirstStep + Epoch.StepsDone + 1;

    /// <summary>How long work takes from being dealt to being in, at the median of the recent; zero while there are few.</summary>
    public TimeSpan Pace => Stragglers.Pace();

    /// <summary>How far the run is.</summary>
    public RunPosition Position { get; private set; } = RunPosition.Start;

    private protected RunSpec Spec { get; }

    private protected Incarnation Incarnation { get; }

    private protected ModelState Model { get; }

    private protected HeldVersions Held { get; }

    private protected FaultCounts Counts { get; }

    private protected StragglerWatch Stragglers { get; } = new();

    private protected EpochProgress Epoch { get; private set; } = EpochProgress.None;

    private protected Assignment Assignment { get; private set; } = Assignment.Nobody;

    /// <summary>Goes on from a position that was written down, at the next <see cref="Begin"/>.</summary>
    public void Restore(RunPosition position) => Position = position;

    /// <summary>Trains one epoch: opens its first step, or the one at which the run was restored.</summary>
    /// <param name="epoch">1-based.</param>
    /// <param name="assignment">Who takes part.</param>
    /// <param name="now">Any monotonic time.</param>
    /// <param name="actions">Decisions are added here.</param>
    public void Begin(int epoch, Assignment assignment, TimeSpan now, List<ExchangeAction> actions)
    {
        Epoch = new EpochProgress(epoch, Spec.PlanOf(epoch), now);
        if (Position.Epoch == epoch) Epoch.Resume(Position);
        IsOpen = true;
        Assignment = assignment;
        _lastReport = now;
        _lastCheckpoint = now;
        Open(now, actions);
    }

    /// <summary>Who takes part changed, or something was lost: what nobody holds is given out.</summary>
    public void Deal(Assignment assignment, List<ExchangeAction> actions)
    {
        Assignment = assignment;
        if (IsOpen) Deal(actions);
    }

    /// <summary>A worker sent a gradient: the last that an update lacked makes it, and <see cref="IsApplied"/> is true.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="header">What came with the gradient.</param>
    /// <param name="gradient">float32[parameters + buffers].</param>
    /// <param name="now">When it was in.</param>
    /// <param name="actions">Decisions are added here.</param>
    public abstract GatherVerdict Offer(
        WorkerId from, in SlotGradient header, ReadOnlyMemory<float> gradient, TimeSpan now, List<ExchangeAction> actions);

    /// <summary>Whether an update was made, or left out, and is to be committed.</summary>
    public abstract bool IsApplied { get; }

    /// <summary>
    /// Commits the update that was made: it is written down, and what is next is dealt. Apart from <see cref="Offer"/>, for the time
    /// that averaging and applying took is known only after them, and there is no clock in here.
    /// </summary>
    /// <param name="now">After the update.</param>
    /// <param name="actions">Decisions are added here.</param>
    public abstract void Commit(TimeSpan now, List<ExchangeAction> actions);

    /// <summary>Whether a worker holds a slot that is open, or backs one up.</summary>
    public abstract bool Occupies(WorkerId worker);

    /// <summary>Deals what waited for the throttle, where its time has come.</summary>
    public abstract void OpenHeld(TimeSpan now, List<ExchangeAction> actions);

    /// <summary>Gives slots that are late by now also to workers that have nothing to do.</summary>
    public abstract void BackUp(TimeSpan now, List<ExchangeAction> actions);

    /// <summary>A worker has forgotten what it holds: the next deal gives it out again, perhaps to the same worker.</summary>
    public abstract void Lose(WorkerId worker);

    /// <summary>The run ends with the current version.</summary>
    public void Halt() => IsOpen = false;

    private protected abstract void Open(TimeSpan now, List<ExchangeAction> actions);

    private protected abstract void Deal(List<ExchangeAction> actions);

    /// <summary>Steps of the epochs before.</summary>
    private protected long FirstStep => (long)(Epoch.Epoch - 1) * Spec.StepsPerEpoch;

    private protected abstract RunPosition PositionAt(TimeSpan now);

    /// <summary>An update was made, or left out: records it, and writes the version down where that is due.</summary>
    /// <returns>Whether the epoch goes on.</returns>
    private protected bool Record(CommittedStep step, TimeSpan now, List<ExchangeAction> actions)
    {
        actions.Add(new ExchangeAction.Record(step));
        if (step.Skipped is null)
        {
            _skipsInARow = 0;
            if (step.Update.Clipped) Counts.UpdatesClipped++;
        }
        else
        {
            Counts.UpdatesSkipped++;
            actions.Add(new ExchangeAction.Report(new ExchangeReport.Skipped(step.Skipped)));
            if (++_skipsInARow == SkipsInARowMax)
            {
                Break($"{SkipsInARowMax} updates in a row were not finite, the last in {step.Skipped}: the model is lost; take a smaller learning rate", actions);
                return false;
            }
        }
        Position = PositionAt(now);
        if (Model.Version % ((long)CheckpointSteps * Spec.Mode.UpdatesPerStep(Spec.Slots)) == 0 || now - _lastCheckpoint >= CheckpointInterval
            || Epoch.IsDone && Spec.Evaluates(Epoch.Epoch))
        {
            _lastCheckpoint = now;
            actions.Add(new ExchangeAction.Save(Model.Snapshot(Counts.ToCounters()), Position));
        }
        if (Epoch.IsDone)
        {
            IsOpen = false;
            actions.Add(new ExchangeAction.Report(new ExchangeReport.EpochTrained(
                Epoch.Epoch, Epoch.Samples, Epoch.MeanLoss, Epoch.ElapsedAt(now))));
            return false;
        }
        if (now - _lastReport >= ReportInterval)
        {
            _lastReport = now;
            actions.Add(new ExchangeAction.Report(new ExchangeReport.Advanced(
                Epoch.Epoch, Epoch.StepsDone, Epoch.Samples, Epoch.MeanLoss, Epoch.ElapsedAt(now))));
        }
        return true;
    }

    /// <summary>Says which slot was refused, and by whose fault.</summary>
    private protected static string Refusal(long step, int slot, WorkerId from) =>
        $"step {step}, slot {slot} (from {from}): the loss or gradient is not finite";

    /// <summary>The run can't go on.</summary>
    private protected void Break(string reason, List<ExchangeAction> actions)
    {
        IsOpen = false;
        actions.Add(new ExchangeAction.Report(new ExchangeReport.Broken(reason)));
    }

    /// <summary>SHA-256 of the current version with the optimizer's state, where the ledger has it; else null.</summary>
    public string? StateSha256() => Model.Version % StateHashUpdates == 0 ? Model.StateSha256() : null;
}
