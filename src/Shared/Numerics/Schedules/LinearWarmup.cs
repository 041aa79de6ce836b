namespace MiniBatch.Shared.Numerics.Schedules;

/// <summary>
/// Rises from almost nothing to what another schedule says: η(t) = t/W · η′(t) for the first W steps, then η′(t). Early gradients
/// are large and of little worth, and averages such as Adam's begin empty.
/// </summary>
/// <remarks>Source: Goyal et al., arXiv 1706.02677, section 2.2;
/// <c>torch.optim.lr_scheduler.LinearLR(start_factor=1/W, total_iters=W − 1)</c>, advanced after every step.</remarks>
/// <param name="steps">W ≥ 1.</param>
/// <param name="then">η′.</param>
public sealed class LinearWarmup(long steps, ILearningRateSchedule then) : ILearningRateSchedule
{
    /// <inheritdoc />
    public double RateAt(long step) => step < steps ? then.RateAt(step) * step / steps : then.RateAt(step);
}
