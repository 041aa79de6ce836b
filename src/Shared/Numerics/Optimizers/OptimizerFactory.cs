namespace MiniBatch.Shared.Numerics.Optimizers;

/// <summary>The update rules on offer.</summary>
public enum OptimizerKind
{
    /// <summary><see cref="SgdOptimizer"/>.</summary>
    Sgd,

    /// <summary><see cref="MomentumOptimizer"/>.</summary>
    Momentum,

    /// <summary><see cref="AdamOptimizer"/>.</summary>
    Adam,
}

/// <summary>
/// Which update rule a run uses; part of its RunSpec. A number that the kind does not use is ignored.
/// </summary>
/// <param name="Kind">The rule.</param>
/// <param name="LearningRate">η before any schedule, finite and above 0.</param>
/// <param name="Momentum">μ of <see cref="OptimizerKind.Momentum"/>.</param>
/// <param name="Beta1">β₁ of <see cref="OptimizerKind.Adam"/>.</param>
/// <param name="Beta2">β₂ of <see cref="OptimizerKind.Adam"/>.</param>
/// <param name="Epsilon">ε of <see cref="OptimizerKind.Adam"/>.</param>
public sealed record OptimizerSettings(
    OptimizerKind Kind,
    double LearningRate,
    double Momentum = 0.9,
    double Beta1 = 0.9,
    double Beta2 = 0.999,
    double Epsilon = 1e-8);

/// <summary>Makes the optimizer that settings name.</summary>
public static class OptimizerFactory
{
    /// <exception cref="ArgumentException">A setting is out of range; the message says which, in words for the
    /// user.</exception>
    public static Optimizer Create(OptimizerSettings settings, int parameterCount)
    {
        if (settings.LearningRate is not (> 0 and < double.PositiveInfinity))
            throw new ArgumentException($"The learning rate must be a number above 0, not {settings.LearningRate}.");
        return settings.Kind switch
        {
            OptimizerKind.Sgd => new SgdOptimizer(parameterCount),
            OptimizerKind.Momentum => new MomentumOptimizer(parameterCount, settings.Momentum),
            OptimizerKind.Adam => new AdamOptimizer(parameterCount, settings.Beta1, settings.Beta2, settings.Epsilon),
            _ => throw new ArgumentException($"There is no optimizer \"{settings.Kind}\"."),
        };
    }
}
