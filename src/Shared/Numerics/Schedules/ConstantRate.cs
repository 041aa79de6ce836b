namespace MiniBatch.Shared.Numerics.Schedules;

/// <summary>η(t) = η.</summary>
/// <param name="rate">η.</param>
public sealed class ConstantRate(double rate) : ILearningRateSchedule
{
    /// <inheritdoc />
    public double RateAt(long step) => rate;
}
