using System.CommandLine;
using System.Globalization;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Numerics.Schedules;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Shared.CommandLine;

/// <summary>
/// The flags that decide what is computed, shared by <c>train</c> and <c>coordinator</c>: they and the workload's
/// defaults make the <see cref="RunSpec"/>.
/// </summary>
public sealed class RunFlags
{
    private readonly Argument<string?> _workload = new("workload")
    {
        Description = "what to train; ./cluster workloads lists them with their defaults",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<bool> _doubled = Flag.Switch("--doubled", "hours-points with two points an hour [off: one, as in the course]");
    private readonly Option<int?> _epochs = Flag.Integer("--epochs",
        "passes over the training samples [the workload's, after which its accuracy has settled]", 1);
    private readonly Option<int?> _limitTrain = Flag.Integer("--limit-train",
        "use the first N training samples only [all of them; fewer make a quick try]", 1);
    private readonly Option<int?> _limitTest = Flag.Integer("--limit-test",
        "use the first N test samples only [all of them; fewer spare time after every epoch]", 1);
    private readonly Option<ulong?> _seed = Flag.Seed("--seed",
        "seeds the first parameters, the order of the samples and dropout [the workload's, 0 for images: a run repeats bit for bit unless told otherwise]");
    private readonly Option<int?> _evaluateEvery = Flag.Integer("--evaluate-every",
        "epochs between two evaluations; the last is always evaluated [the workload's: 1 for images, more where an epoch is a step]", 1);
    private readonly Option<int?> _batch = Flag.Integer("--batch",
        "samples of one step, over all workers [the workload's: 100 or 64 images, for many steps an epoch; with --optimizer gd all]", 1);
    private readonly Option<int?> _slots = Flag.Integer("--slots",
        "shares of a batch, which workers compute; workers beyond them stand by [the workload's: 4 for images; a number of the run's "
        + "and not of the cluster's, so that the bits are the same on any]", 1, 4096);
    private readonly Option<LastBatch?> _lastBatch = Flag.Choice("--last-batch",
        "what becomes of an epoch's last batch where it is incomplete [drop: every step then averages as many samples, and each epoch "
        + "leaves out others]",
        ("drop", LastBatch.Drop), ("keep", LastBatch.Keep));
    private readonly Option<UpdateMode?> _mode = new("--mode")
    {
        Description = "how gradients become updates: sync, in steps; async, each slot when it arrives; bounded:S, as async, but a slot "
            + "waits for all that is more than S steps back [sync: the same bits whoever computes]",
        HelpName = "sync|async|bounded:S",
        CustomParser = result =>
        {
            if (UpdateMode.TryParse(result.Tokens[0].Value, out var mode)) return mode;
            result.AddError($"--mode {result.Tokens[0].Value}: give sync, async, or bounded:S with a whole number S ≥ 0, such as bounded:2");
            return null;
        },
    };
    private readonly Option<NonFinitePolicy?> _onNonFinite = Flag.Choice("--on-nan",
        "what becomes of a step whose gradient or loss is not finite: the run stops, or goes on without it [stop: it seldom mends "
        + "itself, and a smaller --lr does]",
        ("stop", NonFinitePolicy.Stop), ("skip", NonFinitePolicy.Skip));
    private readonly Option<CpuCapability?> _capability = Flag.Capability(
        "instruction set of every worker's kernels; others round differently [avx2: machines of the last ten years have it; default "
        + "where processors of several makers are to compute the same bits]");
    private readonly Option<bool> _allowTf32 = Flag.Switch("--allow-tf32",
        "let GPUs round the factors of products to 10 bits of mantissa [off: a GPU then computes in float32, as a CPU does]");
    private readonly OptimizerFlags _optimizer = new();

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        command.AddFlags(HelpHeading.Trained, _workload, _epochs, _evaluateEvery, _limitTrain, _limitTest, _seed, _doubled);
        command.AddFlags(HelpHeading.Step, _batch, _slots, _lastBatch, _mode, _onNonFinite);
        _optimizer.AddTo(command);
        command.AddFlags(HelpHeading.Place, _capability, _allowTf32);
    }

    /// <summary>Whether a number of epochs was given.</summary>
    public bool HasEpochs(ParseResult parsed) => parsed.GetValue(_epochs) is not null;

    /// <summary>The spec of a new run that goes on where a completed one ended: the same but for its id and its epochs.</summary>
    /// <param name="parsed">Has a number of epochs.</param>
    /// <param name="stored">The completed run's.</param>
    /// <param name="now">For the id.</param>
    /// <exception cref="UserErrorException">There are no more epochs to train, the learning rate of those that are trained depends on
    /// their number, or what was typed disagrees with the run otherwise.</exception>
    public RunSpec GoOn(ParseResult parsed, RunSpec stored, DateTimeOffset now)
    {
        var epochs = parsed.GetValue(_epochs) ?? stored.Epochs;
        if (epochs <= stored.Epochs)
            throw Usage($"the run was trained for its {stored.Epochs} epochs and --epochs {epochs} asks for no more; give the epochs in all, more than {stored.Epochs}");
        if (stored.Schedule.DependsOnLength)
        {
            throw Usage($"the run's {stored.Schedule.Name} schedule came to its end with epoch {stored.Epochs}: a run of {epochs} epochs"
                + " would have had other rates from the first step on; start a new run, from its weights with --init-from");
        }
        return Resume(parsed, stored with { Epochs = epochs }) with { Run = RunId.Create(stored.Workload, now) };
    }

    /// <summary>The spec of a run to go on with: the one that its directory holds. What was typed must agree with it.</summary>
    /// <exception cref="UserErrorException">It doesn't, or the run is another program version's or format's; the message shows the difference.</exception>
    public RunSpec Resume(ParseResult parsed, RunSpec stored)
    {
        if (stored.ProgramVersion != ProgramVersion.Current)
            throw new UserErrorException($"the run was started by MiniBatch {stored.ProgramVersion}, this is {ProgramVersion.Current}; resume it with the same version");
        if (stored.Format != RunSpec.FormatCurrent)
        {
            throw new UserErrorException(
                $"the run's spec.json is of format {stored.Format}, and this program computes by format {RunSpec.FormatCurrent}, whose kernels round differently;"
                + " resume it with the build that started it, or start a new run");
        }
        var typed = Overlay(parsed, stored);
        var differences = Differences(typed, stored).ToList();
        return differences.Count == 0
            ? stored
            : throw Usage($"a run is resumed with its own spec ({string.Join("; ", differences)}); leave these flags out, or start a new run");
    }

    /// <summary>"Epochs: the run has 15, the command line 5"; of a setting that has parts, those that differ.</summary>
    private static IEnumerable<string> Differences(object typed, object stored)
    {
        foreach (var property in stored.GetType().GetProperties().Where(property => property.CanWrite))
        {
            var (mine, its) = (property.GetValue(typed), property.GetValue(stored));
            if (Equals(mine, its)) continue;
            if (mine is not null && its is OptimizerSettings or ScheduleSettings or ClipSettings)
            {
                foreach (var part in Differences(mine, its)) yield return part;
            }
            else yield return string.Create(CultureInfo.InvariantCulture, $"{property.Name}: the run has {its ?? "none"}, the command line {mine ?? "none"}");
        }
    }

    private RunSpec Overlay(ParseResult parsed, RunSpec stored)
    {
        var workload = WorkloadCatalog.Get(NameIn(parsed) ?? stored.Workload);
        return stored with
        {
            Workload = workload.Name,
            Epochs = parsed.GetValue(_epochs) ?? stored.Epochs,
            GlobalBatch = parsed.GetValue(_batch) ?? stored.GlobalBatch,
            Slots = parsed.GetValue(_slots) ?? stored.Slots,
            Seed = parsed.GetValue(_seed) ?? stored.Seed,
            EvaluateEvery = parsed.GetValue(_evaluateEvery) ?? stored.EvaluateEvery,
            LastBatch = parsed.GetValue(_lastBatch) ?? stored.LastBatch,
            TrainCount = parsed.GetValue(_limitTrain) is { } train ? Math.Min(train, workload.Data.TrainCount) : stored.TrainCount,
            TestCount = parsed.GetValue(_limitTest) is { } test ? Math.Min(test, workload.Data.TestCount) : stored.TestCount,
            CpuCapability = parsed.GetValue(_capability) ?? stored.CpuCapability,
            AllowTf32 = parsed.GetValue(_allowTf32) || stored.AllowTf32,
            Mode = parsed.GetValue(_mode) ?? stored.Mode,
            OnNonFinite = parsed.GetValue(_onNonFinite) ?? stored.OnNonFinite,
            Optimizer = _optimizer.Optimizer(parsed, stored.Optimizer),
            Schedule = _optimizer.Schedule(parsed, stored.Schedule, stored.Epochs),
            Clip = _optimizer.Clip(parsed, stored.Clip),
        };
    }

    /// <summary>Makes the spec, and checks what no single flag can: that the numbers go together.</summary>
    /// <exception cref="UserErrorException">They don't, or the workload is unknown.</exception>
    public RunSpec Spec(ParseResult parsed, DateTimeOffset now)
    {
        var workload = WorkloadCatalog.Get(NameIn(parsed)
            ?? throw Usage($"say which workload to train: {string.Join(", ", WorkloadCatalog.All.Select(known => known.Name))}"));
        var dataset = workload.Data;
        var trainCount = Math.Min(parsed.GetValue(_limitTrain) ?? int.MaxValue, dataset.TrainCount);
        var epochs = parsed.GetValue(_epochs) ?? workload.Epochs;
        var optimizer = _optimizer.Optimizer(parsed, workload.Optimizer);
        var spec = new RunSpec
        {
            Format = RunSpec.FormatCurrent,
            Run = RunId.Create(workload.Name, now),
            ProgramVersion = ProgramVersion.Current,
            Workload = workload.Name,
            Dataset = dataset.Name,
            DatasetSha256 = dataset.Sha256,
            TrainCount = trainCount,
            TestCount = Math.Min(parsed.GetValue(_limitTest) ?? int.MaxValue, dataset.TestCount),
            Epochs = epochs,
            GlobalBatch = optimizer.Kind == OptimizerKind.Gd ? FullBatch(parsed, trainCount) : parsed.GetValue(_batch) ?? workload.GlobalBatch,
            Slots = parsed.GetValue(_slots) ?? workload.Slots,
            Seed = parsed.GetValue(_seed) ?? workload.Seed,
            EvaluateEvery = parsed.GetValue(_evaluateEvery) ?? workload.EvaluateEvery,
            Order = workload.Order,
            LastBatch = parsed.GetValue(_lastBatch) ?? LastBatch.Drop,
            Reduction = workload.Reduction,
            Mode = parsed.GetValue(_mode) ?? UpdateMode.Synchronous,
            OnNonFinite = parsed.GetValue(_onNonFinite) ?? NonFinitePolicy.Stop,
            Optimizer = optimizer,
            Schedule = _optimizer.Schedule(parsed, workload.Schedule, epochs),
            Clip = _optimizer.Clip(parsed, usual: null),
            CpuCapability = parsed.GetValue(_capability) ?? Processor.CapabilityDefault,
            AllowTf32 = parsed.GetValue(_allowTf32),
        };
        if (spec.GlobalBatch > spec.TrainCount)
            throw Usage($"--batch {spec.GlobalBatch} is more than the {spec.TrainCount} training samples; take a smaller batch");
        if (spec.GlobalBatch < spec.Slots)
            throw Usage($"--batch {spec.GlobalBatch} is less than the {spec.Slots} slots; take a larger batch or --slots {spec.GlobalBatch}");
        if (spec.LastBatch == LastBatch.Keep && spec.TrainCount % spec.GlobalBatch is > 0 and var rest && rest < spec.Slots)
            throw Usage($"--last-batch keep leaves a last batch of {rest} samples for {spec.Slots} slots; drop it, or take another --batch");
        // The last of M slots is the smallest: ⌊batch / M⌋ samples.
        var smallestSlot = (spec.LastBatch == LastBatch.Keep && spec.TrainCount % spec.GlobalBatch is > 0 and var last ? last : spec.GlobalBatch) / spec.Slots;
        if (smallestSlot < workload.SlotSamplesMin)
            throw Usage($"{workload.Name} normalises over the samples of a slot and needs at least {workload.SlotSamplesMin} in each; {spec.Slots} slots leave {smallestSlot}: take fewer slots or a larger batch");
        try
        {
            spec.CreateSchedule();
        }
        catch (ArgumentException e)
        {
            throw Usage($"the schedule does not fit the run: {e.Message}");
        }
        return spec;
    }

    /// <summary>Gradient descent proper: a step is of all samples, and an epoch is a step.</summary>
    private int FullBatch(ParseResult parsed, int trainCount) => parsed.GetValue(_batch) is { } batch && batch != trainCount
        ? throw Usage($"--optimizer gd takes all {trainCount} training samples in one step; leave --batch {batch} out, or take --optimizer sgd")
        : trainCount;

    private string? NameIn(ParseResult parsed)
    {
        var name = parsed.GetValue(_workload);
        if (!parsed.GetValue(_doubled)) return name;
        return name is null || name == HoursPoints.Workload.Name
            ? HoursPoints.Doubled.Name
            : throw Usage($"--doubled goes with {HoursPoints.Workload.Name}, not with {name}");
    }

    private static UserErrorException Usage(string message) => new(message, UserErrorException.Usage);
}
