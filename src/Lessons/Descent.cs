using System.Runtime.InteropServices;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Numerics.Schedules;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Lessons;

/// <summary>
/// One parameter tensor on its way downhill: the gradient is autograd's, the update is the one that the parameter server applies, on
/// the tensor's own memory.
/// </summary>
public sealed class Descent
{
    private readonly ParameterUpdate _update;
    private readonly Tensor _parameters;
    private long _steps;

    /// <param name="settings">The rule and its numbers.</param>
    /// <param name="start">Where it begins; float32, copied.</param>
    public Descent(OptimizerSettings settings, Tensor start)
    {
        _parameters = start.detach().clone().requires_grad_();
        _update = new ParameterUpdate(settings, clip: null, new ConstantRate(settings.LearningRate), (int)start.NumberOfElements);
    }

    /// <summary>A rule with its usual numbers but for the learning rate, from a number.</summary>
    public Descent(OptimizerKind kind, double learningRate, float start)
        : this(OptimizerSettings.Default(kind) with { LearningRate = learningRate }, tensor(start))
    {
    }

    /// <summary>Where it is: a copy, in the shape of the start.</summary>
    public Tensor Position => _parameters.detach().clone();

    /// <summary>Goes one step.</summary>
    /// <param name="loss">Of the parameters; one element.</param>
    /// <returns>Where it is then.</returns>
    public Tensor Step(Func<Tensor, Tensor> loss)
    {
        using (NewDisposeScope())
        {
            _parameters.grad = null;
            loss(_parameters).backward();
            var gradient = MemoryMarshal.Cast<byte, float>(_parameters.grad!.contiguous().bytes).ToArray();
            _steps++;
            _update.Apply(MemoryMarshal.Cast<byte, float>(_parameters.bytes), gradient, Math.Sqrt(GradientNorm.Squared(gradient)), _steps, _steps);
        }
        return Position;
    }

    /// <summary>Goes many steps; where it is after the last.</summary>
    public Tensor Steps(int count, Func<Tensor, Tensor> loss)
    {
        for (var i = 0; i < count; i++) Step(loss).Dispose();
        return Position;
    }

    /// <summary>The way of a single parameter: where it was at first, and after each step.</summary>
    public double[] Way(int count, Func<Tensor, Tensor> loss) =>
        [Position.ToDouble(), .. Enumerable.Range(0, count).Select(_ => Step(loss).ToDouble())];
}
