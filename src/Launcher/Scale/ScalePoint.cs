using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Scale;

/// <summary>How many workers a server has, and how large a vector it averages of each.</summary>
/// <param name="Workers">Also slots, one each.</param>
/// <param name="Floats">Parameters.</param>
public sealed record ScalePoint(int Workers, int Floats)
{
    /// <summary>Workers × floats that are measured at most: the server holds so many, and the workers twice as many beside it on the same machine.</summary>
    public const long FloatsMax = 400_000_000;

    /// <summary>Steps of an epoch: so many that an epoch's end, which writes a checkpoint, is none of what is measured of large models, and seldom of small ones.</summary>
    public const int StepsPerEpoch = 2000;

    /// <summary>Whether it is small enough to be measured.</summary>
    public bool IsMeasurable => (long)Workers * Floats <= FloatsMax;

    /// <summary>A run with a sample a slot; of its dataset nothing is ever read.</summary>
    public RunSpec Spec() => new()
    {
        Run = new RunId("scale"),
        ProgramVersion = ProgramVersion.Current,
        Workload = "mnist-softmax",
        Dataset = "mnist",
        DatasetSha256 = new string('0', 64),
        TrainCount = Workers * StepsPerEpoch,
        TestCount = 1,
        Epochs = int.MaxValue,
        GlobalBatch = Workers,
        Slots = Workers,
        Seed = 0,
        Order = SampleOrder.Shuffled,
        LastBatch = LastBatch.Drop,
        Reduction = LossReduction.Mean,
        Optimizer = OptimizerSettings.Default(OptimizerKind.Sgd),
        CpuCapability = CpuCapability.Default,
    };
}

/// <summary>What a server came to with so many workers.</summary>
/// <param name="Workers">That answered it.</param>
/// <param name="Floats">Of each vector.</param>
/// <param name="Rounds">Steps that were measured: a version to every worker, a gradient from each, average, update, ledger.</param>
/// <param name="Seconds">That they took, with the workers on the same cores.</param>
/// <param name="ServerSeconds">Processor time of the server's process alone.</param>
/// <param name="ServerMegabytes">The most memory that it had resident.</param>
public sealed record ScaleMeasurement(int Workers, int Floats, int Rounds, double Seconds, double ServerSeconds, int ServerMegabytes)
{
    /// <summary>Steps a second, the workers on the same cores.</summary>
    public double RoundsPerSecond => Rounds / Seconds;

    /// <summary>Processor time of the server for a step.</summary>
    public double ServerSecondsPerRound => ServerSeconds / Rounds;
}
