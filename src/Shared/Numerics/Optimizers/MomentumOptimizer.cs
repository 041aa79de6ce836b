using System.Numerics;
using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Numerics.Optimizers;

/// <summary>
/// Gradient descent with a heavy ball: b ← μ·b + g, θ ← θ − η·b, where b starts as the first gradient.
/// </summary>
/// <remarks>
/// Source: Polyak 1964, in the form of <c>torch.optim.SGD(momentum=μ)</c>: no dampening, no Nesterov, and the
/// learning rate outside of b, so that a change of it takes effect at once.
/// </remarks>
public sealed class MomentumOptimizer : Optimizer
{
    private readonly float _momentum;
    private readonly float[] _buffer;

    /// <param name="parameterCount">Length of the parameters.</param>
    /// <param name="momentum">μ in [0, 1); the effective step is η/(1−μ) times the gradient in the long run.</param>
    public MomentumOptimizer(int parameterCount, double momentum)
        : base(parameterCount)
    {
        _momentum = (float)Fraction(momentum, nameof(momentum));
        // Zeros make the first step μ·0 + g = g: PyTorch's first step, without a case of its own.
        _buffer = new float[parameterCount];
        State = [new OptimizerState("momentum_buffer", _buffer)];
    }

    public override string Name => "momentum";

    public override IReadOnlyList<OptimizerState> State { get; }

    private protected override void Update(
        Span<float> parameters, ReadOnlySpan<float> gradient, double learningRate, long step)
    {
        var rate = (float)learningRate;
        Span<float> buffer = _buffer;
        var p = MemoryMarshal.Cast<float, Vector<float>>(parameters);
        var g = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        var b = MemoryMarshal.Cast<float, Vector<float>>(buffer);
        for (var i = 0; i < p.Length; i++)
        {
            b[i] = (b[i] * _momentum) + g[i];
            p[i] -= b[i] * rate;
        }

        for (var i = p.Length * Vector<float>.Count; i < parameters.Length; i++)
        {
            buffer[i] = (buffer[i] * _momentum) + gradient[i];
            parameters[i] -= buffer[i] * rate;
        }
    }
}
