using System.Numerics;
using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Numerics.Optimizers;

/// <summary>
/// AdaGrad: s ← s + g², θ ← θ − η·g / (√s + ε), where s starts at 0. A parameter whose gradients have been large takes smaller
/// steps, and the steps only ever shrink.
/// </summary>
/// <remarks>
/// Source: Duchi, Hazan and Singer, JMLR 2011, with the order of operations of <c>torch.optim.Adagrad</c>
/// (no decay of the rate, the accumulator from 0).
/// </remarks>
public sealed class AdaGradOptimizer : Optimizer
{
    private readonly float _epsilon;
    private readonly float[] _sum;

    /// <param name="parameterCount">Length of the parameters.</param>
    /// <param name="epsilon">ε ≥ 0, outside of the root: the smallest divisor.</param>
    public AdaGradOptimizer(int parameterCount, double epsilon)
        : base(parameterCount)
    {
        _epsilon = (float)NotNegative(epsilon, nameof(epsilon));
        _sum = new float[parameterCount];
        State = [new OptimizerState("sum", _sum)];
    }

    public override string Name => "adagrad";

    public override IReadOnlyList<OptimizerState> State { get; }

    private protected override void Update(
        Span<float> parameters, ReadOnlySpan<float> gradient, double learningRate, long step)
    {
        var rate = (float)learningRate;
        Span<float> sum = _sum;
        var p = MemoryMarshal.Cast<float, Vector<float>>(parameters);
        var g = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        var s = MemoryMarshal.Cast<float, Vector<float>>(sum);
        for (var i = 0; i < p.Length; i++)
        {
            s[i] += g[i] * g[i];
            p[i] -= g[i] * rate / (Vector.SquareRoot(s[i]) + new Vector<float>(_epsilon));
        }

        for (var i = p.Length * Vector<float>.Count; i < parameters.Length; i++)
        {
            sum[i] += gradient[i] * gradient[i];
            parameters[i] -= gradient[i] * rate / (MathF.Sqrt(sum[i]) + _epsilon);
        }
    }
}
