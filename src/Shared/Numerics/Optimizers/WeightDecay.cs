using System.Numerics;
using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Numerics.Optimizers;

/// <summary>
/// L2 regularisation: the loss grows by ½·λ·|θ|², hence the gradient by λ·θ. Of every parameter, biases too.
/// </summary>
/// <remarks>Source: Krogh and Hertz, NIPS 1991; <c>weight_decay</c> of every rule of <c>torch.optim</c> but AdamW.</remarks>
public static class WeightDecay
{
    /// <summary>g ← g + λ·θ.</summary>
    /// <param name="gradient">float32[parameterCount], changed.</param>
    /// <param name="parameters">float32[parameterCount].</param>
    /// <param name="decay">λ.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void AddTo(Span<float> gradient, ReadOnlySpan<float> parameters, double decay)
    {
        if (gradient.Length != parameters.Length)
            throw new ArgumentException($"{gradient.Length} gradient values for {parameters.Length} parameters.");
        var factor = (float)decay;
        var g = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        var p = MemoryMarshal.Cast<float, Vector<float>>(parameters);
        for (var i = 0; i < g.Length; i++)
            g[i] += p[i] * factor;
        for (var i = g.Length * Vector<float>.Count; i < gradient.Length; i++)
            gradient[i] += parameters[i] * factor;
    }
}
