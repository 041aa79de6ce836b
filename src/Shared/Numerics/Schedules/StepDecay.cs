namespace MiniBatch.Shared.Numerics.Schedules;

/// <summary>Falls in steps: η(t) = η · γ^⌊(t − 1) / D⌋.</summary>
/// <remarks>Source: <c>torch.optim.lr_scheduler.StepLR(step_size=D, gamma=γ)</c>, advanced after every step.</remarks>
/// <param name="rate">η.</param>
/// <param name="factor">γ in (0, 1].</param>
/// <param name="intervalSteps">D ≥ 1: a number of epochs, in steps.</param>
public sealed class StepDecay(double rate, double factor, long intervalSteps) : ILearningRateSchedule
{
    /// <inheritdoc />
    public double RateAt(long step) => rate * Math.Pow(factor, (step - 1) / intervalSteps);
}
