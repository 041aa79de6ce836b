using MiniBatch.Shared.Numerics.Schedules;

namespace MiniBatch.Shared.Numerics.Optimizers;

/// <summary>
/// What becomes of a gradient that was found finite, in this order: it is clipped, weight decay is added, and the update rule
/// applies it at the schedule's rate. As a loop over <c>torch.optim</c> has it: decay is not clipped.
/// </summary>
/// <remarks>Not thread-safe, and allocates nothing: it is on the way of every step.</remarks>
public sealed class ParameterUpdate
{
    private readonly Optimizer _optimizer;
    private readonly ClipSettings? _clip;
    private readonly ILearningRateSchedule _rates;
    private readonly double _addedDecay;

    /// <param name="settings">The rule.</param>
    /// <param name="clip">How gradients are clipped; null for not at all.</param>
    /// <param name="rates">The rate of every step.</param>
    /// <param name="parameterCount">Length of the parameters.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public ParameterUpdate(OptimizerSettings settings, ClipSettings? clip, ILearningRateSchedule rates, int parameterCount)
    {
        if (clip is not null && clip.Limit is not (> 0 and < double.PositiveInfinity))
            throw new ArgumentException($"A gradient is clipped to a number above 0, not {clip.Limit}.");
        _optimizer = OptimizerFactory.Create(settings, parameterCount);
        _clip = clip;
        _rates = rates;
        // AdamW takes its decay from the parameters, not by way of the gradient.
        _addedDecay = settings.Kind == OptimizerKind.AdamW ? 0 : settings.WeightDecay;
    }

    /// <summary>What the rule remembers from step to step.</summary>
    public IReadOnlyList<OptimizerState> State => _optimizer.State;

    /// <summary>η of a step.</summary>
    /// <param name="step">Counted from 1 over the whole run.</param>
    public double RateAt(long step) => _rates.RateAt(step);

    /// <summary>Applies one gradient in place.</summary>
    /// <param name="parameters">float32[parameterCount], updated.</param>
    /// <param name="gradient">float32[parameterCount], finite; overwritten with what was applied.</param>
    /// <param name="gradientNorm">Its Euclidean norm.</param>
    /// <param name="step">Counted from 1 over the whole run: where the schedule is.</param>
    /// <param name="update">Updates applied so far, this one included; less than the step where some were left out.</param>
    /// <param name="share">Of the schedule's rate, in (0, 1]: less than 1 where a step makes several updates.</param>
    /// <returns>The rate that was used, and whether the gradient was over the limit.</returns>
    public (double LearningRate, bool Clipped) Apply(
        Span<float> parameters, Span<float> gradient, double gradientNorm, long step, long update, double share = 1)
    {
        var rate = share * _rates.RateAt(step);
        var clipped = GradientClip.Apply(gradient, gradientNorm, _clip);
        if (_addedDecay > 0) WeightDecay.AddTo(gradient, parameters, _addedDecay);
        _optimizer.Apply(parameters, gradient, rate, update);
        return (rate, clipped);
    }
}
