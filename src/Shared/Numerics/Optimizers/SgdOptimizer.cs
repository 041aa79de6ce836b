using System.Numerics;
using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Numerics.Optimizers;

/// <summary>Plain mini-batch gradient descent: θ ← θ − η·g. It keeps no state.</summary>
/// <remarks>Source: Robbins and Monro 1951; <c>torch.optim.SGD</c> without momentum.</remarks>
public sealed class SgdOptimizer(int parameterCount) : Optimizer(parameterCount)
{
    public override string Name => "sgd";

    public override IReadOnlyList<OptimizerState> State => [];

    private protected override void Update(
        Span<float> parameters, ReadOnlySpan<float> gradient, double learningRate, long step)
    {
        var rate = (float)learningRate;
        var p = MemoryMarshal.Cast<float, Vector<float>>(parameters);
        var g = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        for (var i = 0; i < p.Length; i++)
            p[i] -= g[i] * rate;
        for (var i = p.Length * Vector<float>.Count; i < parameters.Length; i++)
            parameters[i] -= gradient[i] * rate;
    }
}
