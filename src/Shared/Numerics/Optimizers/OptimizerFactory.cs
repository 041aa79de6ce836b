namespace MiniBatch.Shared.Numerics.Optimizers;

/// <summary>Makes the optimizer that settings name.</summary>
public static class OptimizerFactory
{
    /// <exception cref="ArgumentException">A setting is out of range or missing; the message says which, in words for the
    /// user.</exception>
    public static Optimizer Create(OptimizerSettings settings, int parameterCount)
    {
        if (settings.LearningRate is not (> 0 and < double.PositiveInfinity))
            throw new ArgumentException($"The learning rate must be a number above 0, not {settings.LearningRate}.");
        if (settings.WeightDecay is not (>= 0 and < double.PositiveInfinity))
            throw new ArgumentException($"The weight decay must be finite and not negative, not {settings.WeightDecay}.");
        return settings.Kind switch
        {
            OptimizerKind.Gd or OptimizerKind.Sgd => new SgdOptimizer(parameterCount),
            OptimizerKind.Momentum => new MomentumOptimizer(parameterCount, Needed(settings.Momentum, "momentum")),
            OptimizerKind.Nesterov => new NesterovOptimizer(parameterCount, Needed(settings.Momentum, "momentum")),
            OptimizerKind.AdaGrad => new AdaGradOptimizer(parameterCount, Needed(settings.Epsilon, "epsilon")),
            OptimizerKind.RmsProp => new RmsPropOptimizer(parameterCount, Needed(settings.Alpha, "alpha"), Needed(settings.Epsilon, "epsilon")),
            OptimizerKind.Adam => Adam(),
            OptimizerKind.AdamW => new AdamWOptimizer(Adam(), settings.WeightDecay),
            _ => throw new ArgumentException($"There is no optimizer \"{settings.Kind}\"."),
        };

        AdamOptimizer Adam() => new(
            parameterCount, Needed(settings.Beta1, "beta1"), Needed(settings.Beta2, "beta2"), Needed(settings.Epsilon, "epsilon"));

        double Needed(double? number, string name) =>
            number ?? throw new ArgumentException($"The settings of {settings.Name} have no {name}.");
    }
}
