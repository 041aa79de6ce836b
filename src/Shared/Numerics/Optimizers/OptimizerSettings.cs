using System.Text.Json.Serialization;

namespace MiniBatch.Shared.Numerics.Optimizers;

/// <summary>The update rules on offer.</summary>
public enum OptimizerKind
{
    /// <summary>Gradient descent: <see cref="SgdOptimizer"/>, where a step's batch is all training samples.</summary>
    Gd,

    /// <summary><see cref="SgdOptimizer"/>.</summary>
    Sgd,

    /// <summary><see cref="MomentumOptimizer"/>.</summary>
    Momentum,

    /// <summary><see cref="NesterovOptimizer"/>.</summary>
    Nesterov,

    /// <summary><see cref="AdaGradOptimizer"/>.</summary>
    [JsonStringEnumMemberName("adagrad")]
    AdaGrad,

    /// <summary><see cref="RmsPropOptimizer"/>.</summary>
    [JsonStringEnumMemberName("rmsprop")]
    RmsProp,

    /// <summary><see cref="AdamOptimizer"/>.</summary>
    Adam,

    /// <summary><see cref="AdamWOptimizer"/>.</summary>
    [JsonStringEnumMemberName("adamw")]
    AdamW,
}

/// <summary>
/// Which update rule a run uses, with its numbers; part of its RunSpec. A number that the rule has no use for is null.
/// </summary>
/// <param name="Kind">The rule.</param>
/// <param name="LearningRate">η before any schedule, finite and above 0.</param>
/// <param name="WeightDecay">λ ≥ 0. Added to the gradient as λ·θ (<see cref="Optimizers.WeightDecay"/>), except by
/// <see cref="OptimizerKind.AdamW"/>, which shrinks the parameters themselves.</param>
/// <param name="Momentum">μ in [0, 1): of momentum and nesterov.</param>
/// <param name="Alpha">α in [0, 1): of rmsprop.</param>
/// <param name="Beta1">β₁ in [0, 1): of adam and adamw.</param>
/// <param name="Beta2">β₂ in [0, 1): of adam and adamw.</param>
/// <param name="Epsilon">ε ≥ 0: of adagrad, rmsprop, adam and adamw.</param>
public sealed record OptimizerSettings(
    OptimizerKind Kind,
    double LearningRate,
    double WeightDecay = 0,
    double? Momentum = null,
    double? Alpha = null,
    double? Beta1 = null,
    double? Beta2 = null,
    double? Epsilon = null)
{
    /// <summary>
    /// A rule with the numbers that it has unless told otherwise: those of <c>torch.optim</c>, but for the learning rates of the
    /// first four, for which torch has none or one that is too timid for the batches here.
    /// </summary>
    public static OptimizerSettings Default(OptimizerKind kind) => kind switch
    {
        OptimizerKind.Gd => new(kind, LearningRate: 0.1),
        OptimizerKind.Sgd => new(kind, LearningRate: 0.1),
        OptimizerKind.Momentum => new(kind, LearningRate: 0.05, Momentum: 0.9),
        OptimizerKind.Nesterov => new(kind, LearningRate: 0.05, Momentum: 0.9),
        OptimizerKind.AdaGrad => new(kind, LearningRate: 0.01, Epsilon: 1e-10),
        OptimizerKind.RmsProp => new(kind, LearningRate: 0.001, Alpha: 0.99, Epsilon: 1e-8),
        OptimizerKind.Adam => new(kind, LearningRate: 0.001, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8),
        // PyTorch's decay. TorchSharp's is 0, with which it would be Adam.
        OptimizerKind.AdamW => new(kind, LearningRate: 0.001, WeightDecay: 0.01, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8),
        _ => throw new ArgumentException($"There is no optimizer \"{kind}\"."),
    };

    /// <summary>As a user types it: "sgd", "adamw".</summary>
    [JsonIgnore]
    public string Name => NameOf(Kind);

    /// <summary>As a user types it.</summary>
    public static string NameOf(OptimizerKind kind) => kind.ToString().ToLowerInvariant();
}
