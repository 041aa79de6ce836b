using System.Numerics;
using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Numerics.Optimizers;

/// <summary>
/// Adam whose decay does not pass through its averages: θ ← θ − η·λ·θ, then <see cref="AdamOptimizer"/>'s step.
/// </summary>
/// <remarks>
/// Source: Loshchilov and Hutter, ICLR 2019, algorithm 2, as <c>torch.optim.AdamW</c> has it: the decay is scaled by the learning
/// rate, and thereby by its schedule.
/// </remarks>
public sealed class AdamWOptimizer : Optimizer
{
    private readonly AdamOptimizer _adam;
    private readonly double _decay;

    /// <param name="adam">Takes the step after the decay; owned from now on.</param>
    /// <param name="decay">λ ≥ 0; a parameter without gradient halves in about 0.7/(η·λ) steps.</param>
    public AdamWOptimizer(AdamOptimizer adam, double decay)
        : base(adam.ParameterCount)
    {
        _adam = adam;
        _decay = NotNegative(decay, nameof(decay));
    }

    public override string Name => "adamw";

    public override IReadOnlyList<OptimizerState> State => _adam.State;

    private protected override void Update(
        Span<float> parameters, ReadOnlySpan<float> gradient, double learningRate, long step)
    {
        var keep = (float)(1 - (learningRate * _decay));
        var p = MemoryMarshal.Cast<float, Vector<float>>(parameters);
        for (var i = 0; i < p.Length; i++)
            p[i] *= keep;
        for (var i = p.Length * Vector<float>.Count; i < parameters.Length; i++)
            parameters[i] *= keep;
        _adam.Apply(parameters, gradient, learningRate, step);
    }
}
