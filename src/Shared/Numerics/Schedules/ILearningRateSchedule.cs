namespace MiniBatch.Shared.Numerics.Schedules;

/// <summary>
/// The learning rate of every step. A function of the step's number alone: a run that goes on from a checkpoint needs nothing else
/// to go on with the same rates.
/// </summary>
public interface ILearningRateSchedule
{
    /// <summary>η of a step.</summary>
    /// <param name="step">1-based over the whole run.</param>
    double RateAt(long step);
}
