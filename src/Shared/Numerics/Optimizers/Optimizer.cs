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
    private readonly int _parameterCount;

    private protected Optimizer(int parameterCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(parameterCount);
        _parameterCount = parameterCount;
    }

    /// <summary>"sgd", "momentum" or "adam".</summary>
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
        if (parameters.Length != _parameterCount || gradient.Length != _parameterCount)
            throw new ArgumentException(
                $"{Name} for {_parameterCount} parameters was given {parameters.Length} parameters "
                + $"and {gradient.Length} gradient values.");
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        Update(parameters, gradient, learningRate, step);
    }

    private protected abstract void Update(
        Span<float> parameters, ReadOnlySpan<float> gradient, double learningRate, long step);
}
