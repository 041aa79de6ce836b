using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniBatch.Shared.Workloads;

/// <summary>
/// Batch normalisation over features or channels, with PyTorch's defaults and names (Ioffe and Szegedy, 2015, arXiv:1502.03167). TorchSharp's own
/// counts its calls with a scalar that it does not hold (<see cref="HeldScalars"/>). This one does not count: the count is the server's,
/// and rises by one a step whoever computed how many slots.
/// </summary>
public sealed class BatchNorm : nn.Module<Tensor, Tensor>
{
    private const double Momentum = 0.1;
    private const double Epsilon = 1e-5;

    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Tensor running_mean;
    private readonly Tensor running_var;
    private readonly Tensor num_batches_tracked;

    /// <summary>Scale 1, shift 0, mean 0, variance 1.</summary>
    /// <param name="features">Columns or channels of the input.</param>
    /// <param name="dimensions">1 where the input is [B, features], 2 where it is [B, features, height, width].</param>
    public BatchNorm(int features, int dimensions) : base($"BatchNorm{dimensions}d")
    {
        weight = new Parameter(ones(features));
        bias = new Parameter(zeros(features));
        running_mean = zeros(features).DetachFromDisposeScope();
        running_var = ones(features).DetachFromDisposeScope();
        num_batches_tracked = zeros([], dtype: int64).DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor forward(Tensor x) =>   // [B, features, …]
        nn.functional.batch_norm(x, running_mean, running_var, weight, bias, training, Momentum, Epsilon);
}
