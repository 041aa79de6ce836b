namespace MiniBatch.Shared.Numerics.Schedules;

/// <summary>
/// Rises along half a cosine from a 25th of the rate to the rate itself, and falls from there along another to a 10,000th of where it
/// began: large steps in the middle, where they do not yet have to meet, and none at the end.
/// </summary>
/// <remarks>Source: Smith and Topin, "Super-Convergence", arXiv:1708.07120;
/// <c>torch.optim.lr_scheduler.OneCycleLR(max_lr=η, total_steps=T, pct_start=peakAt, cycle_momentum=False)</c>, advanced after every
/// step, with its <c>div_factor</c> and <c>final_div_factor</c>.</remarks>
/// <param name="rate">η, the highest.</param>
/// <param name="peakAt">The part of the run in which it rises, in (0, 1).</param>
/// <param name="totalSteps">T ≥ 1: steps of the run.</param>
public sealed class OneCycle(double rate, double peakAt, long totalSteps) : ILearningRateSchedule
{
    private const double BeginsBelow = 25;
    private const double EndsBelow = 1e4;

    private readonly double _first = rate / BeginsBelow;
    private readonly double _last = rate / BeginsBelow / EndsBelow;
    private readonly double _peak = Math.Max((peakAt * totalSteps) - 1, 0);   // 0-based, and between two steps

    /// <inheritdoc />
    public double RateAt(long step)
    {
        var at = (double)(step - 1);
        if (at <= _peak) return _peak == 0 ? rate : Between(_first, rate, at / _peak);
        return Between(rate, _last, (at - _peak) / (totalSteps - 1 - _peak));
    }

    private static double Between(double from, double to, double way) => to + ((from - to) / 2 * (1 + Math.Cos(Math.PI * way)));
}
