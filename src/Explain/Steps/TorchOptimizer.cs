using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Explain.Steps;

/// <summary>TorchSharp's own optimizer of the same rule and numbers as the parameter server's: what those are held against.</summary>
public static class TorchOptimizer
{
    /// <summary>Makes it; the caller disposes.</summary>
    public static optim.Optimizer Create(OptimizerSettings settings, IEnumerable<Parameter> parameters)
    {
        var (rate, decay) = (settings.LearningRate, settings.WeightDecay);
        return settings switch
        {
            { Kind: OptimizerKind.Gd or OptimizerKind.Sgd } => optim.SGD(parameters, rate, weight_decay: decay),
            { Kind: OptimizerKind.Momentum, Momentum: { } momentum } => optim.SGD(parameters, rate, momentum, weight_decay: decay),
            { Kind: OptimizerKind.Nesterov, Momentum: { } momentum } =>
                optim.SGD(parameters, rate, momentum, weight_decay: decay, nesterov: true),
            { Kind: OptimizerKind.AdaGrad, Epsilon: { } epsilon } => optim.Adagrad(parameters, rate, weight_decay: decay, eps: epsilon),
            { Kind: OptimizerKind.RmsProp, Alpha: { } alpha, Epsilon: { } epsilon } =>
                optim.RMSProp(parameters, rate, alpha, epsilon, decay),
            { Kind: OptimizerKind.Adam, Beta1: { } beta1, Beta2: { } beta2, Epsilon: { } epsilon } =>
                optim.Adam(parameters, rate, beta1, beta2, epsilon, decay),
            { Kind: OptimizerKind.AdamW, Beta1: { } beta1, Beta2: { } beta2, Epsilon: { } epsilon } =>
                optim.AdamW(parameters, rate, beta1, beta2, epsilon, decay),
            _ => throw new UserErrorException($"TorchSharp has no optimizer for {settings}"),
        };
    }
}
