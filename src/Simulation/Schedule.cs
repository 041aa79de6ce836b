using MiniBatch.Coordinator.Membership;
using MiniBatch.Coordinator.ParameterServer;
using MiniBatch.Coordinator.Recording;
using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;
using MiniBatch.Simulation.Checks;
using MiniBatch.Simulation.Faults;

namespace MiniBatch.Simulation;

/// <summary>What a seed stands for: the shape of a run and of its cluster, and what happens to it. Drawn before anything happens.</summary>
internal sealed record Schedule
{
    /// <summary>Of every simulated run.</summary>
    public const int Steps = 40;

    public required ulong Seed { get; init; }

    public required RunSpec Spec { get; init; }

    public required ModelLayout Layout { get; init; }

    public required int Workers { get; init; }

    /// <summary>Whether one machine's supervisor starts all processes, or each is on a machine of its own and an orchestrator does.</summary>
    public required bool IsSupervised { get; init; }

    public required MembershipOptions Membership { get; init; }

    public required ExchangeOptions Exchange { get; init; }

    /// <summary>With so many entries that wait for the disk, no step is opened.</summary>
    public required int BacklogMax { get; init; }

    public required TimeSpan SlotTime { get; init; }

    public required TimeSpan LatencyMax { get; init; }

    public required IReadOnlyList<Fault> Faults { get; init; }

    /// <summary>Everything of a seed.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="workers">So many workers; null to draw it.</param>
    public static Schedule Of(ulong seed, int? workers)
    {
        var random = new SplitMix64(seed ^ 0x5eed5eed5eed5eed);
        var count = workers ?? 1 + random.NextBelow(4);
        var slots = workers > 8 ? workers.Value : 1 + random.NextBelow(5);
        var epochs = 1 << Math.Max(0, random.NextBelow(6) - 2);
        var stepsPerEpoch = Steps / epochs;
        var batch = slots + random.NextBelow(slots + 2);
        var isKept = random.NextBelow(4) == 0 && stepsPerEpoch > 1;
        var mode = random.NextBelow(5) switch
        {
            0 => UpdateMode.Asynchronous,
            1 => UpdateMode.Bounded(random.NextBelow(4)),
            _ => UpdateMode.Synchronous,
        };
        var optimizer = (OptimizerKind)(1 + random.NextBelow(7));   // without Gd, which wants one batch an epoch
        var spec = new RunSpec
        {
            Format = RunSpec.FormatCurrent,
            Run = new RunId("simulated"),
            ProgramVersion = ProgramVersion.Current,
            Workload = "mnist-softmax",
            Dataset = "mnist",
            DatasetSha256 = TheDataset,
            TrainCount = isKept ? batch * (stepsPerEpoch - 1) + slots : batch * stepsPerEpoch + random.NextBelow(batch),
            TestCount = 500 + random.NextBelow(3) * 1000,
            Epochs = epochs,
            EvaluateEvery = 1 + random.NextBelow(2),
            GlobalBatch = batch,
            Slots = slots,
            Seed = seed,
            Order = random.NextBelow(8) == 0 ? SampleOrder.Natural : SampleOrder.Shuffled,
            LastBatch = isKept && slots < batch ? LastBatch.Keep : LastBatch.Drop,
            Reduction = random.NextBelow(4) == 0 ? LossReduction.Sum : LossReduction.Mean,
            Optimizer = OptimizerSettings.Default(optimizer),
            Clip = random.NextBelow(4) == 0 ? new ClipSettings(ClipKind.Norm, 0.5) : null,
            Mode = mode,
            OnNonFinite = random.NextBelow(3) == 0 ? NonFinitePolicy.Stop : NonFinitePolicy.Skip,
            CpuCapability = CpuCapability.Avx2,
        };
        if (isKept && slots == batch) spec = spec with { TrainCount = batch * stepsPerEpoch };
        var faults = new List<Fault>();
        // A third of the schedules have one fault: what one alone does must be found alone. One in sixteen has none.
        var faultCount = random.NextBelow(16) == 0 ? 0 : random.NextBelow(3) == 0 ? 1 : 2 + random.NextBelow(5);
        var isSupervised = random.NextBelow(2) == 0;
        for (var i = 0; i < faultCount; i++) faults.Add(DrawFault(ref random, isSupervised));
        return new Schedule
        {
            Seed = seed,
            Spec = spec,
            Layout = random.NextBelow(2) == 0 ? SyntheticTask.Plain : SyntheticTask.WithBuffers,
            Workers = count,
            IsSupervised = isSupervised,
            Membership = new MembershipOptions(
                count, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(90), MixedArithmetic: random.NextBelow(8) == 0),
            Exchange = new ExchangeOptions(new WorkerTimeouts(
                WorkerTimeouts.SilenceDefault, TimeSpan.FromSeconds(3 + random.NextBelow(8)), BackUp: random.NextBelow(4) != 0))
            {
                CheckpointSteps = !faults.Any(IsOfCoordinator) ? 500 : random.NextBelow(4) == 0 ? 1 + random.NextBelow(6) : 8 + random.NextBelow(24),
            },
            BacklogMax = faults.Any(fault => fault.Kind == FaultKind.DiskSlow) ? 1 << random.NextBelow(6) : RunBacklog.EntriesMaxDefault,
            SlotTime = TimeSpan.FromMicroseconds(200 << random.NextBelow(5)),
            LatencyMax = TimeSpan.FromMicroseconds(50 << random.NextBelow(6)),
            Faults = faults,
        };
    }

    public static readonly string TheDataset = new('d', 64);

    /// <summary>Whether a fault is the coordinator's, or its disk's: only then does it matter what is on the disk on the way.</summary>
    public static bool IsOfCoordinator(Fault fault) => fault.Kind is FaultKind.CoordinatorKilled or FaultKind.PowerLost or FaultKind.CoordinatorStopped
        or FaultKind.CoordinatorReplaced or FaultKind.CoordinatorTerminated or FaultKind.DiskFull or FaultKind.DiskSlow or FaultKind.StopAsked;

    /// <summary>What comes in the place of a fault between machines where there is one.</summary>
    private static FaultKind OnOneMachine(FaultKind kind) => kind switch
    {
        FaultKind.Partition => FaultKind.ConnectionReset,
        FaultKind.PartitionToCoordinator or FaultKind.WorkerMachineLost => FaultKind.WorkerKilled,
        FaultKind.PartitionToWorker => FaultKind.WorkerStopped,
        FaultKind.CoordinatorReplaced => FaultKind.CoordinatorKilled,
        _ => kind,
    };

    private static Fault DrawFault(ref SplitMix64 random, bool isSupervised)
    {
        var kind = (FaultKind)random.NextBelow(Enum.GetValues<FaultKind>().Length);
        if (isSupervised) kind = OnOneMachine(kind);
        // Rare, because little happens after it.
        if (kind == FaultKind.StopAsked && random.NextBelow(4) != 0) kind = FaultKind.CoordinatorKilled;
        var trigger = kind switch
        {
            FaultKind.CoordinatorKilled or FaultKind.PowerLost or FaultKind.CoordinatorStopped or FaultKind.CoordinatorReplaced
                => random.NextBelow(3) switch { 0 => FaultTrigger.Update, 1 => FaultTrigger.CoordinatorDecision, _ => FaultTrigger.DiskOperation },
            FaultKind.WorkerKilled or FaultKind.WorkerMachineLost or FaultKind.WorkerStopped or FaultKind.ControlLost
                => random.NextBelow(2) == 0 ? FaultTrigger.Update : FaultTrigger.WorkerDecision,
            FaultKind.DiskSlow => FaultTrigger.DiskOperation,
            _ => FaultTrigger.Update,
        };
        if (trigger == FaultTrigger.Update && kind != FaultKind.NotFinite && random.NextBelow(6) == 0) trigger = FaultTrigger.Start;
        var at = trigger switch
        {
            FaultTrigger.Start => 0,
            FaultTrigger.Update => random.NextBelow(Steps),
            FaultTrigger.CoordinatorDecision => 1 + random.NextBelow(200),
            FaultTrigger.WorkerDecision => 1 + random.NextBelow(16),
            _ => 1 + random.NextBelow(120),
        };
        var delay = trigger switch
        {
            FaultTrigger.Start => TimeSpan.FromMilliseconds(random.NextBelow(1500)),
            FaultTrigger.Update => TimeSpan.FromMicroseconds(random.NextBelow(10) << random.NextBelow(16)),
            _ => TimeSpan.Zero,
        };
        var duration = TimeSpan.FromMilliseconds((1 + random.NextBelow(10)) << random.NextBelow(11));   // to 10 s
        return new Fault(kind, trigger, at, delay, duration, random.NextBelow(64));
    }
}
