using System.Text.Json.Serialization;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Numerics.Schedules;

namespace MiniBatch.Shared.Runs;

/// <summary>
/// Everything that the model after step t depends on, and nothing else: no worker count, no address, no time.
/// Immutable; travels to every worker as JSON and is kept as <c>spec.json</c>.
/// </summary>
public sealed record RunSpec
{
    /// <summary>What this program computes by.</summary>
    public const int FormatCurrent = 2;

    /// <summary>
    /// How the rest is computed: a run is gone on with by a program of the same number only. 2: MKL's kernels follow
    /// <see cref="CpuCapability"/>, samples go through a model in parts of 250. 0 in the specs of before, which did not say: MKL was
    /// held to its oldest kernels, parts were of 500.
    /// </summary>
    public int Format { get; init; }

    /// <summary>The run's id.</summary>
    public required RunId Run { get; init; }

    /// <summary>Version of the program that made this spec; workers of another are refused.</summary>
    public required string ProgramVersion { get; init; }

    /// <summary>Name in the workload catalogue.</summary>
    public required string Workload { get; init; }

    /// <summary>Name in the dataset catalogue.</summary>
    public required string Dataset { get; init; }

    /// <summary>Identity of the dataset's files, lower-case hex.</summary>
    public required string DatasetSha256 { get; init; }

    /// <summary>Training samples used, ≥ 1: the dataset's first N.</summary>
    public required int TrainCount { get; init; }

    /// <summary>Test samples used, ≥ 1: the dataset's first N.</summary>
    public required int TestCount { get; init; }

    /// <summary>Passes over the training samples, ≥ 1.</summary>
    public required int Epochs { get; init; }

    /// <summary>Evaluates after every so many epochs, and after the last.</summary>
    public int EvaluateEvery { get; init; } = 1;

    /// <summary>G: samples of one step, over all workers.</summary>
    public required int GlobalBatch { get; init; }

    /// <summary>M: shares of a global batch, 1 ≤ M ≤ G; the ceiling of parallelism.</summary>
    public required int Slots { get; init; }

    /// <summary>Seeds the initial parameters, the epochs' permutations and dropout.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Order of the samples in an epoch.</summary>
    public required SampleOrder Order { get; init; }

    /// <summary>What becomes of the last, incomplete global batch.</summary>
    public required LastBatch LastBatch { get; init; }

    /// <summary>How the workload's loss is reduced over samples; decides how slots are weighted.</summary>
    public required LossReduction Reduction { get; init; }

    /// <summary>The update rule with its numbers.</summary>
    public required OptimizerSettings Optimizer { get; init; }

    /// <summary>How the learning rate changes over the run.</summary>
    public ScheduleSettings Schedule { get; init; } = ScheduleSettings.Constant;

    /// <summary>How a step's gradient is clipped; null for not at all.</summary>
    public ClipSettings? Clip { get; init; }

    /// <summary>How gradients become updates.</summary>
    public UpdateMode Mode { get; init; } = UpdateMode.Synchronous;

    /// <summary>What becomes of a gradient that is not finite.</summary>
    public NonFinitePolicy OnNonFinite { get; init; } = NonFinitePolicy.Stop;

    /// <summary>The CPU instruction set that every worker's kernels use; other sets round differently. ATen's, oneDNN's and MKL's
    /// settings all follow from it.</summary>
    public required CpuCapability CpuCapability { get; init; }

    /// <summary>Whether GPUs may round the factors of products to TF32 (10 bits of mantissa): faster, and not float32.</summary>
    public bool AllowTf32 { get; init; }

    /// <summary>What the run starts from instead of the version 0 that its seed gives; null where that is what it starts from.</summary>
    public RunOrigin? Origin { get; init; }

    /// <summary>Why no run can be made of it; null where one can. What a person typed is refused with better words before.</summary>
    public string? Problem()
    {
        // Below half of what an int holds, sums of two of them are numbers as well.
        const int CountMax = int.MaxValue / 2;
        if (Run.Value.Length == 0) return "a run without a name";
        if (Epochs < 1 || EvaluateEvery < 1 || TestCount < 1) return $"{Epochs} epochs, evaluated after every {EvaluateEvery} on {TestCount} samples";
        if (TrainCount > CountMax || TestCount > CountMax) return $"{TrainCount} training and {TestCount} test samples";
        if (EpochsBefore < 0 || EpochsBefore >= Epochs) return $"{Epochs} epochs, of which it begins after {EpochsBefore}";
        try
        {
            EpochPlan.Check(TrainCount, GlobalBatch, Slots, LastBatch);
            CreateSchedule();
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    /// <summary>Whether an epoch is evaluated once it is trained.</summary>
    /// <param name="epoch">1-based.</param>
    public bool Evaluates(int epoch) => epoch % EvaluateEvery == 0 || epoch == Epochs;

    /// <summary>The plan of one epoch.</summary>
    /// <param name="epoch">1-based.</param>
    public EpochPlan PlanOf(int epoch) => EpochPlan.For(TrainCount, GlobalBatch, Slots, Seed, Order, LastBatch, epoch);

    /// <summary>The learning rate of every step.</summary>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public ILearningRateSchedule CreateSchedule() => Schedule.Create(Optimizer.LearningRate, Epochs, StepsPerEpoch);

    /// <summary>Steps of every epoch.</summary>
    public int StepsPerEpoch => LastBatch == LastBatch.Keep
        ? (TrainCount + GlobalBatch - 1) / GlobalBatch
        : TrainCount / GlobalBatch;

    /// <summary>Versions that one epoch makes: its steps, or in asynchronous modes its slots.</summary>
    [JsonIgnore]
    public long UpdatesPerEpoch => (long)StepsPerEpoch * Mode.UpdatesPerStep(Slots);

    /// <summary>Epochs that an earlier run has trained: this one begins with the next.</summary>
    [JsonIgnore]
    public int EpochsBefore => Origin?.Epochs ?? 0;

    /// <summary>The version that the run starts from; 0 where it goes on with no other.</summary>
    [JsonIgnore]
    public long FirstVersion => EpochsBefore * UpdatesPerEpoch;

    /// <summary>Samples that one epoch applies.</summary>
    public int SamplesPerEpoch => LastBatch == LastBatch.Keep ? TrainCount : StepsPerEpoch * GlobalBatch;

    /// <summary>Blocks of an evaluation: <see cref="EvaluationBlockSize"/> test samples each, the last may be smaller.</summary>
    public int EvaluationBlocks => (TestCount + EvaluationBlockSize - 1) / EvaluationBlockSize;

    /// <summary>Test samples of one evaluation block. Fixed, so that sums do not depend on who evaluates.</summary>
    public const int EvaluationBlockSize = 1000;
}

/// <summary>Instruction sets that libtorch, oneDNN and MKL can be held to.</summary>
public enum CpuCapability
{
    /// <summary>SSE only; of MKL the kernels that compute the same bits on processors of every maker.</summary>
    Default,

    /// <summary>AVX2 and FMA: any x86-64 machine of the last ten years.</summary>
    Avx2,

    /// <summary>AVX-512 (F, BW, DQ, VL).</summary>
    Avx512,
}
