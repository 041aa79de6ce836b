using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>How far an epoch is, and its sums, in the order in which updates were made.</summary>
/// <param name="epoch">1-based.</param>
/// <param name="plan">Of this epoch.</param>
/// <param name="started">When its first step was opened.</param>
public sealed class EpochProgress(int epoch, EpochPlan plan, TimeSpan started)
{
    /// <summary>No epoch.</summary>
    public static readonly EpochProgress None =
        new(0, EpochPlan.For(1, 1, 1, 0, SampleOrder.Natural, LastBatch.Drop, 0), TimeSpan.Zero);

    private double _lossSum;
    private TimeSpan _before;
    private TimeSpan _held;

    /// <summary>1-based; 0 for <see cref="None"/>.</summary>
    public int Epoch => epoch;

    /// <summary>Which samples its steps take.</summary>
    public EpochPlan Plan => plan;

    /// <summary>When its first step was opened.</summary>
    public TimeSpan Started => started;

    /// <summary>Steps that are committed.</summary>
    public int StepsDone { get; set; }

    /// <summary>Samples that are applied.</summary>
    public long Samples { get; private set; }

    /// <summary>Mean loss over these samples, before each step's update; null where there are none.</summary>
    public double? MeanLoss => Samples == 0 ? null : _lossSum / Samples;

    /// <summary>How far this epoch is, to go on from.</summary>
    public RunPosition PositionAt(TimeSpan now) => new(epoch, StepsDone, Samples, _lossSum, ElapsedAt(now));

    /// <summary>Time that its steps took; a coordinator's absence does not count, nor a pause.</summary>
    public TimeSpan ElapsedAt(TimeSpan now) => _before + (now - started) - _held;

    /// <summary>No step was open for so long because somebody wanted to look: that is not training.</summary>
    public void Hold(TimeSpan length) => _held += length;

    /// <summary>Goes on where another coordinator stopped.</summary>
    public void Resume(RunPosition position)
    {
        StepsDone = position.StepsInEpoch;
        Samples = position.Samples;
        _lossSum = position.LossSum;
        _before = position.Elapsed;
    }

    /// <summary>Whether every step is committed.</summary>
    public bool IsDone => StepsDone == plan.Steps;

    /// <summary>Counts samples that were applied.</summary>
    public void Add(int samples, double lossSum)
    {
        Samples += samples;
        _lossSum += lossSum;
    }
}
