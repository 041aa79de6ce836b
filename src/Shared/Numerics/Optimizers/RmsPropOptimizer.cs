using System.Numerics;
using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Numerics.Optimizers;

/// <summary>
/// RMSProp: v ← α·v + (1−α)·g², θ ← θ − η·g / (√v + ε), where v starts at 0: AdaGrad that forgets.
/// </summary>
/// <remarks>
/// Source: Tieleman and Hinton, Coursera lecture 6.5, 2012, with the order of operations of <c>torch.optim.RMSprop</c>
/// (no momentum, not centred).
/// </remarks>
public sealed class RmsPropOptimizer : Optimizer
{
    private readonly double _alpha;
    private readonly float _epsilon;
    private readonly float[] _square;

    /// <param name="parameterCount">Length of the parameters.</param>
    /// <param name="alpha">α in [0, 1): memory of the square, about 1/(1−α) steps.</param>
    /// <param name="epsilon">ε ≥ 0, outside of the root: the smallest divisor.</param>
    public RmsPropOptimizer(int parameterCount, double alpha, double epsilon)
        : base(parameterCount)
    {
        _alpha = Fraction(alpha, nameof(alpha));
        _epsilon = (float)NotNegative(epsilon, nameof(epsilon));
        _square = new float[parameterCount];
        State = [new OptimizerState("square_avg", _square)];
    }

    public override string Name => "rmsprop";

    public override IReadOnlyList<OptimizerState> State { get; }

    private protected override void Update(
        Span<float> parameters, ReadOnlySpan<float> gradient, double learningRate, long step)
    {
        var rate = (float)learningRate;
        var keep = (float)_alpha;
        var take = (float)(1 - _alpha);
        Span<float> square = _square;
        var p = MemoryMarshal.Cast<float, Vector<float>>(parameters);
        var g = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        var v = MemoryMarshal.Cast<float, Vector<float>>(square);
        for (var i = 0; i < p.Length; i++)
        {
            v[i] = (v[i] * keep) + (g[i] * take * g[i]);
            p[i] -= g[i] * rate / (Vector.SquareRoot(v[i]) + new Vector<float>(_epsilon));
        }

        for (var i = p.Length * Vector<float>.Count; i < parameters.Length; i++)
        {
            square[i] = (square[i] * keep) + (gradient[i] * take * gradient[i]);
            parameters[i] -= gradient[i] * rate / (MathF.Sqrt(square[i]) + _epsilon);
        }
    }
}
