using System.Numerics;
using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Numerics.Optimizers;

/// <summary>
/// Adam: m ← β₁·m + (1−β₁)·g, v ← β₂·v + (1−β₂)·g², θ ← θ − η/(1−β₁ᵗ) · m / (√v / √(1−β₂ᵗ) + ε).
/// </summary>
/// <remarks>
/// Source: Kingma and Ba, ICLR 2015, algorithm 1, with the order of operations of <c>torch.optim.Adam</c>
/// (no AMSGrad, no decay): the bias corrections are float64, the elements float32.
/// </remarks>
public sealed class AdamOptimizer : Optimizer
{
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly float _epsilon;
    private readonly float[] _mean;
    private readonly float[] _square;

    /// <param name="parameterCount">Length of the parameters.</param>
    /// <param name="beta1">β₁ in [0, 1): memory of the mean, about 1/(1−β₁) steps.</param>
    /// <param name="beta2">β₂ in [0, 1): memory of the square.</param>
    /// <param name="epsilon">ε ≥ 0, outside of the root: the smallest divisor.</param>
    public AdamOptimizer(int parameterCount, double beta1, double beta2, double epsilon)
        : base(parameterCount)
    {
        _beta1 = Fraction(beta1, nameof(beta1));
        _beta2 = Fraction(beta2, nameof(beta2));
        _epsilon = (float)NotNegative(epsilon, nameof(epsilon));
        _mean = new float[parameterCount];
        _square = new float[parameterCount];
        State = [new OptimizerState("exp_avg", _mean), new OptimizerState("exp_avg_sq", _square)];
    }

    public override string Name => "adam";

    public override IReadOnlyList<OptimizerState> State { get; }

    private protected override void Update(
        Span<float> parameters, ReadOnlySpan<float> gradient, double learningRate, long step)
    {
        var keepMean = (float)_beta1;
        var takeMean = (float)(1 - _beta1);
        var keepSquare = (float)_beta2;
        var takeSquare = (float)(1 - _beta2);
        var size = (float)(learningRate / (1 - Math.Pow(_beta1, step)));
        var squareCorrection = (float)Math.Sqrt(1 - Math.Pow(_beta2, step));

        Span<float> mean = _mean;
        Span<float> square = _square;
        var p = MemoryMarshal.Cast<float, Vector<float>>(parameters);
        var g = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        var m = MemoryMarshal.Cast<float, Vector<float>>(mean);
        var v = MemoryMarshal.Cast<float, Vector<float>>(square);
        for (var i = 0; i < p.Length; i++)
        {
            m[i] = (m[i] * keepMean) + (g[i] * takeMean);
            v[i] = (v[i] * keepSquare) + (g[i] * takeSquare * g[i]);
            var divisor = (Vector.SquareRoot(v[i]) / new Vector<float>(squareCorrection)) + new Vector<float>(_epsilon);
            p[i] -= m[i] * size / divisor;
        }

        for (var i = p.Length * Vector<float>.Count; i < parameters.Length; i++)
        {
            mean[i] = (mean[i] * keepMean) + (gradient[i] * takeMean);
            square[i] = (square[i] * keepSquare) + (gradient[i] * takeSquare * gradient[i]);
            var divisor = (MathF.Sqrt(square[i]) / squareCorrection) + _epsilon;
            parameters[i] -= mean[i] * size / divisor;
        }
    }
}
