namespace MiniBatch.Shared.Numerics.Optimizers;

/// <summary>One vector that an optimizer carries from step to step, for checkpoints and for the state's hash.</summary>
/// <param name="Name">As PyTorch names it ("momentum_buffer", "exp_avg", "exp_avg_sq").</param>
/// <param name="Values">float32[parameterCount], in parameter order; the live array: a restore copies into it.</param>
public sealed record OptimizerState(string Name, float[] Values);

/// <summary>
/// An update rule on flat float32 parameters, element by element, so that it neither needs torch nor knows layers.
/// The rules are those of <c>torch.optim</c>; no fused multiply-add anywhere, because a vector body and a scalar
/// tail must round alike on every processor.
/// </summary>
/// <remarks>Not thread-safe: one thread owns an optimizer together with its parameters.</remarks>
public abstract class Optimizer
{
    private protected Optimizer(int parameterCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(parameterCount);
        ParameterCount = parameterCount;
    }

    /// <summary>Length of the parameters.</summary>
    public int ParameterCount { get; }

    /// <summary>"sgd", "momentum", "adam" and so on.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// All that makes the next step depend on earlier ones, besides the step's number; empty if nothing does.
    /// </summary>
    public abstract IReadOnlyList<OptimizerState> State { get; }

    /// <summary>Applies one step in place.</summary>
    /// <param name="parameters">float32[parameterCount], updated.</param>
    /// <param name="gradient">float32[parameterCount], finite.</param>
    /// <param name="learningRate">This step's, after any schedule.</param>
    /// <param name="step">Counted from 1 over the whole run.</param>
    /// <exception cref="ArgumentException">A length other than the optimizer's, or a step below 1.</exception>
    public void Apply(Span<float> parameters, ReadOnlySpan<float> gradient, double learningRate, long step)
    {
        if (parameters.Length != ParameterCount || gradient.Length != ParameterCount)
            throw new ArgumentException(
                $"{Name} for {ParameterCount} parameters was given {parameters.Length} parameters "
                + $"and {gradient.Length} gradient values.");
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        Update(parameters, gradient, learningRate, step);
    }

    private protected abstract void Update(
        Span<float> parameters, ReadOnlySpan<float> gradient, double learningRate, long step);

    /// <summary>Checks a number that must be in [0, 1).</summary>
    private protected double Fraction(double value, string name) => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"The {name} of {Name} must be in [0, 1).");

    /// <summary>Checks a number that must be finite and not negative.</summary>
    private protected double NotNegative(double value, string name) => value is >= 0 and < double.PositiveInfinity
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"The {name} of {Name} must be finite and not negative.");
}
