namespace MiniBatch.Shared.Numerics.Schedules;

/// <summary>
/// Falls along half a cosine, slowly at both ends: η(t) = ηₘ + ½·(η − ηₘ)·(1 + cos(π·(t − t₀ − 1) / (T − t₀))), up to step t₀ η.
/// The last step's rate is one such step above ηₘ.
/// </summary>
/// <remarks>Source: Loshchilov and Hutter, ICLR 2017, equation 5, without restarts;
/// <c>torch.optim.lr_scheduler.CosineAnnealingLR(T_max=T − t₀, eta_min=ηₘ)</c>, advanced after every step.</remarks>
/// <param name="rate">η.</param>
/// <param name="minimum">ηₘ in [0, η].</param>
/// <param name="firstSteps">t₀ ≥ 0: steps before it begins to fall.</param>
/// <param name="totalSteps">T > t₀: steps of the run.</param>
public sealed class CosineDecay(double rate, double minimum, long firstSteps, long totalSteps) : ILearningRateSchedule
{
    /// <inheritdoc />
    public double RateAt(long step)
    {
        var way = (double)Math.Max(step - firstSteps - 1, 0) / (totalSteps - firstSteps);
        return minimum + ((rate - minimum) * (1 + Math.Cos(Math.PI * way)) / 2);
    }
}
